/** Cassettes: what is recorded holds nothing of keys and people, and replays the same rows. */
import { gzipSync } from "node:zlib";
import type { Json, JsonObject, Message } from "@growthnav/spec";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { openRecorder } from "../../src/http/cassette/recorder.ts";
import { csv, defineSource, jsonLines, object, oneOf, optional, secret, string, timestamp } from "../../src/index.ts";
import {
	checkSource,
	discoverSource,
	readSource,
	type ScriptedRequest,
	startCassette,
	startServer,
} from "../../src/testing/index.ts";
import { folder } from "../cli/program.ts";

const home = folder();
afterAll(home.remove);

const SECRETS = Array.from({ length: 20 }, (_, n) => `sk_live_${(n + 11) ** 9}x${n}`);
const NAMES = [
	"Wilhelmina Quastenberg",
	"Bartholomew O'Shaughnessy",
	"Zoë Krähenbühl",
	"Ngọc Trần",
	"ALOYSIUS FINKELMAN",
];
const EMAILS = NAMES.map((_, n) => `Private.Person${n}@mailhost${n}.org`);
const PHONES = ["+49 30 901820-77", "(212) 867-5309", "+81312345678", "+1-404-867-4444", "6502530000"];
const STREETS = [
	"Kastanienallee 77b",
	"1600 Amphitheatre Pkwy",
	"Rue de Rivoli 212",
	"Unter den Linden 6",
	"PO Box 8812",
];
const CARDS = ["4111111111111111", "5500 0050 0000 0559", "340000000000009", "6011-0000-0000-0004", "4012888888881881"];
const NOTES = NAMES.map((name, n) => `Please ring ${name} at ${PHONES[n]} or write to ${EMAILS[n]}`);
const IPS = ["93.184.216.34", "2001:db8:85a3::8a2e:370:7334", "81.2.69.142", "8.8.4.4", "151.101.1.69"];
const BIRTHS = ["1971-03-09", "1988-12-24", "1990-01-31", "2001-07-17", "1965-05-05"];
const SITES = NAMES.map((_, n) => `https://blog.private${n}.net/about-me?gclid=Cj0KCQjw${n}abc`);
const USERS = ["willyq", "barty_o", "zoe.k", "ngoc88", "finkel"];
const JWTS = NAMES.map(
	(name) => `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(JSON.stringify({ name })).toString("base64url")}.c2ln`,
);
const CURSORS = EMAILS.map((email) => Buffer.from(JSON.stringify({ last_value: email })).toString("base64"));
const TAXES = ["DE129273398", "GB999 9999 73", "078-05-1120", "FR83404833048", "IT00743110157"];
const IBANS = [
	"DE89370400440532013000",
	"GB29NWBK60161331926819",
	"FR1420041010050500013M02606",
	"NL91ABNA0417164300",
	"SE4550000000058398257466",
];
const CITIES = ["Niederschöneweide", "Wolfratshausen", "Poughkeepsie", "Ouagadougou", "Llanfairpwll"];
const ZIPS = ["12439", "82515", "12601-4402", "SW1A 1AA", "75001"];

const PLANTED = [
	...[...SECRETS, ...NAMES, ...EMAILS, ...PHONES, ...STREETS, ...CARDS, ...NOTES, ...IPS, ...BIRTHS, ...SITES],
	...[...USERS, ...JWTS, ...CURSORS, ...TAXES, ...IBANS, ...CITIES, ...ZIPS],
];

/** One row with something of everybody in it, where vendors have it. */
const row = (n: number) => ({
	id: `ord-${n}`,
	status: n % 2 === 0 ? "PAID" : "left open",
	updated_at: `2026-07-0${n + 1}T10:00:00Z`,
	total: "12.50",
	quantity: 3,
	huge: JSON.rawJSON("12345678901234567890") as unknown as Json,
	currency: "EUR",
	customer_id: `cus_${n % 2}`,
	customer: {
		first_name: NAMES[n]!.split(" ")[0]!,
		lastName: NAMES[n]!.split(" ")[1]!,
		name: NAMES[n]!,
		email: EMAILS[n]!,
	},
	billingAddress: {
		line1: STREETS[n]!,
		city: CITIES[n]!,
		zip: ZIPS[n]!,
		country: "DE",
		lat: 52.4567,
		"2": STREETS[n]!,
	},
	phones: [PHONES[n]!],
	payment: { card: CARDS[n]!, number: Number(CARDS[0]), last4: 1881, iban: IBANS[n]!, token: SECRETS[n]! },
	note: NOTES[n]!,
	custom: [
		{ key: "who", value: NAMES[n]! },
		{ label: "Referred by", value: USERS[n]! },
	],
	client_ip: IPS[n]!,
	dob: BIRTHS[n]!,
	landing: SITES[n]!,
	username: USERS[n]!,
	session: { whatever: JWTS[n]!, bearer: SECRETS[n + 5]! },
	vat: TAXES[n]!,
	by_person: { [EMAILS[n]!]: 1, [NAMES[n]!]: 2 },
	embedded: JSON.stringify({ email: EMAILS[n], key: SECRETS[n + 10] }),
	url: `https://api.example/people/${encodeURIComponent(NAMES[n]!)}?access_token=${SECRETS[n]}`,
});

