/** The world as a bridge gives it to the pipeline room. */
import { tmpdir } from "node:os";
import type { Host } from "../pipeline/host.ts";
import { HELP } from "./help.ts";

export function bridgeHost(): Host {
	return {
		env: process.env,
		cwd: process.cwd(),
		platform: process.platform,
		node: process.execPath,
		program: "growthnav",
		version: HELP.version,
		pid: process.pid,
		tmpdir: tmpdir(),
		now: Date.now,
		signal(pid, signal) {
			try {
				return process.kill(pid, signal);
			} catch {
				return false;
			}
		},
	};
}
