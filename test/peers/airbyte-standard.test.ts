/** The tests that Airbyte's CDK brings for every connector, and the models of its protocol, on what ours print. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "@growthnav/sdk/testing";
import type { JsonObject } from "@growthnav/spec";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DESTINATION_BIGQUERY, DESTINATION_DUCKDB, FULL, folder, run, SOURCE_FILE, writeFile } from "../processes.ts";
import { DEMOS, type Started, startDemos } from "./demos.ts";
import { findPeer } from "./find.ts";

const fileBeside = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ROTATING = fileBeside("../programs/rotating-source.ts");

const NAMES = FULL ? DEMOS : ["file", "square", "hubspot"];
const cdk = findPeer("airbyte");
const client = findPeer("pyairbyte");
for (const peer of [cdk, client])
	if ("missing" in peer) console.warn(`Airbyte's tests and models: skipped, ${peer.missing}`);

describe.skipIf("missing" in cdk)("the CDK's standard tests", () => {
	let demos: Started[];
	let passed: string[];
	let report: string;

	beforeAll(async () => {
		demos = await startDemos(NAMES);
		report = await standardTests(demos);
		passed = [...report.matchAll(/::Test(\S+)::(test_\w+)\S* .*PASSED/g)].map(([, name, rule]) => `${name} ${rule}`);
	}, 110_000);
	afterAll(async () => {
		for (const { close } of demos ?? []) await close();
	});

	test.each(NAMES)("accept source-%s: with settings that work, and with some that do not", (name) => {
		expect(report).not.toMatch(/FAILED|ERROR /);
		const own = passed.filter((one) => one.startsWith(`source-${name} `)).map((one) => one.split(" ")[1]);
		expect(own).toEqual([
			...["test_check", "test_check", "test_discover", "test_spec", "test_basic_read", "test_basic_read"],
			...["test_fail_read_with_bad_catalog", "test_fail_read_with_bad_catalog"],
		]);
	});
});

async function standardTests(demos: readonly Started[]): Promise<string> {
	if ("missing" in cdk) return "";
	const at = folder();
	const sources = demos.map(({ name, program, config }) => ({
		name,
		executable: program,
		config,
		wrong_config: wrong(config),
	}));
	const tests = fileBeside("airbyte/standard_tests.py");
	const quiet = ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", fileBeside("airbyte"), "-W", "ignore"];
	const ended = await run(`${cdk.bin}python`, ["-m", "pytest", ...quiet, "-v", "-k", "not docker", tests], {
		cwd: at,
		env: {
			HOME: at,
			TMPDIR: at,
			PATH: `${join(process.execPath, "..")}:${process.env.PATH}`,
			SOURCES: writeFile(join(at, "sources.json"), sources),
			PYTHONDONTWRITEBYTECODE: "1",
		},
	});
	return ended.out + ended.err;
}

/** A key that the vendor does not know, or a file that is not there. */
function wrong(config: JsonObject): JsonObject {
	const secret = ["access_token", "client_secret", "consumer_secret"].find((name) => name in config) ?? "path";
	return { ...config, [secret]: "/nowhere/in/the/world" };
}

/** What is ours beside the protocol, or newer than these models: they let it pass, and forget it. */
const UNKNOWN_TO_THEM = [
	// `read` without a catalog and `discover` describe themselves
	...["connector", "destination_sync_mode", "generation_id", "minimum_generation_id", "note", "primary_key"].map(
		(name) => `catalog.streams.${name}`,
	),
	...["catalog.streams.sync_id", "catalog.streams.sync_mode"],
	...["connectionStatus.error", "connectionStatus.errors", "log.commit", "log.reject"],
	// of protocol 0.18
	...["state.destinationStats.rejectedRecordCount", "state.sourceStats.rejectedRecordCount"],
	...["trace.error.code", "trace.error.next", "trace.error.where", "trace.error.why"],
];

describe("the protocol's models", () => {
	let lines: string;
	beforeAll(async () => {
		if (!("missing" in cdk && "missing" in client)) lines = await linesOfOurs();
	}, 60_000);

	test.skipIf("missing" in cdk).each(["CDK", "client, in strict mode"])(
		"of Airbyte's %s take every line",
		async (whose) => {
			const peer = whose === "CDK" ? cdk : client;
			if ("missing" in peer) return;
			const ended = await run(`${peer.bin}python`, [fileBeside("airbyte/parse.py")], {
				input: lines,
				env: { HOME: folder(), PYTHONDONTWRITEBYTECODE: "1" },
			});
			expect(JSON.parse(ended.out || ended.err)).toEqual({
				types: ["CATALOG", "CONNECTION_STATUS", "CONTROL", "LOG", "RECORD", "SPEC", "STATE", "TRACE"],
				refused: [],
				unknown: UNKNOWN_TO_THEM,
			});
		},
	);
});

/** Every kind of line: answers, failures, rejects, states with counts on both sides, a config that was renewed. */
async function linesOfOurs(): Promise<string> {
	const at = folder();
	const csv =
		"id,total,sold_at\n1,3.10,2025-01-01T00:00:00Z\n2,x,2025-01-02T00:00:00Z\n3,9007199254740993.12,2025-01-03\n";
	writeFile(join(at, "sales.csv"), csv);
	const config = writeFile(join(at, "file.json"), { path: "sales.csv", columns: { total: "decimal" }, key: ["id"] });
	const target = writeFile(join(at, "duckdb.json"), { path: "acme.duckdb", customer_id: "acme" });
	const say = async (program: string, args: string[], input = "") => (await run(program, args, { cwd: at, input })).out;
	const read = await say(SOURCE_FILE, ["read", "--config", config]);
	return [
		...(await Promise.all([SOURCE_FILE, DESTINATION_DUCKDB, DESTINATION_BIGQUERY].map((one) => say(one, ["spec"])))),
		await say(SOURCE_FILE, ["check", "--config", config]),
		await say(SOURCE_FILE, ["discover", "--config", config]),
		read,
		// settings of another connector: errors with their four parts
		await say(SOURCE_FILE, ["read", "--config", target]),
		await say(DESTINATION_DUCKDB, ["check", "--config", config]),
		await say(DESTINATION_DUCKDB, ["write", "--config", target], read),
		await say(DESTINATION_DUCKDB, ["state", "--config", target]),
		await renewal(at, say),
	].join("");
}

async function renewal(at: string, say: (program: string, args: string[]) => Promise<string>): Promise<string> {
	const server = await startServer({
		"POST /token": () => ({
			json: { access_token: "access-1-0123456789", expires_in: 3600, refresh_token: "refresh-1-0123456789" },
		}),
		"GET /sales": () => ({ json: { sales: [{ id: "s1" }] } }),
	});
	try {
		const login = { refresh_token: "refresh-0-0123456789" };
		const config = { base_url: server.url, client_secret: "client-secret-0123456789", login };
		return await say(ROTATING, ["read", "--config", writeFile(join(at, "rotating.json"), config)]);
	} finally {
		await server.close();
	}
}