const MORE = ["set-cookie", "x-request-user", "x-signature", "x-total-count", "etag"];

/** Pages by an opaque cursor, a search by mail address, a packed export, CSV, XML that nobody parses, an error with words. */
function startVendor(token: string) {
	const headers = { "set-cookie": `sid=${SECRETS[15]}`, "x-request-user": EMAILS[0]!, "x-signature": SECRETS[16]! };
	const sees = (request: ScriptedRequest) => request.headers.authorization === `Bearer ${token}`;
	return startServer({
		"GET /shop": (request) =>
			sees(request)
				? { json: { name: NAMES[4]!, owner: NAMES[3]!, id: "shop-7" }, headers }
				: { status: 401, json: {} },
		"GET /orders": ({ query }) => {
			const at = query.cursor === undefined ? 0 : CURSORS.indexOf(query.cursor) + 1;
			const next = at < 4 ? { next: CURSORS[at]!, link: `/orders?cursor=${CURSORS[at]}` } : {};
			return { json: { orders: [row(at)], ...next } as Json, headers: { ...headers, "x-total-count": "5" } };
		},
		"POST /search": ({ body }) => ({ json: { found: EMAILS.indexOf((body as { email: string }).email), q: "ok" } }),
		"GET /export": () => ({
			body: gzipSync(NAMES.map((_, n) => JSON.stringify(row(n))).join("\n") + "\n"),
			headers: { "content-type": "application/x-ndjson" },
		}),
		"GET /people.csv": () => ({
			body: `id,First Name,Phone,Updated At,Notes\n${NAMES.map((name, n) => `p-${n},${name},${PHONES[n]},2026-07-01,"${NOTES[n]!.replaceAll('"', '""')}"`).join("\n")}\n`,
			headers: { "content-type": "text/csv" },
		}),
		"GET /broken": () => ({ status: 404, json: { error: `no order of ${EMAILS[1]}`, key: SECRETS[17]! } }),
	});
}

const order = object({
	id: string(),
	status: oneOf("PAID", "left open"),
	updated_at: timestamp(),
	customer: optional(object({ email: optional(string()) })),
});

const source = defineSource({
	name: "private",
	version: "1",
	title: "Private",
	config: object({
		token: secret(string()).describe("a key"),
		pin: secret(string()).describe("a short one"),
		contact_email: string().describe("whose account"),
		base_url: string().describe("where"),
	}),
	http: ({ base_url, token }) => ({
		vendor: "Private",
		baseUrl: base_url,
		auth: { sign: () => ({ headers: { authorization: `Bearer ${token}` }, query: { signed_with: token } }) },
		headers: { "x-account": "acc-12", "x-api-token": token },
	}),
	check: async ({ http }) => `shop ${(await http.get("/shop")).body.name}`,
	streams: {
		orders: {
			schema: order,
			primaryKey: "id",
			cursor: "updated_at",
			async *read({ http }) {
				for await (const rows of http.pages<JsonObject>("/orders", {
					query: { limit: 1, status: "any" },
					rows: (body) => body.orders,
					next: ({ body }) => body.next && { query: { cursor: body.next } },
				})) {
					for (const one of rows) {
						const { email } = one.customer as { email: string };
						one.found = (
							await http.post("/search", { body: { email, limit: 1, words: "of the connector" } })
						).body.found;
					}
					yield rows as never;
				}
			},
		},
		exported: {
			schema: object({ id: string() }),
			primaryKey: "id",
			read: ({ http }) => http.download<{ id: string }>("/export", jsonLines()),
		},
		people: {
			schema: object({ id: string() }),
			primaryKey: "id",
			read: ({ http }) => http.download("/people.csv", csv()) as unknown as AsyncIterable<{ id: string }[]>,
		},
		broken: {
			schema: object({ id: string() }),
			read: ({ http }) => http.pages("/broken", { rows: (body) => body, next: () => "" }),
		},
	},
});

const recordsOf = (messages: Message[]) =>
	messages.flatMap((message) => (message.type === "RECORD" ? [message.record] : []));

