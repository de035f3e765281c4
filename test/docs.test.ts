/** What the pages say is so: links lead somewhere, code compiles and runs, lists are complete. */
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
	existsSync,
	globSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Auth, defineSource, type HttpClient, type HttpOptions, object, type Rate, string } from "@growthnav/sdk";
import { checkSource, discoverSource, readSource, type ScriptedRequest, startServer } from "@growthnav/sdk/testing";
import { afterAll, expect, test } from "vitest";
import { blocksOf, fileIn, pages, textOf } from "../scripts/pages.ts";
import { openRecorder } from "../sdk/src/http/cassette/recorder.ts";
import { start as startTeahouse } from "../sdk/template/src/demo.ts";
import { ORDERS, startVendor } from "./docs-vendor.ts";
import { ROOT } from "./sources.ts";

const AUTHORS = "docs/write-a-connector.md";

/** Inside the project, so that its packages are found; ignored by git. */
const folder = join(ROOT, ".cache", `docs-${process.pid}`);
mkdirSync(folder, { recursive: true });
/** Outside of it: there a connector is a package by itself. */
const elsewhere = mkdtempSync(join(tmpdir(), "gn-docs-"));
afterAll(() => {
	for (const made of [folder, elsewhere]) rmSync(made, { recursive: true, force: true });
});
const moduleIn = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href);

for (const { file, text } of blocksOf(AUTHORS)) if (file !== undefined) writeFileSync(join(folder, file), text);

// the cassette of the page: the template's demo, recorded
await recordTeahouse(join(folder, "teahouse.cassette.json"));
// the tests of the page, as two of ours
await moduleIn("teahouse.test.ts");
await moduleIn("cassette.test.ts");

async function recordTeahouse(file: string): Promise<void> {
	const [{ default: source }, { config, close }] = [await moduleIn("teahouse.ts"), await startTeahouse()];
	const recorder = openRecorder({ maxBytes: 1_000_000 });
	recorder.knows(await discoverSource(source, { config }));
	await Array.fromAsync(readSource(source, { config, tap: recorder.tap }));
	await close();
	const run = { source: "teahouse", version: "0.1.0", command: "read", at: new Date().toISOString() };
	const cassette = await recorder.cassette({ ...run, config, secrets: [String(config.token)], movable: true });
	writeFileSync(file, JSON.stringify(cassette, null, "\t"));
}

test("the connector of the page is the one that growthnav new makes", () => {
	expect(readFileSync(join(ROOT, "sdk/template/src/index.ts"), "utf8")).toBe(fileIn(AUTHORS, "teahouse.ts"));
	const made = spawnSync(process.execPath, [join(ROOT, "sdk/bin.js"), "new", "teahouse", "--title", "Tea House"], {
		cwd: elsewhere,
		encoding: "utf8",
	});
	expect([made.status, made.stderr]).toEqual([0, ""]);
	expect(readFileSync(join(elsewhere, "source-teahouse/src/index.ts"), "utf8")).toBe(fileIn(AUTHORS, "teahouse.ts"));
	const files = globSync("**/*.*", { cwd: join(elsewhere, "source-teahouse") });
	const told = textOf(AUTHORS);
	for (const file of files.filter((one) => !one.startsWith("vitest"))) expect(told).toContain(`\`${file}\``);
});

test("growthnav dev shows of it what the page shows", () => {
	symlinkSync(join(ROOT, "node_modules"), join(elsewhere, "node_modules"), "junction");
	const { status, stdout } = spawnSync(process.execPath, [join(ROOT, "sdk/bin.js"), "dev", "--once"], {
		cwd: join(elsewhere, "source-teahouse"),
		encoding: "utf8",
		env: { PATH: process.env.PATH, LANG: "C.UTF-8" },
	});
	expect(status).toBe(0);
	const timeless = (text: string) => text.replace(/ +\d+(?= +\d+ k?B$)/gm, " <ms>").replace(/ +\d+\.\d s\b/g, " <s>");
	const shown = blocksOf(AUTHORS).find(({ text }) => text.startsWith("teahouse 0.1.0   first try"));
	expect(timeless(stdout.trim())).toBe(timeless(shown!.text.trim()));
});

test("the connector of the page has about 40 lines", () => {
	expect(fileIn(AUTHORS, "teahouse.ts").trim().split("\n").length).toBeLessThan(55);
});

