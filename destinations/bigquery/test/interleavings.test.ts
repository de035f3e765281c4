/**
 * Random interleavings: before each statement chance decides which of the jobs at work goes on. Two connections of one
 * customer never hinder each other for good; of two writers on one connection one wins, and the other is told so.
 * The choices are seeded, so that a failure can be run again; when a statement arrives is up to the machine.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject } from "@growthnav/sdk/destination";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { dumpRows } from "../../duckdb/test/dump.ts";
import { collectionFile } from "./analyzer/collect.ts";
import { type Contents, type Fake, startFake } from "./fake/server.ts";
import {
	catalog,
	FULL,
	isOurBook,
	record,
	rows,
	settingsFor,
	state,
	status,
	stream,
	type Written,
	write,
} from "./support.ts";

/** As `test/processes.ts` reads it; its programs are not needed here. */
const RUNS = Number(process.env.GN_RUNS ?? (FULL ? 1_000 : 4));
const LONGEST = RUNS * 20_000;
/** Runs at a time, each on a fake of its own: one computes while another waits for its turn. */
const LANES = 2;

/** `RUNS` cases in lanes; a failure tells its seed, as always. */
const inLanes = <T>(cases: fc.Arbitrary<T>, run: (one: T) => Promise<void>): Promise<unknown> =>
	Promise.all(
		Array.from({ length: LANES }, (_, lane) =>
			fc.assert(fc.asyncProperty(cases, run), {
				numRuns: Math.floor((RUNS + lane) / LANES),
				endOnFailure: true,
			}),
		),
	);

/** After a conflict the destination waits for seconds; what comes of it hangs on the order alone. */
vi.mock("../src/api/clock.ts", async (original) => {
	const { systemClock } = await original<typeof import("../src/api/clock.ts")>();
	const hurried = (milliseconds: number, signal?: AbortSignal) => systemClock.sleep(milliseconds / 10, signal);
	return { systemClock: { ...systemClock, sleep: hurried } };
});

/** Milliseconds in which a statement that went on may come back with the next one, before another is chosen. */
const PATIENCE = 4;

interface Turns {
	beforeStatement(at: { job: string }): Promise<void> | void;
	/** From now on nothing waits. */
	end(): void;
}

/**
 * One statement at a time goes on, that of a job chosen by chance; now and then all that wait go at once. Nothing can
 * hang: where nothing has come for some milliseconds the next one goes, whoever else is at work.
 */
function turns(chance: Iterator<number>): Turns {
	const waiting: { job: string; go: () => void }[] = [];
	let last: string | undefined;
	let timer: NodeJS.Timeout | undefined;
	let isOver = false;
	const roll = (): number => chance.next().value as number;

	function choose(): void {
		clearTimeout(timer);
		if (waiting.length === 0) return;
		const together = roll() < 20;
		const same = waiting.findIndex(({ job }) => job === last);
		const at = same >= 0 && roll() < 50 ? same : roll() % waiting.length;
		const chosen = together ? waiting.splice(0) : waiting.splice(at, 1);
		last = chosen[0]!.job;
		timer = setTimeout(choose, PATIENCE);
		for (const { go } of chosen) go();
	}

	return {
		beforeStatement({ job }) {
			if (isOver) return;
			return new Promise((go) => {
				waiting.push({ job, go });
				clearTimeout(timer);
				// the one that went on is back: whoever waits may be next; else there is time for others to come
				if (job === last && waiting.length > 1) choose();
				else timer = setTimeout(choose, PATIENCE);
			});
		},
		end() {
			isOver = true;
			clearTimeout(timer);
			for (const { go } of waiting.splice(0)) go();
		},
	};
}

interface Case {
	chance: Iterator<number>;
	/** Milliseconds after which the second run begins. */
	late: number;
}

const chance = fc.infiniteStream(fc.nat({ max: 99 }));
const late = fc.constantFrom(0, 0, 0, 60, 250, 600);

type Settings = ReturnType<typeof settingsFor>;

/** A fake of its own, whose statements take turns while `work` is at work. */
async function inTurns<T>(
	{ chance }: Pick<Case, "chance">,
	prepare: (settings: Settings) => Promise<unknown>,
	work: (settings: Settings) => Promise<T>,
	see: (contents: Contents, done: T, settings: Settings) => Promise<void>,
): Promise<void> {
	let taking: Turns | undefined;
	const fake = await startFake({
		quotas: false,
		bytes: false,
		settle: 2_000,
		beforeStatement: (at) => taking?.beforeStatement(at),
		...(!FULL && { collect: collectionFile() }),
	});
	try {
		const settings = settingsFor(fake.url);
		await prepare(settings);
		taking = turns(chance);
		const done = await work(settings).finally(() => taking!.end());
		await see(await contentsOf(fake), done, settings);
	} finally {
		taking?.end();
		await fake.close();
	}
}

