/** A refresh token that works one time, through real processes: it is kept before it is used, and never shown. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ScriptedServer, startServer } from "@growthnav/sdk/testing";
import type { Message } from "@growthnav/spec";
import { afterEach, expect, test } from "vitest";
import { growthnav } from "./growthnav.ts";
import { folder, run, writeFile } from "./processes.ts";

const SOURCE = fileURLToPath(new URL("programs/rotating-source.ts", import.meta.url));
const CLIENT_SECRET = "client-secret-0123456789";

/** Only the newest refresh token is taken, once; only the newest access token is good. */
async function vendor(): Promise<ScriptedServer & { renewals: () => number; connect: () => string }> {
	let number = 0;
	let refresh = "refresh-of-the-account-0";
	const guarded = (json: object) => (request: { headers: Record<string, string> }) =>
		request.headers.authorization === `Bearer access-${number}-0123456789` ? { json: json as never } : { status: 401 };
	const server = await startServer({
		"POST /token": ({ body }) => {
			const form = new URLSearchParams(String(body));
			if (form.get("refresh_token") !== refresh || form.get("client_secret") !== CLIENT_SECRET)
				return { status: 400, json: { error: "invalid_grant", error_description: `not ${form.get("refresh_token")}` } };
			refresh = `refresh-of-the-account-${++number}`;
			return { json: { access_token: `access-${number}-0123456789`, expires_in: 3600, refresh_token: refresh } };
		},
		"GET /me": guarded({ name: "Uji" }),
		"GET /sales": guarded({ sales: [{ id: "s1" }, { id: "s2" }] }),
	});
	closers.push(() => server.close());
	const connect = () => {
		refresh = "refresh-of-a-new-connection";
		return refresh;
	};
	return { ...server, renewals: () => number, connect };
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const close of closers.splice(0)) await close();
});

const settings = (url: string, refresh_token = "refresh-of-the-account-0") => ({
	base_url: url,
	client_secret: CLIENT_SECRET,
	login: { refresh_token },
});

/** Runs a command of growthnav on the pipeline, with the account's token as its user got it. */
function using(at: string, url: string, token = "refresh-of-the-account-0") {
	const login = { refresh_token: "env:REFRESH_TOKEN" };
	writeFile(join(at, "sales.yaml"), {
		version: 1,
		name: "sales",
		customer: "acme",
		source: {
			command: [process.execPath, SOURCE],
			config: { base_url: url, client_secret: "env:CLIENT_SECRET", login },
		},
		destination: { connector: "duckdb", config: { path: "sales.duckdb" } },
	});
	const env = { REFRESH_TOKEN: token, CLIENT_SECRET };
	return (command: string, more: Record<string, string> = {}) =>
		growthnav(at, [command, "sales.yaml"], { ...env, ...more });
}

/** Nothing that is printed or logged holds a token; the file with the kept one is for this user alone. */
function expectSecret(at: string, ...outputs: { out: string; err: string }[]) {
	const kept = join(at, ".growthnav/sales");
	const logs = readdirSync(kept).filter((name) => name !== "source.json");
	const texts = [
		...outputs.flatMap(({ out, err }) => [out, err]),
		...logs.map((name) => readFileSync(join(kept, name), "utf8")),
	];
	for (const text of texts) expect(text).not.toMatch(/refresh-of-|access-\d|client-secret/);
	expect(statSync(join(kept, "source.json")).mode & 0o777).toBe(0o600);
}

test("two runs in a row, a check before and a preview after: each goes on with the newest token", async () => {
	const at = folder();
	const acme = await vendor();
	const type = using(at, acme.url);
	const ends = [];
	for (const command of ["check", "run", "run"]) {
		const ended = await type(command);
		expect({ command, code: ended.code, out: ended.out }).toMatchObject({ code: 0 });
		ends.push(ended);
	}
	expect(acme.renewals()).toBe(3);
	const preview = await type("preview");
	expect(preview.code).toBe(0);
	expect(readFileSync(join(at, ".growthnav/sales/source.json"), "utf8")).toContain("refresh-of-the-account-4");
	expectSecret(at, preview, ...ends);
});

