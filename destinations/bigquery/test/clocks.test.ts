/** A clock that is wrong, that is set, or that stands still while the machine sleeps: nothing is decided by it. */
import { afterEach, expect, test, vi } from "vitest";
import { openApi } from "../src/api/api.ts";
import { systemClock } from "../src/api/clock.ts";
import bigquery from "../src/index.ts";
import { serve, settingsFor } from "./rest.ts";
import { catalog, fakeBigQuery, record, rows, state, status, stream, write } from "./support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const TRUE_START = Date.now();
const began = performance.now();
const trueTime = () => Math.round(TRUE_START + performance.now() - began);

/** This machine's clock; the service keeps its own. */
function setClock(off: number): void {
	vi.useFakeTimers({ toFake: ["Date"], now: trueTime() + off });
}

afterEach(() => {
	vi.useRealTimers();
});

const fakeWithClock = (options: object = {}) => fakeBigQuery({ clock: { now: trueTime }, ...options });
const ORDERS = catalog(stream("orders", { id: { type: ["null", "string"] } }));
const session = (id: string, at: number) => [
	ORDERS,
	record("orders", { id }, 1_780_000_000_000 + at),
	state("orders", at),
	status("orders"),
];

test.for([
	["3 hours behind", -3 * HOUR],
	["3 hours ahead", 3 * HOUR],
	["10 years behind", -10 * YEAR],
	["10 years ahead", 10 * YEAR],
])(
	"a writer whose clock is %s: its rows land, its tables live for 7 days, the next one goes on",
	async ([, off], { expect }) => {
		const fake = await fakeWithClock();
		setClock(off as number);
		expect((await write(fake.settings, session("a", 1))).errors).toEqual([]);
		vi.useRealTimers();
		expect((await write(fake.settings, session("b", 2))).errors).toEqual([]);
		expect(await rows(fake.settings, "SELECT COUNT(*) AS n, MAX(lag_s) < 60 AS soon FROM _gn_commits")).toEqual([
			{ n: 2, soon: true },
		]);
		// the last commit is the one with the highest number, whatever time stands in it
		const [last] = await bigquery.state({ config: fake.settings });
		expect(last!.state.stream!.stream_state).toEqual(2);
		const expiries = fake.requests.flatMap(({ path, body }) =>
			/\/tables$/.test(path) && body !== undefined
				? Number((body as { expirationTime?: string }).expirationTime ?? 0)
				: [],
		);
		const made = expiries.filter((expiry) => expiry > 0);
		expect(made.length).toBeGreaterThan(0);
		for (const expiry of made) expect(Math.abs(expiry - trueTime() - 7 * DAY)).toBeLessThan(HOUR);
	},
);

test("a machine that sleeps in the middle of a commit, and wakes when another one has gone on: undone, and told", async () => {
	let slept = false;
	const fake = await fakeWithClock({
		async beforeStatement({ job, type }: { job: string; type: string }) {
			if (slept || type !== "BEGIN_TRANSACTION" || !job.includes("_commit_")) return;
			slept = true;
			setClock(DAY);
			expect((await write(fake.settings, session("b", 2))).errors).toEqual([]);
		},
	});
	const sleeper = await write(fake.settings, session("a", 1));
	expect([sleeper.errors.map(({ code }) => code), sleeper.states]).toEqual([["transient.other_writer"], []]);
	expect(await rows(fake.settings, "SELECT id FROM orders")).toEqual([{ id: "b" }]);
	expect((await write(fake.settings, session("a", 3))).errors).toEqual([]);
});

test("the same where nobody else has written: it goes on as if nothing had been", async () => {
	let slept = false;
	const fake = await fakeWithClock({
		beforeStatement({ job, type }: { job: string; type: string }) {
			if (slept || type !== "BEGIN_TRANSACTION" || !job.includes("_commit_")) return;
			slept = true;
			setClock(30 * DAY);
		},
	});
	expect((await write(fake.settings, session("a", 1))).errors).toEqual([]);
	expect(slept).toBe(true);
});

test("deadlines and waits are by a clock that nobody sets", () => {
	const before = systemClock.now();
	setClock(YEAR);
	expect(Math.abs(systemClock.now() - before)).toBeLessThan(1_000);
});

test("the time is the service's, as soon as it has answered", async () => {
	const server = await serve(() => ({ headers: { date: "Fri, 03 Jul 2026 10:00:00 GMT" }, body: {} }));
	try {
		const api = await openApi(settingsFor(server.endpoint));
		expect(Math.abs(api.serviceTime() - Date.now())).toBeLessThan(1_000);
		await api.call({ method: "GET", path: "datasets", step: "project" });
		expect(Math.abs(api.serviceTime() - Date.parse("2026-07-03T10:00:00Z"))).toBeLessThan(1_000);
	} finally {
		await server.close();
	}
});

test("check says that the clock is wrong", async () => {
	const fake = await fakeWithClock();
	setClock(-3 * HOUR);
	const said = await bigquery.check(fake.settings);
	expect(JSON.stringify(said)).toContain("the clock of this machine is 180 minutes behind: set it, best by NTP");
	vi.useRealTimers();
	expect(JSON.stringify(await bigquery.check(fake.settings))).not.toContain("clock");
});