const TEXT = { type: ["null", "string"] };
const TIME = { type: ["null", "string"], format: "date-time" };
const PURCHASE = { type: "purchase", columns: { timestamp: "at", value: "total", currency: { const: "USD" } } };
const NOON = Date.parse("2026-07-03T12:00:00Z");

interface Order {
	id: string;
	total: number;
	day: number;
	version: number;
}

/** One run of a connection: after each epoch a STATE, at which it is committed. */
function linesOf(name: string, account: string, epochs: readonly Order[][]): object[] {
	const origin = { source: { const: "pos" }, source_system: { const: "shop" }, source_account: { const: account } };
	const columns = { id: TEXT, at: TIME, total: { type: ["null", "number"] } };
	return [
		catalog(stream(name, columns, { conversions: [PURCHASE], conversion_origin: origin })),
		...epochs.flatMap((epoch, at) => [
			...epoch.map(({ id, total, day, version }) =>
				record(name, { id, at: new Date(NOON + day * 86_400_000).toISOString(), total }, 1_780_000_000_000 + version),
			),
			state(name, { epoch: at }),
		]),
		status(name),
	];
}

const epochsSaid = ({ states }: Written): number[] =>
	states.map(
		(message) =>
			(message as never as { state: { stream: { stream_state: { epoch: number } } } }).state.stream.stream_state.epoch,
	);

/** Straight from the fake: to ask as a client would is most of a run's time. */
const contentsOf = (fake: Fake): Promise<Contents> => fake.contents("growthnav_acme");
const rowsIn = (contents: Contents, table: string) => (contents[table] ?? []) as JsonObject[];

/** What does not hang on when and by whom it was committed. */
const tablesIn = (contents: Contents) =>
	Object.keys(contents)
		.filter((table) => !isOurBook(table))
		.map((table) => [table, dumpRows(rowsIn(contents, table))]);

function expectNothingTwice(contents: Contents): void {
	for (const [table, ...key] of [
		["_gn_commits", "connection", "epoch"],
		["_gn_columns", "table_name", "column_name"],
	] as const) {
		const keys = rowsIn(contents, table).map((row) => JSON.stringify(key.map((column) => row[column])));
		expect(keys.length).toBeGreaterThan(0);
		expect(keys.filter((one, at) => keys.indexOf(one) !== at)).toEqual([]);
	}
}
const SMALL = { epoch_bytes: 1 };

