import { createHmac, timingSafeEqual } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkedBase } from "../../../src/http/address.ts";
import { baseString, type OAuth1, oauth1 } from "../../../src/http/auth/oauth1.ts";
import { hmac, signed } from "../../../src/http/auth/signed.ts";
import type { AuthSession, Proof } from "../../../src/http/index.ts";
import { acme, failure, NOW, textOf } from "./acme.ts";

describe("OAuth 1.0", () => {
	const PRINTER = { consumerKey: "dpf43f3p2l4k3l03", consumerSecret: "kd94hf93k423kf44", hash: "sha1" } as const;
	const WITH_TOKEN = { ...PRINTER, token: "nnch734d00sl2jdk", tokenSecret: "pfkkdhi9sl3r4s00" };
	const proof = (keys: OAuth1, nonce: string, seconds: number, method: string, url: string): Proof =>
		oauth1({ ...keys, nonce: () => nonce }).sign({ method, url: new URL(url), headers: {}, body: undefined }, {
			now: () => seconds * 1000,
		} as AuthSession) as Proof;

	test("the text that is signed is that of RFC 5849, 3.4.1.1", () => {
		const url = new URL("http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b&c2=&a3=2+q");
		const parameters: [string, string][] = [
			["oauth_consumer_key", "9djdj82h48djs9d2"],
			["oauth_token", "kkk9d7dh3k39sjv7"],
			["oauth_signature_method", "HMAC-SHA1"],
			["oauth_timestamp", "137131201"],
			["oauth_nonce", "7d8f3e4a"],
		];
		expect(baseString({ method: "post", url }, parameters)).toBe(
			"POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7",
		);
	});

	test.each([
		// RFC 5849, 1.2
		[
			WITH_TOKEN,
			"chapoH",
			137131202,
			"GET",
			"http://photos.example.net/photos?file=vacation.jpg&size=original",
			"MdpQcU8iPSUjWoN/UDMsK2sui9I=",
		],
		// OAuth Core 1.0, A.5
		[
			WITH_TOKEN,
			"kllo9940pd9333jh",
			1191242096,
			"GET",
			"http://photos.example.net/photos?file=vacation.jpg&size=original&oauth_version=1.0",
			"tR3+Ty81lMeYAr/Fid0kMTYa/WM=",
		],
	] as const)("%j", (keys, nonce, seconds, method, url, signature) => {
		expect(proof(keys, nonce, seconds, method, url).query).toMatchObject({ oauth_signature: signature });
		const header = proof({ ...keys, in: "header" }, nonce, seconds, method, url).headers!.authorization;
		expect(header).toMatch(/^OAuth oauth_consumer_key="dpf43f3p2l4k3l03", oauth_nonce="/);
		expect(header).toContain(`oauth_signature="${encodeURIComponent(signature)}"`);
	});

	/** As WooCommerce checks it: the parameters as they arrived, without the signature. */
	function accepts(method: string, url: string, query: Record<string, string>): boolean {
		const { oauth_signature = "", ...rest } = query;
		const encode = (text: string) =>
			encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
		const pairs = Object.entries(rest)
			.map(([name, value]) => `${encode(name)}=${encode(value)}`)
			.sort();
		const text = [method, encode(url), encode(pairs.join("&"))].join("&");
		const expected = createHmac("sha256", "cs_0123456789&").update(text).digest();
		const given = Buffer.from(oauth_signature, "base64");
		return given.length === expected.length && timingSafeEqual(given, expected);
	}

	test("a vendor that checks each signature takes all requests: odd characters, retries, redirects, echoed signatures", async () => {
		const nonces = new Set<string>();
		let pages = 0;
		const shop: Parameters<typeof acme>[0] = {
			"GET /moved": ({ query }) => ({
				status: 301,
				headers: { location: `/wp-json/wc/v3/orders?${new URLSearchParams({ ...query, moved: "1" })}` },
			}),
			"*": ({ method, path, query }) => {
				if (!accepts(method, server.url + path, query) || nonces.has(query.oauth_nonce!))
					return { status: 401, json: { code: "woocommerce_rest_authentication_error" } };
				nonces.add(query.oauth_nonce!);
				// WooCommerce echoes every parameter in its Link header
				const next = `${server.url}${path}?${new URLSearchParams({ ...query, page: String(++pages) })}`;
				return { json: { rows: [{ id: pages }], next: pages < 3 ? next : null } };
			},
		};
		const { server, http } = await acme(shop, () =>
			oauth1({ consumerKey: "ck_0123456789", consumerSecret: "cs_0123456789" }),
		);
		server.fail({ kind: "status", status: 503 });
		const query = { search: "Größe 50% (neu) *'!~ a+b&c=d", "fields[]": "id", after: "2026-07-01T00:00:00+02:00" };
		const read = await Array.fromAsync(
			http.pages("/wp-json/wc/v3/orders", { query, rows: (body) => body.rows, next: ({ body }) => body.next }),
		);
		expect(read.flat()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
		expect((await http.get("/moved", { query })).status).toBe(200);
		expect((await http.post("/wp-json/wc/v3/batch", { body: { ids: [1] } })).status).toBe(200);
		expect(JSON.stringify(server.requests)).not.toContain("cs_0123456789");
	});

	test("may use plain http, since its secret never leaves; a key that is sent may not", () => {
		expect(oauth1(PRINTER).plainHttp).toBe(true);
		expect(checkedBase("http://shop.example", { plainHttp: true }).href).toBe("http://shop.example/");
		expect(() => checkedBase("http://shop.example")).toThrow("The base URL cannot be used");
		expect(() => checkedBase("ftp://shop.example", { plainHttp: true })).toThrow("The base URL cannot be used");
	});
});

describe("HMAC", () => {
	test.each([
		// RFC 4231, test case 2; RFC 2202, test case 2
		["sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
		[
			"sha512",
			"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
		],
		["sha1", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"],
	] as const)("%s", (algorithm, expected) => {
		expect(hmac(algorithm, "Jefe", "what do ya want for nothing?", "hex")).toBe(expected);
	});

	const KEY = "hmac-key-0123456789";
	const auth = () =>
		signed(({ method, url, body = "" }, now) => {
			const date = new Date(now).toUTCString();
			const text = [method, url.pathname + url.search, date, body].join("\n");
			return { headers: { date, authorization: `Acme app:${hmac("sha256", KEY, text, "base64")}` } };
		});

	test("signs what is sent: method, address, body and the time of each try", async () => {
		const { server, http } = await acme(
			{
				"*": ({ method, path, query, headers, body }) => {
					const search = new URLSearchParams(query).toString();
					const text = [
						method,
						path + (search && `?${search}`),
						headers.date,
						body === undefined ? "" : JSON.stringify(body),
					].join("\n");
					return {
						status: headers.authorization === `Acme app:${hmac("sha256", KEY, text, "base64")}` ? 200 : 401,
						json: {},
					};
				},
			},
			auth,
		);
		server.fail({ kind: "status", status: 500 });
		await http.get("/a", { query: { b: "c d" } });
		await http.post("/a", { body: { x: 1 } });
		const dates = server.requests.map(({ headers }) => headers.date);
		expect(dates).toEqual([NOW, NOW + 1000, NOW + 1000].map((time) => new Date(time).toUTCString()));
	});

	test("a signature that is refused is not tried again", async () => {
		const { server, http } = await acme({ "*": () => ({ status: 401 }) }, auth);
		const error = await failure(http.get("/a"));
		expect(error.code).toBe("config.credentials");
		expect(textOf(error)).not.toContain(KEY);
		expect(server.requests).toHaveLength(1);
	});

	test("what signs is the author's: its bug is told as one, and no try is made", async () => {
		const { server, http } = await acme({}, () =>
			signed(() => {
				throw new TypeError("key is undefined");
			}),
		);
		expect(await failure(http.get("/a"))).toMatchObject({ code: "internal.unexpected", message: "key is undefined" });
		expect(server.requests).toHaveLength(0);
	});

	test("a signature that a vendor echoes is in no error", async () => {
		const { server, http } = await acme(
			{ "*": ({ headers }) => ({ status: 400, json: { detail: `not ${headers.authorization} of ${headers.date}` } }) },
			auth,
			{ errorOf: (body) => ({ detail: body.detail }) },
		);
		const error = await failure(http.get("/a"));
		expect(textOf(error)).not.toContain(server.requests[0]!.headers.authorization!.split(":")[1]);
		expect(error.code).toBe("config.request_refused");
	});
});
