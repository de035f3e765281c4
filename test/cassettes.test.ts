/** `growthnav record`: every connector of the repository, recorded from its demo and replayed without it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readSource, startCassette } from "@growthnav/sdk/testing";
import type { Catalog, Message } from "@growthnav/spec";
import { describe, test } from "vitest";
import { loadPackages } from "../scripts/packages.ts";
import { openRecorder } from "../sdk/src/http/cassette/recorder.ts";
import type { Source } from "../sdk/src/source/definition.ts";
import type { StartDemo } from "../sdk/src/source/demo.ts";
import { quickTime } from "../sdk/src/testing/quick-time.ts";
import { growthnav, steady } from "./growthnav.ts";
import { FULL, folder, writeFile } from "./processes.ts";
import { ROOT } from "./sources.ts";

const sources = (await loadPackages()).filter(
	({ definition }) =>
		definition.kind === "source" && definition.http !== undefined && (FULL || definition.name === "square"),
);

/** Each row by its stream and key; ids and counts are never replaced. */
function rowsOf(messages: Message[]): string[] {
	const catalog = messages.find((message) => message.type === "CATALOG")!.catalog;
	const keys = new Map(catalog.streams.map(({ name, source_defined_primary_key: key = [] }) => [name, key.flat()]));
	return messages.flatMap((message) => {
		if (message.type !== "RECORD") return [];
		const { stream, data } = message.record;
		return [`${stream} ${JSON.stringify(keys.get(stream)!.map((name) => data[name]))}`];
	});
}

describe.concurrent("every connector that asks a server", { timeout: 120_000 }, () => {
	for (const { definition, folder: home } of sources) {
		test(`${definition.name}: a cassette of its demo has the same rows`, async ({ expect }) => {
			const source = definition as Source;
			const { start } = (await import(pathToFileURL(join(ROOT, home, "src/demo.ts")).href)) as { start: StartDemo };
			const time = quickTime();
			const demo = await start({ small: true, clock: time.clock });
			const at = new Date().toISOString();
			const recorder = openRecorder({ maxBytes: 50_000_000 });
			const messages = await Array.fromAsync(readSource(source, { config: demo.config, time, tap: recorder.tap }));
			await demo.close();
			const catalog = messages.find((message) => message.type === "CATALOG")!.catalog as unknown as Catalog;
			recorder.knows(catalog);
			const run = { source: source.name, version: "1", command: "read", at };
			const cassette = await recorder.cassette({ ...run, config: demo.config, secrets: [], movable: true });
			const player = await startCassette(writeFile(join(folder(), "cassette.json"), JSON.stringify(cassette)));
			const again = await Array.fromAsync(readSource(source, { config: player.config, time, now: player.now }));
			await player.close();
			expect(player.missed).toEqual([]);
			expect(again.filter((message) => message.type === "TRACE" && message.trace.error)).toEqual([]);
			expect(rowsOf(again).sort()).toEqual(rowsOf(messages).sort());
		});
	}

	test("growthnav record: what it says, what it keeps, and where it ends", async ({ expect }) => {
		const at = folder();
		const { code, out, err } = await growthnav(at, ["record", "square", "--demo", "--max-bytes", "200000"]);
		expect({ code, err }).toEqual({ code: 0, err: "" });
		await expect(steady(out, at)).toMatchFileSnapshot(join(import.meta.dirname, "golden/record.txt"));
		const cassette = JSON.parse(readFileSync(join(at, "square.cassette.json"), "utf8"));
		expect(cassette).toMatchObject({
			cassette: 1,
			source: "square",
			left_out: 1,
			config: { access_token: "secret-1" },
		});
		const none = await growthnav(at, ["record", "file", "--demo"]);
		expect([none.code, none.err]).toEqual([10, expect.stringContaining("config.nothing_recorded")]);
		const wrong = await growthnav(at, ["record", "square", "--demo", "--stream", "order"]);
		expect([wrong.code, wrong.err]).toEqual([10, expect.stringContaining("did you mean orders?")]);
		for (const [out, why] of [
			[".", "it is a folder"],
			["nowhere/x.json", "its folder does not exist"],
		] as const) {
			const unwritable = await growthnav(at, ["record", "square", "--demo", "--out", out]);
			expect([unwritable.code, unwritable.err]).toEqual([10, expect.stringMatching(`config\\.file[^]*${why}`)]);
		}
		const told = await growthnav(at, [
			"record",
			"square",
			"--demo",
			"--stream",
			"locations",
			"--json",
			"--out",
			"x.json",
		]);
		expect(JSON.parse(told.out)).toMatchObject({ event: "recorded", rows: 4, left_out: 0, file: join(at, "x.json") });
	});
});
