/** Schemas that change: acceptance check 14. */
import { expect, test } from "vitest";
import { TEXT } from "./orders.ts";
import { catalog, fakeBigQuery, record, rows, state, status, stream, type WriteOptions, write } from "./support.ts";

type Properties = Record<string, unknown>;

/** `columns` of a stream and one record, as a run of its own. */
function runs(fake: Awaited<ReturnType<typeof fakeBigQuery>>) {
	let version = 0;
	return async (columns: Properties, data: object, options?: WriteOptions) => {
		const from = fake.events.length;
		version++;
		const lines = [
			catalog(stream("things", { id: TEXT, ...columns })),
			record("things", { id: `t${version}`, ...data }, 1_780_000_000_000 + version),
			state("things", version),
			status("things"),
		];
		const result = await write(fake.settings, lines, options);
		const changes = fake.events
			.slice(from)
			.flatMap(({ text = "" }) => (/^(ALTER|DROP) TABLE `(?!_gn_)/.test(text) ? [text] : []));
		return { errors: result.errors, changes };
	};
}

const N = { integer: { n: { type: "integer" } }, number: { n: { type: "number" } }, string: { n: { type: "string" } } };
const STEPS: [columns: Properties, data: object, changes: RegExp[]][] = [
	[{ ...N.integer, gone: TEXT }, { n: 1, gone: "here" }, []],
	// one vanishes, one widens
	[N.number, { n: 2.5 }, [/SET DATA TYPE/]],
	// one becomes text, one is new: one statement
	[{ ...N.string, late: { type: "array" } }, { n: "three", late: [1] }, [/ADD COLUMN .*ADD COLUMN /]],
	// a list is now one text, and the first one is back
	[{ ...N.string, late: TEXT, gone: TEXT }, { n: "four", late: "one", gone: "again" }, [/ADD COLUMN [^,]*late__str/]],
];
const HELD = [
	{ id: "t1", n: "1", n__str: null, gone: "here", late: null, late__str: null },
	{ id: "t2", n: "2.5", n__str: null, gone: null, late: null, late__str: null },
	{ id: "t3", n: null, n__str: "three", gone: null, late: "[1]", late__str: null },
	{ id: "t4", n: null, n__str: "four", gone: "again", late: null, late__str: "one" },
];
const ALL =
	"SELECT id, CAST(n AS STRING) AS n, n__str, gone, TO_JSON_STRING(late) AS late, late__str FROM things ORDER BY id";
const held = async (settings: Parameters<typeof rows>[0]) =>
	(await rows(settings, ALL)).map((row) => ({ ...row, late: row.late === "null" ? null : row.late }));

test("14: columns come and go, numbers widen, texts become lists: nothing is dropped, one statement a table", async () => {
	const fake = await fakeBigQuery({ quotas: false });
	const run = runs(fake);
	for (const [columns, data, wanted] of STEPS) {
		const { errors, changes } = await run(columns, data);
		expect(errors).toEqual([]);
		expect(changes).toEqual(wanted.map((pattern) => expect.stringMatching(pattern)));
	}
	expect(await held(fake.settings)).toEqual(HELD);
});

test.for(["before_evolve", "after_evolve", "before_commit"])(
	"14: each of these steps ends at %s, and is run again: the same",
	async (point, { expect }) => {
		const fake = await fakeBigQuery({ quotas: false });
		const run = runs(fake);
		const again = runs(fake);
		const crash = (at: string) => {
			if (at === point) throw new Error("the end");
		};
		for (const [columns, data] of STEPS) {
			expect((await run(columns, data, { crash })).errors).toHaveLength(1);
			expect((await again(columns, data)).errors).toEqual([]);
		}
		expect(await held(fake.settings)).toEqual(HELD);
	},
);
