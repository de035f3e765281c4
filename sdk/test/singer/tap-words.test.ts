/** What a tap's logs, its command and its settings say, and what must not be told of it. */
import type { JsonObject } from "@growthnav/spec";
import { expect, test } from "vitest";
import { openScratch } from "../../src/pipeline/connectors/scratch.ts";
import { parseJson } from "../../src/protocol/index.ts";
import { redact } from "../../src/redact.ts";
import { openSettings } from "../../src/singer/settings.ts";
import { parseTapCommand } from "../../src/singer/tap/command.ts";
import { readLog } from "../../src/singer/tap/log.ts";
import { testFolder, testHost } from "../pipeline/bench.ts";

test("a log that only looks like JSON is a log", () => {
	for (const message of ["C:\\data", "a\tb", "\\x1b[0m"]) {
		const line = `{"level":"error","message":"${message}"}`;
		expect(readLog(line)).toEqual({ level: "ERROR", text: line });
	}
	expect(readLog(`{"level":"error","message":"${"x".repeat(2e7)}"}`).level).toBe("ERROR");
});

test("secrets in the environment of a command, and those that are long numbers, are removed from every text", async () => {
	try {
		parseTapCommand("env API_TOKEN=s3cr3t-of-env REGION=eu-west-zone tap-x --state a.json");
	} catch (thrown) {
		expect(redact((thrown as { where: string }).where)).toBe(
			"env API_TOKEN=*** REGION=eu-west-zone tap-x --state a.json",
		);
	}
	expect(redact("s3cr3t-of-env")).toBe("***");
	const folder = testFolder();
	const scratch = await openScratch(testHost(folder));
	await openSettings([], parseJson('{"api_key":98765432109876543210}') as JsonObject, folder, scratch);
	await scratch.remove();
	expect(redact("key 98765432109876543210")).toBe("key ***");
});
