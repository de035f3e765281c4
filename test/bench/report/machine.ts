/** On what figures were taken, and with what. */
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { findPeer, type Peer } from "../../peers/find.ts";
import { ROOT } from "../workloads/run.ts";

/** By venv, the packages that are beside ours. */
const PACKAGES: Partial<Record<Peer, string[]>> = {
	airbyte: ["airbyte-cdk", "airbyte-source-faker", "airbyte-source-hardcoded-records"],
	pyairbyte: ["airbyte"],
	"tap-rest-api-msdk": ["tap-rest-api-msdk"],
	"target-duckdb": ["target-duckdb"],
	dlt: ["dlt"],
};

export interface Machine {
	system: string;
	cpu: string;
	/** That the programs may use, all of them the same. */
	cores: number;
	memoryGb: number;
	/** Of the minute before the first run: what else was going on. */
	load: number;
	node: string;
	versions: string[];
}

export function machineOf(): Machine {
	const { version } = JSON.parse(readFileSync(join(ROOT, "sdk/package.json"), "utf8")) as { version: string };
	return {
		system: `${type()} ${release()}`,
		cpu: cpus()[0]?.model.trim() ?? "unknown",
		cores: availableParallelism(),
		memoryGb: Math.round(totalmem() / 1e9),
		load: loadavg()[0]!,
		node: process.versions.node,
		versions: [`@growthnav/sdk ${version}`, ...peerVersions()],
	};
}

function peerVersions(): string[] {
	return Object.entries(PACKAGES).flatMap(([peer, names]) => {
		if ("missing" in findPeer(peer as Peer)) return [];
		const pinned = readFileSync(join(ROOT, "test/peers", peer, "requirements.txt"), "utf8");
		return names.map((name) => `${name} ${new RegExp(`^${name}==(.+)$`, "m").exec(pinned)?.[1]}`);
	});
}
