/** What a listener hears: every answer with its try and its time, and where the budget stands after each request. */
import { expect, test } from "vitest";
import type { BudgetLevel } from "../../src/http/budget.ts";
import { createHttp } from "../../src/http/index.ts";
import type { Heard } from "../../src/http/tap.ts";
import { startServer } from "../../src/testing/scripted-server.ts";

test("tries are counted, answers timed, and the budget told: what is declared, what the vendor says, who waited", async () => {
	let asked = 0;
	const server = await startServer({
		"GET /rows": () =>
			++asked === 1
				? { status: 429, headers: { "retry-after": "2" }, json: {} }
				: { headers: { "x-left": "30" }, json: { rows: [] } },
	});
	const heard: Heard[] = [];
	const levels: BudgetLevel[] = [];
	let clock = 0;
	const time = {
		clock: () => clock,
		now: () => clock,
		sleep: async (ms: number) => {
			clock += ms;
		},
	};
	const http = createHttp(
		{
			...{ baseUrl: server.url, vendor: "Acme" },
			rate: {
				windows: [{ requests: 10, seconds: 60 }],
				told: ({ headers }) =>
					headers["x-left"] === undefined ? undefined : { remaining: Number(headers["x-left"]), restores: 2, most: 40 },
			},
		},
		{
			...{ signal: new AbortController().signal, log: { waiting: () => {} }, random: () => 1, ...time },
			tap: {
				whole: (one) => void heard.push(one),
				streamed: (_, body) => body,
				budget: (level) => void levels.push(level),
			},
		},
	);
	await http.get("/rows", { query: { page: 1 } });
	await http.get("/rows");
	await server.close();
	expect(heard.map(({ status, tried, ms, url }) => [status, tried, ms >= 0, url.search])).toEqual([
		[429, 1, true, "?page=1"],
		[200, 2, true, "?page=1"],
		[200, 1, true, ""],
	]);
	expect(levels.map(({ of }) => of)).toEqual(["", "", ""]);
	expect(levels[0]!.facts).toEqual([
		{ rule: "at_once", most: 4 },
		{ rule: "window", used: 1, most: 10, seconds: 60 },
		{ rule: "pause", wait_s: 2 },
	]);
	expect(levels[2]!.facts).toEqual([
		{ rule: "at_once", most: 4 },
		{ rule: "window", used: 3, most: 10, seconds: 60 },
		{ rule: "points", left: 30, most: 40, per_second: 2 },
	]);
	expect(levels.map(({ waited_s }) => waited_s)).toEqual([0, 2, 2]);
});