/** New orders, changed ones, such as move to another day: the same few ids come again. */
const someOrder = fc.record({ id: fc.constantFrom("a", "b", "c", "d", "e"), total: fc.nat(99), day: fc.nat(2) });
const someRun = fc
	.array(fc.array(someOrder, { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 3 })
	.map((epochs) => epochs.map((orders, epoch) => orders.map((order, at) => ({ ...order, version: epoch * 10 + at }))));
const INPUTS = fc.sample(fc.tuple(someRun, someRun), { numRuns: FULL ? 20 : 2, seed: 4 });
const CONNECTIONS = ["one", "two"] as const;

const runOf = (settings: object, connection: (typeof CONNECTIONS)[number], epochs: Order[][]) =>
	write({ ...settings, ...SMALL, connection } as never, linesOf(connection, connection, epochs));

/** The tables after the two runs of an input one after the other. */
const oneAfterTheOther = new Map<number, Promise<ReturnType<typeof tablesIn>>>();

async function inSequence(input: number): Promise<ReturnType<typeof tablesIn>> {
	const fake = await startFake({ quotas: false, bytes: false, settle: 2_000 });
	try {
		const settings = settingsFor(fake.url);
		for (const [at, connection] of CONNECTIONS.entries()) {
			expect((await runOf(settings, connection, INPUTS[input]![at]!)).errors).toEqual([]);
		}
		return tablesIn(await contentsOf(fake));
	} finally {
		await fake.close();
	}
}

test(
	"two connections of one customer, in any order: the tables of the one run after the other",
	async () => {
		const cases = fc.record({ chance, late, input: fc.nat({ max: INPUTS.length - 1 }) });
		await inLanes(cases, ({ chance, late, input }) =>
			inTurns(
				{ chance },
				async () => {},
				(settings) =>
					Promise.all(
						CONNECTIONS.map(async (connection, at) => {
							await sleep(at * late);
							return runOf(settings, connection, INPUTS[input]![at]!);
						}),
					),
				async (contents, results) => {
					expect(results.map(({ errors, exitCode }) => [errors, exitCode])).toEqual([
						[[], 0],
						[[], 0],
					]);
					for (const [at, result] of results.entries()) {
						expect(epochsSaid(result)).toEqual(INPUTS[input]![at]!.map((_, epoch) => epoch));
					}
					if (!oneAfterTheOther.has(input)) oneAfterTheOther.set(input, inSequence(input));
					expect(tablesIn(contents)).toEqual(await oneAfterTheOther.get(input));
					expectNothingTwice(contents);
				},
			),
		);
	},
	LONGEST,
);

const WRITERS = ["a", "b"] as const;
const EPOCHS = 3;
/** The second where both stood in each other's way five times. */
const LOST = [["transient.other_writer"], ["transient.conflict"]];

/** Two orders of its own and a new version of the one that both write. */
const epochOf = (writer: number, epoch: number): Order[] => {
	const version = epoch * 2 + writer + 1;
	const own = (n: number) => ({ id: `${WRITERS[writer]}${epoch}-${n}`, total: version, day: n, version });
	return [own(0), own(1), { id: "shared", total: 1_000 + version, day: epoch, version }];
};

test(
	"two writers of one connection, in any order: what was said to be committed is there, and nothing else",
	async () => {
		const cases = fc.record({ chance, late, isFirst: fc.boolean() });
		const before: Order[] = [{ id: "shared", total: 1_000, day: 0, version: 0 }];
		const run = (settings: object, epochs: Order[][]) =>
			write({ ...settings, ...SMALL } as never, linesOf("orders", "m1", epochs));
		const ended = new Map<string, number>();
		await inLanes(cases, ({ chance, late, isFirst }) =>
			inTurns(
				{ chance },
				async (settings) => {
					if (!isFirst) expect((await run(settings, [before])).errors).toEqual([]);
				},
				(settings) =>
					Promise.all(
						WRITERS.map(async (_, writer) => {
							await sleep(writer * late);
							const epochs = Array.from({ length: EPOCHS }, (_, epoch) => epochOf(writer, epoch));
							return run(settings, epochs);
						}),
					),
				async (contents, results, settings) => {
					for (const { exitCode, errors, states } of results) {
						const how = errors.map(({ code }) => code).join(" ") || "won";
						ended.set(how, (ended.get(how) ?? 0) + 1);
						if (exitCode === 0) expect([errors, states.length]).toEqual([[], EPOCHS]);
						else expect(LOST).toContainEqual(errors.map(({ code }) => code));
						for (const { code, message, next } of errors) {
							if (code === "transient.other_writer") expect(message).toBe("Another process wrote connection default");
							expect(next).toContain("run again");
						}
					}
					expect(results.some(({ exitCode }) => exitCode === 0)).toBe(true);
					const committed = results.flatMap((result, writer) =>
						epochsSaid(result).flatMap((epoch) => epochOf(writer, epoch)),
					);
					const newest = new Map<string, Order>();
					for (const order of [...(isFirst ? [] : [before[0]!]), ...committed]) {
						if ((newest.get(order.id)?.version ?? -1) < order.version) newest.set(order.id, order);
					}
					const wanted = [...newest.values()].map(({ id, total }) => `${id} ${total}`).sort();
					const found = (table: string, id: string, total: string) =>
						rowsIn(contents, table)
							.map((row) => `${row[id]} ${row[total]}`)
							.sort();
					expect(found("orders", "id", "total")).toEqual(wanted);
					expect(found("conversions", "source_record_id", "value")).toEqual(wanted);
					expectNothingTwice(contents);
					// and nobody is locked out
					expect((await run(settings, [epochOf(0, EPOCHS)])).errors).toEqual([]);
				},
			),
		);
		if (FULL) console.info(`two writers of one connection ended so: ${JSON.stringify(Object.fromEntries(ended))}`);
	},
	LONGEST,
);

/** Whether two statements that go at once overlap is up to chance: hence several rounds. */
test.for([1, 2, 3])(
	"two writers that both open a new connection at the same moment: its lease has one row, and locks nobody out (%i)",
	async (_round, { expect }) => {
		const waiting: (() => void)[] = [];
		let made = 0;
		const fake = await startFake({
			quotas: false,
			bytes: false,
			settle: 2_000,
			beforeStatement({ text }) {
				if (!/^(CREATE TABLE|INSERT INTO).* `_gn_lease_/.test(text) || ++made > WRITERS.length) return;
				return new Promise((go) => {
					const all = () => {
						for (const one of waiting.splice(0)) one();
					};
					if (waiting.push(go) === WRITERS.length) all();
					else setTimeout(all, 2_000);
				});
			},
			...(!FULL && { collect: collectionFile() }),
		});
		try {
			const settings = settingsFor(fake.url);
			const run = (writer: number) => write(settings, linesOf("orders", "m1", [epochOf(writer, 0)]));
			const results = await Promise.all(WRITERS.map((_, writer) => run(writer)));
			expect(results.map(({ exitCode }) => exitCode === 0).sort()).toEqual([false, true]);
			const tables = "SELECT table_name AS name FROM `growthnav_acme.INFORMATION_SCHEMA.TABLES` AS t";
			const lease = (await rows(settings, tables))
				.map(({ name }) => String(name))
				.filter((name) => /_lease_/.test(name));
			expect(await rows(settings, `SELECT connection, epoch FROM \`${lease[0]}\``)).toEqual([
				{ connection: "default", epoch: 1 },
			]);
			expect((await run(0)).errors).toEqual([]);
		} finally {
			await fake.close();
		}
	},
);
