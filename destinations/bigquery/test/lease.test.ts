/** The lease: what a commit may find instead of its one row, and that no clock decides who writes. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { byHand, catalog, fakeBigQuery, record, rows, state, status, stream, write } from "./support.ts";

const ORDERS = catalog(stream("orders", { id: { type: ["null", "string"] } }));
const session = (id: string) => [ORDERS, record("orders", { id }), state("orders", 1), status("orders")];
const LEASE = `_gn_lease_${createHash("sha256").update("default").digest("hex").slice(0, 8)}`;

test.for([
	[
		"two rows, of two first writers of an older version",
		`INSERT INTO ${LEASE} (connection, epoch) VALUES ('default', 0)`,
	],
	["two equal rows", `INSERT INTO ${LEASE} (connection, epoch) SELECT connection, epoch FROM ${LEASE} AS l`],
	["no row", `DELETE FROM ${LEASE} WHERE TRUE`],
	["a row that was left behind by a restored ledger", `UPDATE ${LEASE} SET epoch = 7 WHERE TRUE`],
])("%s: mended by the ledger, and the run goes on", async ([, damage], { expect }) => {
	const fake = await fakeBigQuery();
	for (const id of ["a", "b"]) expect((await write(fake.settings, session(id))).errors).toEqual([]);
	await byHand(fake, damage!);
	expect((await write(fake.settings, session("c"))).errors).toEqual([]);
	expect(await rows(fake.settings, `SELECT connection, epoch FROM ${LEASE}`)).toEqual([
		{ connection: "default", epoch: 3 },
	]);
	expect(await rows(fake.settings, "SELECT COUNT(*) AS n FROM orders")).toEqual([{ n: 3 }]);
});

test("a lease that is as it should be is read, and nothing of it is written at the start", async () => {
	const fake = await fakeBigQuery();
	for (const id of ["a", "b"]) await write(fake.settings, session(id));
	const changed = fake.events.filter(
		({ event, text }) => event === "statement" && /^(INSERT INTO|DELETE FROM) `_gn_lease/.test(String(text)),
	);
	expect(changed).toEqual([]);
});
