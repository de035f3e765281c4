/** Reading on from a value: nothing lost among equals, whatever changes meanwhile, and never without end. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KeysetOptions } from "../../src/http/client.ts";
import { keyset } from "../../src/http/paging/keyset.ts";
import { clientOf, collect } from "./client-of.ts";

interface Row {
	id: string;
	at: number;
}

/** A vendor without a cursor: rows at a value and above, in the order of value and id, `size` at a time. */
function vendor(rows: Row[], size: number, between: () => void = () => {}) {
	const asked: { at: number | undefined; skip: number }[] = [];
	const options: KeysetOptions<Row> = {
		rows: (body) => body.rows,
		by: "at",
		key: "id",
		since: undefined,
		from: (value) => ({ query: { at: value } }),
		size,
	};
	const send = async (_method: string, _path: string, request: { query?: Record<string, unknown> }) => {
		const at = request.query?.at === undefined ? undefined : Number(request.query.at);
		const skip = Number(request.query?.skip ?? 0);
		asked.push({ at, skip });
		if (asked.length > 5_000) throw new Error("it never ends");
		const found = rows
			.filter((row) => at === undefined || row.at >= at)
			.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
			.slice(skip, skip + size)
			.map((row) => ({ ...row }));
		between();
		return { status: 200, headers: {}, body: { rows: found }, request: "GET /rows" };
	};
	const read = (more: Partial<KeysetOptions<Row>> = {}) => collect(keyset("/rows", { ...options, ...more }, send));
	return { asked, read };
}

const skip = (rows: number) => ({ query: { skip: rows } });
const rowsAt = (...values: number[]): Row[] => values.map((at, n) => ({ id: `r${n}`, at }));

test("rows of one value on two pages are neither lost nor doubled", async () => {
	const rows = rowsAt(1, 2, 2, 2, 3, 3, 4);
	const { read, asked } = vendor(rows, 3);
	await expect(read()).rejects.toMatchObject({ code: "data.too_many_ties" });
	expect(await vendor(rows, 4).read()).toEqual(rows);
	expect(asked.at(-1)).toEqual({ at: 2, skip: 0 });
});

test("a read begins at since, with what stands at it", async () => {
	const { read, asked } = vendor(rowsAt(1, 2, 2, 3), 10);
	expect((await read({ since: "2" })).map(({ id }) => id)).toEqual(["r1", "r2", "r3"]);
	expect(asked[0]).toEqual({ at: 2, skip: 0 });
});

test("no rows, no error", async () => {
	expect(await vendor([], 3).read()).toEqual([]);
	expect(await vendor(rowsAt(1), 3).read({ since: "5" })).toEqual([]);
});

test("a value that fills pages is gone through by leaving rows out", async () => {
	const rows = rowsAt(1, 2, 2, 2, 2, 2, 2, 2, 3);
	const { read, asked } = vendor(rows, 3);
	expect(await read({ skip })).toEqual(rows);
	expect(asked.some(({ skip }) => skip > 0)).toBe(true);
});

test("without a way to leave rows out, such a value is an error that names it", async () => {
	const { read } = vendor(rowsAt(1, 2, 2, 2, 2), 3);
	await expect(read()).rejects.toMatchObject({
		code: "data.too_many_ties",
		where: "GET /rows, at 2",
		why: "3 rows at it fill the page, and there may be more of them",
	});
});

test("a vendor that ignores what is to be left out is an error, not a loop", async () => {
	const { read, asked } = vendor(rowsAt(2, 2, 2, 2, 2), 3);
	await expect(read({ skip: () => ({}) })).rejects.toMatchObject({ code: "transient.rows_move" });
	expect(asked.length).toBeLessThan(30);
});

test("rows that are not in order are an error, since reading on would leave some out", async () => {
	const { http } = await clientOf({
		"*": () => ({
			json: {
				rows: [
					{ id: 1, at: 5 },
					{ id: 2, at: 4 },
				],
			},
		}),
	});
	const read = http.keyset<{ id: number; at: number }>("/rows", {
		...{ rows: (body) => body.rows, by: "at", key: "id", since: undefined, size: 10 },
		from: (at) => ({ query: { at } }),
	});
	await expect(collect(read)).rejects.toMatchObject({ code: "data.not_sorted" });
});