test("the code for authors compiles, and a misspelt path does not", () => {
	expect(compiled()).toBe("");
	writeFileSync(join(folder, "teahouse.ts"), fileIn(AUTHORS, "teahouse.ts").replace(': "paid_at"', ': "payed_at"'));
	expect(compiled()).toContain("payed_at");
	writeFileSync(join(folder, "teahouse.ts"), fileIn(AUTHORS, "teahouse.ts"));
});

/** What tsc says of the code of the page; "" when it is right. */
function compiled(): string {
	const config = { extends: "../../tsconfig.test.json", include: ["*.ts"], exclude: [] };
	writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
	const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
	return spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" }).stdout;
}

test("every way of reading has all rows", async () => {
	const server = await startVendor();
	const files = ["paging.ts", "graphql.ts", "exports.ts"];
	const modules = (await Promise.all(files.map(moduleIn))) as Record<string, never>[];
	const ways = modules.flatMap((module) => Object.entries(module));
	expect(ways.length).toBe(10);
	for (const [way, read] of ways) {
		const source = defineSource({
			...{ name: "pages", version: "1", title: "Pages", config: object({}), check: async () => "" },
			http: () => ({ vendor: "Pages", baseUrl: server.url }),
			streams: { rows: { schema: object({ id: string() }), primaryKey: "id", read } },
		});
		const messages = await Array.fromAsync(readSource(source, { config: {} }));
		const records = messages.flatMap((message) => (message.type === "RECORD" ? [message.record.data] : []));
		expect({ [way]: records.map(({ id }) => id) }).toEqual({ [way]: ["a", "b", "c"] });
		if (way === "orders") expect(records).toEqual(ORDERS);
	}
	await server.close();
});

test("restaurants are read four at once, month by month, and what was voided is marked", async () => {
	const asked: ScriptedRequest[] = [];
	const order = { id: "1", modified_at: "2026-02-03T10:00:00Z" };
	const now = () => Date.UTC(2026, 2, 1);
	// the vendor's clock, by which reads end
	const headers = { date: new Date(now()).toUTCString() };
	const server = await startServer({
		"GET /restaurants": () => ({ headers, json: { ids: ["a", "b"] } }),
		"*": (request) => {
			asked.push(request);
			const isFirst = request.query.modified_from === "2026-01-01T00:00:00Z";
			return { headers, json: { orders: isFirst ? [] : [{ ...order, voided: request.path.includes("/b/") }] } };
		},
	});
	const { default: kitchen } = await moduleIn("windows.ts");
	const config = { base_url: server.url, start_date: "2026-01-01" };
	const messages = await Array.fromAsync(readSource(kitchen, { config, now }));
	await server.close();
	expect(asked.map(({ query }) => `${query.modified_from} ${query.modified_to}`).sort()).toEqual([
		...Array(2).fill("2026-01-01T00:00:00Z 2026-01-31T00:00:00Z"),
		...Array(2).fill("2026-01-31T00:00:00Z 2026-02-28T23:55:00Z"),
	]);
	const records = messages.flatMap((message) => (message.type === "RECORD" ? [message.record.data] : []));
	expect(records.map(({ _ab_cdc_deleted_at }) => _ab_cdc_deleted_at).sort()).toEqual([order.modified_at, undefined]);
	const cursor = { cursor: "2026-02-28T23:55:00Z" };
	expect(messages.findLast((message) => message.type === "STATE")!.state.stream!.stream_state).toEqual({
		...{ cursor_field: "modified_at", slices: { a: cursor, b: cursor } },
	});
});

test("fields that the vendor decides are in the schema, and rows fit it", async () => {
	const fields = [
		{ name: "amount", label: "Amount", type: "number" },
		{ name: "won", label: "Won?", type: "bool" },
		{ name: "shape", label: "Shape", type: "polygon" },
		{ name: "id", label: "Their own id", type: "number" },
	];
	const deal = { id: "7", updated_at: "2026-07-03T10:00:00Z" };
	const server = await startServer({
		"GET /fields/deals": () => ({ json: { fields } }),
		"GET /deals": ({ query }) => ({
			json: { deals: [{ ...deal, fields: { amount: "12.50", won: true, shape: [1], asked: query.fields! } }] },
		}),
	});
	const { default: crm } = await moduleIn("discovered.ts");
	const config = { base_url: server.url };
	expect(await checkSource(crm, { config })).toMatchObject({ message: "deals have 4 fields" });
	const messages = await Array.fromAsync(readSource(crm, { config }));
	await server.close();
	const stream = messages.find((message) => message.type === "CATALOG")!.catalog.streams[0]!;
	expect(stream.json_schema.properties).toMatchObject({
		amount: { type: ["null", "number"], description: "Amount" },
		won: { type: ["null", "boolean"] },
		shape: { description: "Shape" },
		id: { type: ["null", "string"] },
	});
	const [record] = messages.filter((message) => message.type === "RECORD");
	expect(JSON.stringify(record!.record.data)).toBe(
		'{"amount":12.50,"won":true,"shape":[1],"asked":"amount,won,shape,id","id":"7","updated_at":"2026-07-03T10:00:00Z"}',
	);
	expect(messages.filter(({ type }) => type === "LOG")).toEqual([]);
});