test("a source that is killed when it has said what it renewed: the next run goes on", async () => {
	const at = folder();
	const acme = await vendor();
	const type = using(at, acme.url);
	const killed = await type("run", { GN_CRASH_SOURCE_AT: "control" });
	expect(killed.code).not.toBe(0);
	expect(acme.requests.map(({ path }) => path)).toEqual(["/token"]);
	const again = await type("run");
	expect(again.code).toBe(0);
	expectSecret(at, killed, again);
});

test("one that is killed before it could say it: the next run says what to do, and doing it helps", async () => {
	const at = folder();
	const acme = await vendor();
	const type = using(at, acme.url);
	expect((await type("run")).code).toBe(0);
	const killed = await type("run", { GN_CRASH_SOURCE_AT: "renewed" });
	expect(killed.code).not.toBe(0);
	const lost = await type("run");
	expect(lost.code).toBe(10);
	const said = (lost.out + lost.err).replace(/\s+/g, " ");
	expect(said).toContain("Rotating does not take the refresh token any more");
	expect(said).toContain("a run that was ended just while it renewed it leaves a used one");
	expect(said).toContain(
		"connect the account again at Rotating, and put the new refresh token into the setting login.refresh_token",
	);
	const mended = await using(at, acme.url, acme.connect())("run");
	expect(mended.code).toBe(0);
	expectSecret(at, killed, lost, mended);
});

test("the source by itself writes the whole config before the first request with the new token, in check and read", async () => {
	const at = folder();
	const acme = await vendor();
	for (const command of ["check", "read"]) {
		const config = writeFile(join(at, "config.json"), settings(acme.url, `refresh-of-the-account-${acme.renewals()}`));
		const ended = await run(SOURCE, [command, "--config", config]);
		expect(ended.code).toBe(0);
		const messages = ended.out
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as Message);
		const [control, ...more] = messages.filter(({ type }) => type === "CONTROL");
		expect(more).toEqual([]);
		expect(control).toMatchObject({
			control: {
				type: "CONNECTOR_CONFIG",
				emitted_at: expect.any(Number),
				connectorConfig: { config: settings(acme.url, `refresh-of-the-account-${acme.renewals()}`) },
			},
		});
		const others = JSON.stringify(messages.filter(({ type }) => type !== "CONTROL")) + ended.err;
		expect(others).not.toMatch(/refresh-of-|access-\d|client-secret/);
	}
	// whoever does not take the message gets no request with the token either
	const config = writeFile(join(at, "config.json"), settings(acme.url, `refresh-of-the-account-${acme.renewals()}`));
	const before = acme.requests.length;
	const killed = await run(SOURCE, ["read", "--config", config], { env: { GN_CRASH_SOURCE_AT: "control" } });
	expect(killed.signal).toBe("SIGKILL");
	expect(killed.out).toContain(`"refresh_token":"refresh-of-the-account-${acme.renewals()}"`);
	expect(acme.requests.slice(before).map(({ path }) => path)).toEqual(["/token"]);
});

test("a recording checks and reads: the read goes on with what the check renewed, and the cassette has none of it", async () => {
	const at = folder();
	const acme = await vendor();
	const config = writeFile(join(at, "config.json"), settings(acme.url));
	const cassette = join(at, "sales.cassette.json");
	const ended = await run(SOURCE, ["read", "--config", config, "--record", cassette]);
	expect({ code: ended.code, err: ended.err }).toMatchObject({ code: 0 });
	expect(acme.renewals()).toBe(2);
	expect(ended.out).toContain('"id":"s2"');
	expect(readFileSync(cassette, "utf8")).not.toMatch(/refresh-of-|access-\d|client-secret/);
});