test.each([
	[{ id: 1 }, "a row has no at"],
	[{ at: null, id: 1 }, "a row has no at"],
	[{ at: 1 }, "a row has no id"],
])("a row without value or key is an error: %j", async (row, why) => {
	const { http } = await clientOf({ "*": () => ({ json: { rows: [row] } }) });
	const read = http.keyset<{ id: number; at: number }>("/rows", {
		...{ rows: (body) => body.rows, by: "at", key: "id", since: undefined, size: 10 },
		from: (at) => ({ query: { at } }),
	});
	await expect(collect(read)).rejects.toMatchObject({ code: "data.unexpected_answer", why });
});

test("instants are compared as instants: a fraction comes after none", async () => {
	const rows = ["2026-07-03T19:22:10Z", "2026-07-03T21:22:10.5+02:00", "2026-07-03T19:22:11.000Z"].map((at, id) => ({
		id,
		at,
	}));
	const { http, server } = await clientOf({
		"*": ({ query }) => ({ json: { rows: rows.slice(Number(query.from ?? 0)).slice(0, 2) } }),
	});
	const read = http.keyset<(typeof rows)[number]>("/rows", {
		...{ rows: (body) => body.rows, by: ({ at }) => at, key: ({ id }) => id, since: undefined, size: 5 },
		from: (at) => ({ query: { at, from: rows.findIndex((row) => row.at === at) } }),
	});
	expect(await collect(read)).toEqual(rows);
	expect(server.requests[1]!.query).toEqual({ at: "2026-07-03T21:22:10.5+02:00", from: "1" });
});

test("a filter that is coarser than the value is read through, and is an error where it fills a page", async () => {
	// the vendor knows days only: 10 a day
	const rows = rowsAt(...Array.from({ length: 40 }, (_, n) => n));
	const coarse = (size: number) => {
		const { read } = vendor(rows, size);
		return read({ from: (value) => ({ query: { at: Math.floor(Number(value) / 10) * 10 } }) });
	};
	expect(new Set((await coarse(15)).map(({ id }) => id)).size).toBe(40);
	await expect(coarse(5)).rejects.toMatchObject({ code: "data.too_many_ties" });
});

describe("always", () => {
	const values = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 40 });

	test("of rows that stay as they are, each is read once", async () => {
		await fc.assert(
			fc.asyncProperty(
				values,
				fc.integer({ min: 2, max: 9 }),
				fc.option(fc.integer({ min: 0, max: 6 })),
				async (ats, size, since) => {
					const rows = rowsAt(...ats);
					const read = await vendor(rows, size).read({ skip, since: since === null ? undefined : String(since) });
					const wanted = rows.filter(({ at }) => since === null || at >= since).map(({ id }) => id);
					expect(read.map(({ id }) => id).sort()).toEqual(wanted.sort());
				},
			),
			{ numRuns: 300 },
		);
	});

	test("with rows inserted, moved to the end and deleted meanwhile, no row that was there throughout is lost", async () => {
		const change = fc.record({
			kind: fc.constantFrom("insert", "move", "delete", "none"),
			pick: fc.nat(1_000),
			at: fc.nat(6),
		});
		await fc.assert(
			fc.asyncProperty(
				values,
				fc.integer({ min: 2, max: 9 }),
				fc.array(change, { maxLength: 60 }),
				async (ats, size, changes) => {
					const rows = rowsAt(...ats);
					const throughout = new Set(rows.map(({ id }) => id));
					let [clock, inserted] = [100, 0];
					const { read } = vendor(rows, size, () => {
						const { kind, pick, at } = changes.shift() ?? { kind: "none", pick: 0, at: 0 };
						const row = rows[pick % Math.max(1, rows.length)];
						if (kind === "insert") rows.push({ id: `n${inserted++}-${pick}`, at: pick % 2 === 0 ? at : clock++ });
						if (row === undefined) return;
						// a row that changes stays in the data, at a new value: it must be read too
						if (kind === "move") row.at = clock++;
						if (kind === "delete") {
							rows.splice(rows.indexOf(row), 1);
							throughout.delete(row.id);
						}
					});
					const seen = new Set((await read({ skip })).map(({ id }) => id));
					expect([...throughout].filter((id) => !seen.has(id))).toEqual([]);
				},
			),
			{ numRuns: 500 },
		);
	});
});