test("every way of proving who asks works with a vendor that looks", async () => {
	const seen: ScriptedRequest[] = [];
	const server = await startServer({
		"POST /oauth/token": () => ({
			json: { access_token: "of-the-grant", expires_in: 3600, refresh_token: "newer-one" },
		}),
		"POST /login": () => ({ json: { token: { value: "of-the-login", expires_in: 3600 } } }),
		"GET /me": (request) => {
			seen.push(request);
			return { json: {} };
		},
	});
	const { config, ...ways } = await moduleIn("keys.ts");
	const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const private_key = privateKey.export({ type: "pkcs8", format: "pem" });
	const account = { client_email: "a@b.example", private_key, token_uri: `${server.url}/oauth/token` };
	const settings = {
		id: "me",
		key: "key-0123456",
		refresh_token: "older-one",
		service_account: JSON.stringify(account),
	};
	const expected: Record<string, object> = {
		inBearer: { headers: { authorization: "Bearer key-0123456" } },
		inHeader: { headers: { "x-api-key": "key-0123456" } },
		inQuery: { query: { api_key: "key-0123456" } },
		withPassword: { headers: { authorization: "Basic bWU6a2V5LTAxMjM0NTY=" } },
		byClient: { headers: { authorization: "Bearer of-the-grant" } },
		byRefreshToken: { headers: { authorization: "Bearer of-the-grant" } },
		byServiceAccount: { headers: { authorization: "Bearer of-the-grant" } },
		byLogin: { headers: { "x-session": "of-the-login" } },
		byHmac: { headers: { "x-id": "me", "x-signature": expect.stringMatching(/^[0-9a-f]{64}$/) } },
		byOAuth1: { query: { oauth_consumer_key: "me", oauth_signature: expect.stringMatching(/^[\w+/]{43}=$/) } },
	};
	expect(Object.keys(ways)).toEqual(expect.arrayContaining(Object.keys(expected)));
	for (const [way, auth] of Object.entries(ways)) {
		const source = defineSource({
			...{ name: "keys", version: "1", title: "Keys", config, streams: {} },
			http: (given) => ({ vendor: "Keys", baseUrl: server.url, auth: (auth as (given: object) => Auth)(given) }),
			check: async ({ http }) => String((await http.get("/me")).status),
		});
		expect(await checkSource(source, { config: settings })).toMatchObject({ status: "SUCCEEDED", message: "200" });
		expect({ [way]: seen.pop() }).toMatchObject({ [way]: expected[way] });
	}
	await server.close();
});

test("the rates and the refusals of the page do what it says", async () => {
	const { documented, inHeaders, bucket } = (await moduleIn("rate.ts")) as Record<string, Rate>;
	const { refusals } = (await moduleIn("refused.ts")) as Record<string, Partial<HttpOptions>>;
	const cost = { requested: 2, left: 50, perSecond: 10, most: 100 };
	const server = await startServer({
		"GET /good": () => ({ json: { rows: [{ id: "a" }], extensions: { cost } } }),
		"GET /last": () => ({ json: { rows: [{ id: "a" }] }, headers: { "x-day-left": "0", "x-day-reset": "60" } }),
		"GET /refused": () => ({ json: { ok: false, error: "missing_scope", message: "needs sales.read" } }),
	});
	const reading = async (path: string, http: Partial<HttpOptions>) => {
		const read = ({ http }: { http: HttpClient }) =>
			http.pages<{ id: string }>(path, { rows: (body) => body.rows, next: () => "" });
		const stream = { schema: object({ id: string() }), primaryKey: "id" as const, read };
		const source = defineSource({
			...{ name: "rates", version: "1", title: "Rates", config: object({}), check: async () => "" },
			http: () => ({ vendor: "Tea House", baseUrl: server.url, ...http }),
			streams: { first: stream, second: stream },
		});
		const messages = await Array.fromAsync(readSource(source, { config: {} }));
		return messages.flatMap((message) =>
			message.type === "TRACE" && message.trace.error ? [message.trace.error] : [],
		);
	};
	for (const rate of [documented!, inHeaders!, bucket!]) expect(await reading("/good", { rate })).toEqual([]);
	expect(await reading("/last", { rate: inHeaders! })).toMatchObject([{ code: "transient.quota" }]);
	const next = "add the scope to the key under Settings, API keys (needs sales.read)";
	expect(await reading("/refused", refusals!)).toMatchObject([
		{ code: "config.forbidden", next },
		{ code: "config.forbidden", next },
	]);
	await server.close();
});

