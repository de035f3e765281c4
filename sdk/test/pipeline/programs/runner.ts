// Runs acme.yaml of a folder and ends growthnav for good at a point: `runner.ts <folder> <point>:<times>`.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadPipeline } from "../../../src/pipeline/file/file.ts";
import { planPipeline } from "../../../src/pipeline/file/plan.ts";
import { startRun } from "../../../src/pipeline/run/run.ts";

const [folder = "", where = ":0"] = process.argv.slice(2);
const [point, times = "1"] = where.split(":");
let left = Number(times);
const host = {
	env: process.env,
	cwd: folder,
	platform: process.platform,
	node: process.execPath,
	program: "growthnav",
	version: "0.0.0",
	pid: process.pid,
	tmpdir: tmpdir(),
	now: Date.now,
	signal(pid: number, signal: NodeJS.Signals | 0) {
		try {
			return process.kill(pid, signal);
		} catch {
			return false;
		}
	},
};
const { file } = await loadPipeline(join(folder, "acme.yaml"), host);
const { plan } = await planPipeline(file!, host);
const result = await startRun(plan!, {
	onEvent: () => {},
	crash(name) {
		if (name === point && --left === 0) process.kill(process.pid, "SIGKILL");
	},
}).finished;
await plan!.close();
process.stdout.write(JSON.stringify({ ...result, errors: result.errors.map(({ code }) => code) }));
