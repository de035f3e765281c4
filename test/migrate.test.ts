/** `growthnav migrate` without the programs that it migrates: what it writes, what it never writes, and that it is all or nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "@growthnav/spec";
import { expect, test } from "vitest";
import { growthnav } from "./growthnav.ts";
import { eventsIn, folder, writeFile } from "./processes.ts";

const SECRET = "sk-of-the-shop-0123456789";
const STATE = {
	type: "STREAM",
	stream: { stream_descriptor: { name: "orders" }, stream_state: { updated_at: "2026-05-01T00:00:00Z" } },
};
const EXPORT = {
	source: { name: "Uji", sourceType: "no-such-shop", configuration: { shop: "uji", api_key: SECRET } },
	connection: {
		syncCatalog: {
			streams: [
				{
					stream: { name: "orders", jsonSchema: {}, sourceDefinedCursor: true, sourceDefinedPrimaryKey: [["id"]] },
					config: { syncMode: "incremental", destinationSyncMode: "append_dedup" },
				},
			],
		},
	},
	state: [STATE],
};

function exported(value: Json = EXPORT): string {
	const at = folder();
	writeFile(join(at, "export.json"), value);
	return at;
}

const migrate = (at: string, ...more: string[]) =>
	growthnav(at, ["migrate", "export.json", "--customer", "acme", ...more]);

test("the secret of an export stands in nothing that is written or said; the state stands in the ledger", async () => {
	const at = exported();
	const { code, out, err } = await migrate(at);
	expect([code, err]).toEqual([0, ""]);
	expect(out).toMatch(/^✓ uji\.yaml goes on where Airbyte stopped$/m);
	expect(out).toMatch(/^api_key +env:UJI_API_KEY$/m);
	expect(out).toMatch(/^state of orders +the ledger of acme\.duckdb$/m);
	expect(out).toMatch(/^! the source's own word on its secrets: it cannot be started here/m);
	expect(out).toMatch(/^Next {2}export UJI_API_KEY=\.\.\.$/m);
	expect(readFileSync(join(at, "uji.yaml"), "utf8")).toContain("api_key: env:UJI_API_KEY");
	const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
	const holding = files.filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(SECRET));
	expect(holding.map(({ name }) => name)).toEqual(["export.json"]);
	expect(out).not.toContain(SECRET);
	const shown = await growthnav(at, ["state", "show", "uji.yaml", "--json"]);
	expect(eventsIn(shown, "state")).toMatchObject([{ stream: "orders", cursor: "2026-05-01T00:00:00Z", rows: 0 }]);
});

test("a destination without a ledger finds the states in the folder of the pipeline", async () => {
	const at = exported();
	const program = writeFile(
		join(at, "sink.mjs"),
		`console.log(JSON.stringify({ type: "SPEC", spec: { connectionSpecification: { type: "object", properties: {} } } }));`,
	);
	const { code, out } = await migrate(at, "--destination", `node ${program}`);
	expect(code).toBe(0);
	expect(out).toMatch(/^state of orders +\.growthnav\/uji\/state\.json$/m);
	expect(JSON.parse(readFileSync(join(at, ".growthnav", "uji", "state.json"), "utf8"))).toEqual([STATE]);
});

test.each<[string, Json, string[], string]>([
	["a state of nobody", { ...EXPORT, state: [{ type: "STREAM" }] }, [], "config.export"],
	["a destination that does not exist", EXPORT, ["--destination", "duckbd"], "config.unknown_connector"],
	["settings of it that are wrong", EXPORT, ["--destination-config", "wrong.json"], "config.unknown_key"],
	["a customer that is none", EXPORT, ["--customer", "A B"], "config.wrong_value"],
	["a folder that is not there", EXPORT, ["--out", "nowhere/uji.yaml"], "config.file_exists"],
])("%s is an error with its parts, and nothing is left behind", async (_title, value, options, code) => {
	const at = exported(value);
	writeFile(join(at, "wrong.json"), { pth: "x" });
	const ended = await migrate(at, ...options, "--json");
	expect(ended.code).toBe(10);
	const [error] = eventsIn(ended, "error");
	expect(error).toMatchObject({ code, message: expect.any(String), why: expect.any(String), next: expect.any(String) });
	expect(existsSync(join(at, "uji.yaml"))).toBe(false);
	expect(existsSync(join(at, "acme.duckdb"))).toBe(false);
	expect(ended.out).not.toContain(SECRET);
});

test("an export of nothing that is known says what it takes", async () => {
	const at = exported();
	mkdirSync(join(at, "empty"));
	const ended = await growthnav(at, ["migrate", "empty", "--customer", "acme", "--json"]);
	expect(eventsIn(ended, "error")).toMatchObject([
		{ code: "config.export", where: "empty", why: "it holds neither meltano.yml nor files of JSON" },
	]);
});