test("docs/rejects.md tells every code of a reject", () => {
	const told = new Set([...textOf("docs/rejects.md").matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!));
	const codes = rejectCodes();
	expect(codes.size).toBeGreaterThan(20);
	expect([...codes].filter((code) => !told.has(code))).toEqual([]);
});

/** Codes in the sources; those of errors have a kind and a dot. */
function rejectCodes(): Set<string> {
	const rooms = ["sdk/src/{conversion,destination,source}/**/*.ts", "connectors/*/src/**/*.ts"];
	const texts = globSync(rooms, { cwd: ROOT, exclude: ["**/demo/**"] }).map((file) =>
		readFileSync(join(ROOT, file), "utf8"),
	);
	const written = /\b(?:code|wrong|changed): "([a-z_]+)"|(?:Letter\(|changes\.add\(|bytes, text, )"([a-z_]+)"/g;
	const unions = /(?:type (?:WrongCode|ConversionRejectCode) =|^\tcode:|const code = [^;?]+\?)([^;]+);/gm;
	return new Set(
		texts.flatMap((text) => [
			...[...text.matchAll(written)].map(([, code, other]) => code ?? other!),
			...[...text.matchAll(unions)].flatMap(([, union]) =>
				[...union!.matchAll(/"([a-z_]+)"/g)].map(([, code]) => code!),
			),
		]),
	);
}

test("docs/cli.md tells every event of --json with its fields", () => {
	const text = readFileSync(join(ROOT, "sdk/src/pipeline/events.ts"), "utf8");
	const words = [...text.matchAll(/\bevent: "(\w+)"|^\t+(\w+)\??: /gm)].map(([, event, field]) => event ?? field!);
	const page = textOf("docs/cli.md");
	expect(new Set(words).size).toBeGreaterThan(80);
	expect([...new Set(words)].filter((word) => !new RegExp(`\\b${word}\\b`).test(page))).toEqual([]);
});

test("every dependency has its reason", () => {
	const told = textOf("docs/decisions/0008-dependencies.md");
	const manifests = globSync(["package.json", "{spec,sdk,test,connectors/*,destinations/*}/package.json"], {
		cwd: ROOT,
	});
	const names = manifests.flatMap((file) => {
		const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, file), "utf8"));
		return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
	});
	const foreign = names.filter((name) => !name.startsWith("@growthnav/"));
	expect(foreign.length).toBeGreaterThan(10);
	expect(foreign.filter((name) => !told.includes(`\`${name}\``))).toEqual([]);
});

test("links between pages lead somewhere", () => {
	const dead = pages.flatMap((page) =>
		[...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
			.map(([, target]) => target!)
			.filter((target) => !/^https?:/.test(target) && !leads(page, target))
			.map((target) => `${page} → ${target}`),
	);
	expect(dead).toEqual([]);
});

function leads(page: string, target: string): boolean {
	const [path = "", heading] = target.split("#");
	const file = path === "" ? page : join(dirname(page), path);
	if (!existsSync(join(ROOT, file))) return false;
	return heading === undefined || headings(file).includes(heading);
}

/** As they are linked to. */
function headings(page: string): string[] {
	return [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
		text!
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, "")
			.replaceAll(" ", "-"),
	);
}

function withoutCode(page: string): string {
	return textOf(page).replace(/^```[\s\S]*?^```$/gm, "");
}

test("lines fit into 120 columns; rows of tables are one line", () => {
	const ours = pages.filter((page) => page === "README.md" || page.startsWith("docs/"));
	const wide = ours.flatMap((page) =>
		textOf(page)
			.split("\n")
			.flatMap((line, at) => (line.length > 120 && !line.startsWith("|") ? [`${page}:${at + 1}`] : [])),
	);
	expect(wide).toEqual([]);
});