async function record(maxBytes = 10_000_000) {
	const server = await startVendor(SECRETS[18]!);
	const config = { token: SECRETS[18]!, pin: "1234", contact_email: EMAILS[2]!, base_url: server.url };
	const recorder = openRecorder({ maxBytes });
	recorder.knows(await discoverSource(source, { config }));
	const status = await checkSource(source, { config, tap: recorder.tap });
	const messages = await Array.fromAsync(readSource(source, { config, tap: recorder.tap }));
	await server.close();
	const run = { source: "private", version: "1", command: "read", at: "2026-07-09T00:00:00Z", movable: true };
	const cassette = await recorder.cassette({ ...run, config, secrets: [config.token, config.pin] });
	const text = JSON.stringify(cassette, null, "\t");
	return {
		file: home.file(`private-${maxBytes}.json`, text),
		text,
		cassette,
		records: recordsOf(messages),
		status,
		origin: server.url,
	};
}

test("of 100 planted secrets and personal values none is in a cassette, in no encoding", async () => {
	expect(new Set(PLANTED).size).toBeGreaterThanOrEqual(100);
	const { text, origin } = await record();
	const forms = (value: string) => [
		value,
		encodeURIComponent(value),
		JSON.stringify(value).slice(1, -1),
		Buffer.from(value).toString("base64"),
	];
	const flat = text.toLowerCase();
	const found = [...PLANTED, ...NAMES.flatMap((name) => name.split(" ")), '1234"', origin].filter((value) =>
		forms(value).some((form) => flat.includes(form.toLowerCase())),
	);
	expect(found).toEqual([]);
	for (const header of MORE.slice(0, 3)) expect(text).not.toContain(header);
	expect(text).not.toContain("signed_with");
	expect(text).toContain('"x-total-count": "5"');
});

test("replayed it gives the same rows, but for what has a stand-in, and the stand-ins still join", async () => {
	const { file, records, status } = await record();
	const { config, missed, close, now } = await startCassette(file);
	expect(status).toMatchObject({ status: "SUCCEEDED" });
	expect(await checkSource(source, { config })).toMatchObject({
		status: "SUCCEEDED",
		message: expect.stringMatching(/^shop Name \d/),
	});
	const messages = await Array.fromAsync(readSource(source, { config, now }));
	await close();
	expect(missed).toEqual([]);
	const again = recordsOf(messages);
	expect(again.map(({ stream, data }) => [stream, data.id])).toEqual(
		records.map(({ stream, data }) => [stream, data.id]),
	);
	const kept = ["id", "status", "updated_at", "total", "quantity", "huge", "currency", "customer_id", "found"];
	const only = (data: JsonObject) => JSON.stringify(kept.map((name) => data[name] ?? null));
	expect(again.map(({ data }) => only(data))).toEqual(records.map(({ data }) => only(data)));
	const [orders, exported, people] = ["orders", "exported", "people"].map((name) =>
		again.filter(({ stream }) => stream === name),
	);
	expect(orders!.map(({ data }) => data.customer)).toEqual(exported!.map(({ data }) => data.customer));
	expect(people!.map(({ data }) => data["First Name"])).toEqual(
		orders!.map(({ data }) => (data.customer as JsonObject).name),
	);
});

test("a request that was never made is told, and answered with what is missing", async () => {
	const { file } = await record();
	const player = await startCassette(file);
	const answer = await fetch(`${player.url}/orders?limit=2`);
	expect([answer.status, await answer.json()]).toEqual([400, { error: "the cassette has no GET /orders?limit=2" }]);
	expect(player.missed).toEqual(["GET /orders?limit=2"]);
	await player.close();
});

test("a cassette has a size; a download is kept up to the end of a line", async () => {
	const { cassette } = await record(6_000);
	expect(cassette.left_out).toBeGreaterThan(0);
	expect(cassette.exchanges.length).toBeGreaterThan(2);
	const recorder = openRecorder({ maxBytes: 400 });
	const heard = {
		method: "GET",
		base: "https://v.example",
		url: new URL("https://v.example/a"),
		headers: {},
		tried: 1,
		ms: 1,
	};
	const lines = Array.from({ length: 50 }, (_, n) => `{"id":"o-${n}","name":"${NAMES[n % 5]}"}\n`).join("");
	async function* chunks() {
		for (let at = 0; at < lines.length; at += 37) yield Buffer.from(lines.slice(at, at + 37));
	}
	const body = Object.assign(chunks(), { destroy: () => {} });
	const read = recorder.tap.streamed({ ...heard, body: undefined, status: 200, answered: {} }, body);
	expect(Buffer.concat(await Array.fromAsync(read)).toString()).toBe(lines);
	const run = { source: "s", version: "1", command: "read", at: "2026-07-09T00:00:00Z", movable: false };
	const [kept] = (await recorder.cassette({ ...run, config: {}, secrets: [] })).exchanges;
	expect(kept!.answer).toMatchObject({
		status: 200,
		cut: true,
		text: expect.stringMatching(/^(\{"id":"o-\d","name":"Name \d"\}\n)+$/),
	});
});

