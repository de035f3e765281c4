import { expect, onTestFinished, test } from "vitest";
import { findConnector } from "../../src/pipeline/connectors/connectors.ts";
import { startOneShot } from "../../src/pipeline/connectors/one-shot.ts";
import { openScratch } from "../../src/pipeline/connectors/scratch.ts";
import { testFolder, testHost } from "./bench.ts";

/** What a program is given behind its own name. */
async function given(...words: string[]): Promise<{ lines: string[]; folder: string; name: string }> {
	const host = testHost(testFolder());
	const scratch = await openScratch(host);
	onTestFinished(() => scratch.remove());
	const command = ["sh", "-c", 'printf "%s\\n" "$@"', "source-x", ...words];
	const connector = await findConnector({ command }, "source", host);
	const child = await startOneShot({ connector, folder: host.cwd, host, scratch }, ["read", "--config", "c.json"]);
	let out = "";
	for await (const chunk of child.stdout) out += chunk;
	await child.stop();
	return { lines: out.trimEnd().split("\n"), folder: scratch.folder, name: connector.name };
}

test("what growthnav asks follows the words of a command, or stands where {args} does", async () => {
	expect((await given("--quiet")).lines).toEqual(["--quiet", "read", "--config", "c.json"]);
	expect((await given("-m", "{args}", "--debug")).lines).toEqual(["-m", "read", "--config", "c.json", "--debug"]);
});

test("{folder} is the private folder of its settings, anywhere in a word", async () => {
	const { lines, folder } = await given("-v", "{folder}:{folder}");
	expect(lines.slice(0, 2)).toEqual(["-v", `${folder}:${folder}`]);
});

test("the name of a program does not come from what stands behind {args}", async () => {
	const host = testHost(testFolder());
	const command = ["docker", "run", "-i", "airbyte/source-faker:6.2", "{args}", "--debug"];
	expect((await findConnector({ command }, "source", host)).name).toBe("faker");
});
