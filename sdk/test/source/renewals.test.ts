import type { JsonObject, Message } from "@growthnav/spec";
import { afterEach, expect, test } from "vitest";
import type { AuthSession } from "../../src/http/index.ts";
import { forgetSecrets, redact } from "../../src/redact.ts";
import { integer, object, optional, secret, string } from "../../src/schema/vocabulary.ts";
import { defineSource } from "../../src/source/define.ts";
import { checkSource, discoverSource, readSource } from "../../src/source/index.ts";
import { startServer } from "../../src/testing/scripted-server.ts";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
	forgetSecrets();
	for (const close of closers.splice(0)) await close();
});

/** A source that renews what `settings` says before its request leaves; `order` tells what happened when. */
async function renewing(...renewals: JsonObject[]) {
	const order: string[] = [];
	const server = await startServer({
		"*": () => {
			order.push("request");
			return { json: { rows: [{ id: "1" }] } };
		},
	});
	closers.push(() => server.close());
	const sign = async (_request: unknown, session: AuthSession) => {
		for (const settings of renewals.splice(0)) await session.save(settings);
		return {};
	};
	const source = defineSource({
		...{ name: "renewing", version: "1", title: "Renewing" },
		config: object({
			login: object({ token: secret(string()), account: string() }),
			other: optional(secret(string())),
			size: optional(integer()),
		}),
		http: () => ({ vendor: "Renewing", baseUrl: server.url, auth: { sign } }),
		check: async ({ http }) => String((await http.get("/me")).status),
		streams: async ({ http }) => {
			await http.get("/streams");
			return {
				rows: {
					schema: object({ id: string() }),
					read: ({ http: now }) => now.pages("/rows", { rows: (body) => body.rows, next: () => undefined }),
				},
			};
		},
	});
	return { source, order };
}

const config = { login: { token: "token-1-0123456", account: "uji" } };
const renewedConfig = { login: { token: "token-2-0123456", account: "uji" } };
const controls = (messages: Message[]) =>
	messages.flatMap((one) => (one.type === "CONTROL" ? [one.control.connectorConfig.config] : []));

test("what is renewed comes with the whole config, before the request leaves, in read, check and discover", async () => {
	for (const command of ["read", "check", "discover"] as const) {
		const { source, order } = await renewing({ login: { token: "token-2-0123456" } }, { other: "other-2-0123456" });
		const kept: Message[] = [];
		const keep = async (message: Message) => {
			await new Promise((resolve) => setTimeout(resolve, 10));
			order.push("kept");
			kept.push(message);
		};
		if (command === "check") await checkSource(source, { config, keep });
		if (command === "discover") await discoverSource(source, { config, keep });
		if (command === "read") expect(controls(await Array.fromAsync(readSource(source, { config, keep })))).toEqual([]);
		expect(controls(kept)).toEqual([renewedConfig, { ...renewedConfig, other: "other-2-0123456" }]);
		expect(order.slice(0, 3)).toEqual(["kept", "kept", "request"]);
		expect(redact("token-2-0123456 other-2-0123456")).toBe("*** ***");
	}
});

test("among other messages it counts as written when the next one is asked for", async () => {
	const { source, order } = await renewing({ login: { token: "token-2-0123456" } });
	for await (const message of readSource(source, { config })) {
		if (message.type !== "CONTROL") continue;
		await new Promise((resolve) => setTimeout(resolve, 50));
		order.push("taken");
	}
	expect(order.slice(0, 2)).toEqual(["taken", "request"]);
	const said: Message[] = [];
	const again = await renewing({ other: "other-2-0123456" });
	expect(await checkSource(again.source, { config, say: (message) => void said.push(message) })).toMatchObject({
		status: "SUCCEEDED",
	});
	expect(controls(said)).toHaveLength(1);
	expect(await checkSource((await renewing({ other: "other-2-0123456" })).source, { config })).toMatchObject({
		status: "SUCCEEDED",
	});
});

test.each([
	[{ size: 5 }, "no part of it is marked secret"],
	[{ session: "token-2-0123456" }, "no part of it is marked secret"],
	[{ other: "other-2-0123456", session: "x" }, "Unknown key session in the settings of renewing"],
	[{ login: { token: 5 } }, "login.token in the settings of renewing is not text"],
])("%j could not be read by the next run, and is refused", async (settings, why) => {
	const { source, order } = await renewing(settings);
	const messages = await Array.fromAsync(readSource(source, { config }));
	const [error] = messages.flatMap((one) => (one.type === "TRACE" && one.trace.error ? [one.trace.error] : []));
	expect(error).toMatchObject({ code: "internal.definition", why });
	expect([controls(messages), order]).toEqual([[], []]);
});