test("always: no text of a person survives, wherever it stands and whatever stands around it", async () => {
	const person = fc.constantFrom(...NAMES, ...EMAILS, ...STREETS, ...NOTES, ...CARDS);
	const key = fc.constantFrom(
		"a",
		"value",
		"note",
		"name",
		"address",
		"data",
		"items",
		"email",
		"x_id",
		"status",
		"type",
		"Label",
	);
	const json = fc.letrec<{ json: Json }>((tie) => ({
		json: fc.oneof(
			{ depthSize: "small" },
			person,
			fc.constantFrom<Json>(1, true, null, "PAID", "12.50"),
			fc.array(tie("json"), { maxLength: 3 }),
			fc.dictionary(key, tie("json"), { maxKeys: 4 }),
		),
	})).json;
	await fc.assert(
		fc.asyncProperty(json, async (body) => {
			const recorder = openRecorder({ maxBytes: 1_000_000 });
			const heard = {
				method: "GET",
				base: "https://v.example",
				url: new URL("https://v.example/a"),
				headers: {},
				tried: 1,
				ms: 1,
			};
			recorder.tap.whole({ ...heard, body: undefined, status: 200, answered: {} }, Buffer.from(JSON.stringify(body)));
			const run = { source: "s", version: "1", command: "read", at: "2026-07-09T00:00:00Z", movable: false };
			const text = JSON.stringify(await recorder.cassette({ ...run, config: {}, secrets: [] }));
			for (const value of [...NAMES, ...EMAILS, ...STREETS, ...CARDS]) expect(text).not.toContain(value);
		}),
		{ numRuns: 200 },
	);
});

test("what a vendor writes into addresses, before an XML root, and into a CSV without heads is somebody's too", async () => {
	const recorder = openRecorder({ maxBytes: 1_000_000 });
	const heard = {
		method: "GET",
		base: "https://v.example",
		headers: {},
		tried: 1,
		ms: 1,
		body: undefined,
		status: 200,
	};
	const tell = (path: string, body: string, answered = {}) =>
		recorder.tap.whole({ ...heard, answered, url: new URL(path, heard.base) }, Buffer.from(body));
	const planted = {
		...{ phone: "6502530000", customer: "+1-404-867-4444", first_name: "Wilhelmina", dob: "1971-03-09" },
		...{ visitor: "93.184.216.34", ssn: "078-05-1120", page_info: CURSORS[0]!, card: CARDS[0]! },
	};
	const next = `https://v.example/b?${new URLSearchParams({ ...planted, device: "mobile", page: "2" })}`;
	tell("/a", JSON.stringify({ next, receipt: `https://v.example/of/${encodeURIComponent(PHONES[2]!)}/${CARDS[4]}` }));
	tell(next, "[]", { link: `<${next}>; rel="next"` });
	const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE r [<!ENTITY who "${NAMES[1]}">]>\n<r><n>${NAMES[0]}</n></r>`;
	tell("/c", xml);
	tell("/d", `${EMAILS[0]},${NAMES[0]},12.50\n${EMAILS[1]},${NAMES[1]},1.00\n`);
	tell("/e", `Order ID,Guest,Total\n1,${NAMES[1]},1.00\n`);
	const run = { source: "s", version: "1", command: "read", at: "2026-07-09T00:00:00Z", movable: false };
	const { exchanges } = await recorder.cassette({ ...run, config: {}, secrets: [] });
	const text = JSON.stringify(exchanges);
	for (const value of [...Object.values(planted), PHONES[2]!, CARDS[4]!, ...NAMES, ...EMAILS]) {
		expect(text).not.toContain(value);
		expect(text).not.toContain(encodeURIComponent(value));
	}
	const [first, second, ...others] = exchanges.map(({ request, answer }) => ({ path: request.path, ...answer }));
	// it is asked for as it was told, and a word stays one
	expect((first!.json as JsonObject).next).toBe(`https://vendor.example${second!.path}`);
	expect(second!.path).toMatch(/device=mobile&page=2$/);
	expect(others.map(({ text: body }) => body)).toEqual([
		expect.stringMatching(/^\s*<r><n>text \d+<\/n><\/r>$/),
		expect.stringMatching(/^person\d@example.com,text \d+,12.50\nperson\d@example.com,text \d+,1.00\n$/),
		expect.stringMatching(/^Order ID,Guest,Total\n1,text \d+,1.00\n$/),
	]);
});
