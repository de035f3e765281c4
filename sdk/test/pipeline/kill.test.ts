import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROGRAMS, pipelineText, testFolder } from "./bench.ts";

const started = { status: "STARTED", stream: "orders" };
const complete = { status: "COMPLETE", stream: "orders" };
const COUNT = { count: 40, stream: "orders", every: 10, pause: 60 };

/** One run in a process of its own; undefined where it was killed. */
function growthnav(folder: string, point = ""): { status: string; exit_code: number } | undefined {
	const program = join(PROGRAMS, "runner.ts");
	const { signal, stdout, stderr } = spawnSync(
		process.execPath,
		["--conditions=growthnav-source", "--disable-warning=ExperimentalWarning", program, folder, point],
		{ encoding: "utf8", timeout: 30_000, env: { ...process.env, TMPDIR: folder } },
	);
	if (signal === "SIGKILL") return undefined;
	if (stdout === "") throw new Error(stderr);
	return JSON.parse(stdout);
}

async function quiet(folder: string): Promise<void> {
	// the destination that was left behind still ends in order
	const size = () => (existsSync(join(folder, "ledger.json")) ? readFileSync(join(folder, "ledger.json")).length : 0);
	for (let before = -1; before !== size(); await new Promise((resolve) => setTimeout(resolve, 400))) before = size();
}

describe("growthnav killed at any point", () => {
	test.each([
		"started",
		"planned",
		"joined",
		"passed:1",
		"passed:4",
		"state_back:1",
		"state_back:3",
		"source_ended",
		"destination_ended",
	])("at %s: the next run goes on from the ledger, no row is lost and none is twice", async (point) => {
		const folder = testFolder();
		writeFileSync(join(folder, "acme.yaml"), pipelineText({ source: { steps: [started, COUNT, complete] } }));
		expect(growthnav(folder, point)).toBeUndefined();
		await quiet(folder);
		const second = growthnav(folder);
		expect(second).toMatchObject({ exit_code: 0, errors: [] });
		const { ids } = JSON.parse(readFileSync(join(folder, "ledger.json"), "utf8"));
		expect(ids).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
		// configs of the run that was killed are gone too
		expect(readdirSync(folder).filter((name) => name.startsWith("growthnav-"))).toEqual([]);
	});
});
