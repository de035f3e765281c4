/** Programs of other projects that tests and benchmarks run: in folders of the checkout that `install` makes. */
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const VENVS = fileURLToPath(new URL("../../.venv/", import.meta.url));

/** The folders beside this file that have a requirements.txt. */
export type Peer =
	| "airbyte"
	| "pyairbyte"
	| "dlt"
	| "tap-rest-api-msdk"
	| "target-duckdb"
	| "target-jsonl"
	| "target-csv"
	| "singer-sdk";

export type FoundPeer = { bin: string } | { missing: string };

/** The folder with its programs (`python` among them), with "/" at its end; or, as one line, why there is none. */
export function findPeer(name: Peer): FoundPeer {
	const venv = `${VENVS}${name}/`;
	// its own copy of the requirements is written last: without it an installation did not end
	if (existsSync(`${venv}requirements.txt`) && readdirSync(`${venv}bin`).includes("python")) {
		return { bin: `${venv}bin/` };
	}
	return { missing: `no ${name}: run test/peers/install ${name}` };
}
