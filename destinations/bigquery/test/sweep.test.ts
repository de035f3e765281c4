/** What a killed run leaves goes with the next run's first commit: only its own, and only when nobody can need it. */
import type { JsonObject } from "@growthnav/sdk/destination";
import { beforeEach, expect, it } from "vitest";
import { catalog, fakeBigQuery, record, rows, state, status, stream, write } from "./support.ts";

const ORDERS = catalog(stream("orders", { id: { type: ["null", "string"] } }));
const lines = (id: string) => [ORDERS, record("orders", { id }), state("orders", id), status("orders")];

let fake: Awaited<ReturnType<typeof fakeBigQuery>>;
let settings: JsonObject;
beforeEach(async () => {
	fake = await fakeBigQuery();
	fake.bucket("acme-staging");
	settings = { ...fake.settings, storage_endpoint: fake.url, staging_bucket: "acme-staging", staging_bytes: 1 };
});

/** As if it were killed there, as far as the store can tell: nothing of it is cleaned away. */
const brokenOff = (id: string, at: string, more: JsonObject = {}) =>
	write({ ...settings, ...more }, lines(id), {
		crash: (point) => {
			if (point === at) throw new Error(`killed at ${at}`);
		},
	});

const staged = async () =>
	(await rows(settings, "SELECT table_name AS name FROM `growthnav_acme.INFORMATION_SCHEMA.TABLES` AS t"))
		.map(({ name }) => String(name))
		.filter((name) => name.startsWith("_gn_stg_"))
		.sort();

it("tables and objects of a run that was killed go after the next one's first commit", async () => {
	await write(settings, lines("a"));
	expect([await staged(), fake.objects()]).toEqual([[], []]);
	await brokenOff("b", "after_load");
	expect([(await staged()).length > 0, fake.objects().length > 0]).toEqual([true, true]);
	expect((await write(settings, lines("c"))).errors).toEqual([]);
	expect([await staged(), fake.objects()]).toEqual([[], []]);
	expect(await rows(settings, "SELECT id FROM orders ORDER BY id")).toEqual([{ id: "a" }, { id: "c" }]);
});

it("a run that commits nothing removes nothing: what it found may be of one that is still at work", async () => {
	await write(settings, lines("a"));
	await brokenOff("b", "before_commit");
	const [tables, objects] = [await staged(), fake.objects()];
	await brokenOff("c", "before_commit");
	expect(await staged()).toEqual(expect.arrayContaining(tables));
	expect(fake.objects()).toEqual(expect.arrayContaining(objects));
	await write(settings, [ORDERS, status("orders")]);
	await write(settings, lines("d"));
	expect([await staged(), fake.objects()]).toEqual([[], []]);
});

it("what other connections left is theirs", async () => {
	await write(settings, lines("a"));
	await brokenOff("b", "after_load", { connection: "other" });
	const [tables, objects] = [await staged(), fake.objects()];
	await write(settings, lines("c"));
	expect([await staged(), fake.objects()]).toEqual([tables, objects]);
	await write({ ...settings, connection: "other" }, lines("d"));
	expect([await staged(), fake.objects()]).toEqual([[], []]);
});

it("of two runs at once the one that comes first keeps its files until it has committed", async () => {
	await write(settings, lines("a"));
	let second: Promise<unknown> | undefined;
	let removed = 0;
	const deletes = () => fake.requests.filter(({ method }) => method === "DELETE").length;
	const first = await write(settings, lines("b"), {
		crash: (point) => {
			if (point !== "before_commit" || second !== undefined) return;
			removed = deletes();
			second = write(settings, lines("c"));
		},
	});
	const other = (await second) as typeof first;
	expect(removed).toBeGreaterThan(0);
	// whoever was second finds the lease taken; nobody misses a table
	const errors = [...first.errors, ...other.errors];
	expect(errors.map(({ code }) => code)).toEqual(errors.map(() => "transient.other_writer"));
	expect(errors.length).toBeLessThanOrEqual(1);
	await write(settings, lines("d"));
	expect([await staged(), fake.objects()]).toEqual([[], []]);
});

it("a bucket whose list is denied stops no run", async () => {
	await write(settings, lines("a"));
	fake.fault({ match: "GET /storage/", times: 9, answer: { status: 403, reason: "forbidden", message: "Forbidden" } });
	expect((await write(settings, lines("b"))).errors).toEqual([]);
});
