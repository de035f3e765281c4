import { randomBytes, randomInt } from "node:crypto";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { forgetSecrets, redact, registerSecret } from "../src/redact.ts";

afterEach(forgetSecrets);

const ALPHABETS = [
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
	"abc123+/=_-.~!*'()%&<>?#[]@$,;:| ",
	"ab\\\"'\n\r\t/{}1",
	"aé€😀ßñ漢字\u2028\u009b1",
];
const random = (unit: string, length: number) => {
	const characters = [...unit];
	return Array.from({ length }, () => characters[randomInt(characters.length)]).join("");
};
/** 500 secrets of all kinds, each with a part that stands nowhere else. */
const planted = () =>
	Array.from({ length: 500 }, (_, n) => {
		const unit = ALPHABETS[n % ALPHABETS.length]!;
		return random(unit, randomInt(1, 12)) + randomBytes(4).toString("hex") + random(unit, randomInt(1, 12));
	});

const json = (text: string) => JSON.stringify(text).slice(1, -1);
const ascii = (text: string) =>
	text.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
const base64 = (text: string) => Buffer.from(text).toString("base64");
/** How a secret may stand in a text. */
const ENCODINGS: { [name: string]: (secret: string) => string } = {
	"as it is": (s) => s,
	"URL-encoded": encodeURIComponent,
	"URL-encoded in lower case": (s) => encodeURIComponent(s).replace(/%../g, (code) => code.toLowerCase()),
	"as form data": (s) => new URLSearchParams({ token: s }).toString(),
	"URL-encoded twice": (s) => encodeURIComponent(encodeURIComponent(s)),
	"of a URL's password": (s) => `https://user:${encodeURIComponent(s)}@example.com/`,
	"JSON-escaped": (s) => JSON.stringify({ s }),
	"JSON-escaped twice": (s) => JSON.stringify({ body: JSON.stringify({ s }) }),
	"JSON-escaped as Python does": (s) => ascii(json(s)),
	"JSON-escaped as PHP does": (s) => ascii(json(s)).replaceAll("/", "\\/"),
	base64: base64,
	"base64 after one character": (s) => base64(`:${s}:`),
	"base64 after two characters": (s) => base64(`u:${s}`),
	base64url: (s) => Buffer.from(`ab${s}`).toString("base64url"),
	"Basic auth as user": (s) => `Authorization: Basic ${base64(`${s}:`)}`,
	"Basic auth as password": (s) => `Authorization: Basic ${base64(`someone:${s}`)}`,
	"base64 in a URL": (s) => encodeURIComponent(base64(`someone:${s}`)),
};

/** What must not be found: the hexadecimal middle as it is, or in base64 at any offset. */
function leaks(text: string, secret: string): boolean {
	const core = /[0-9a-f]{8}/.exec(secret)![0];
	const cores = [0, 1, 2].map((offset) => base64("x".repeat(offset) + core).slice(offset === 0 ? 0 : 4, 9));
	return [core, ...cores].some((one) => text.includes(one));
}

test("of 500 planted secrets none is found in any encoding", () => {
	const secrets = planted();
	for (const secret of secrets) expect(registerSecret(secret)).toBe(true);
	for (const [name, encode] of Object.entries(ENCODINGS)) {
		const found = secrets.filter((secret) => leaks(redact(`before ${encode(secret)} after`), secret));
		expect({ [name]: found }).toEqual({ [name]: [] });
	}
	const all = secrets.map((secret) => Object.values(ENCODINGS).map((encode) => encode(secret))).join("\n");
	const clean = redact(all);
	expect(secrets.filter((secret) => leaks(clean, secret))).toEqual([]);
});

test("what stands around a secret stays", () => {
	registerSecret("s3cret-token");
	expect(redact("GET /v2?token=s3cret-token&limit=5")).toBe("GET /v2?token=***&limit=5");
	expect(redact("s3cret-tokens3cret-token")).toBe("***");
	expect(redact("s3cret-token, s3cret-token.")).toBe("***, ***.");
	expect(redact("s3cret-toke")).toBe("s3cret-toke");
});

test("secrets that hold or overlap each other leave nothing behind", () => {
	for (const secret of ["abcdefgh", "efghijkl", "abcdefghijklmnop"]) registerSecret(secret);
	expect(redact("xabcdefghijklx")).toBe("x***x");
	expect(redact("xabcdefghijklmnopx abcdefgh")).toBe("x***x ***");
});

test("a key of several lines is removed whole and line by line, with and without its last line end", () => {
	const body = Array.from({ length: 4 }, () => randomBytes(48).toString("base64"));
	const pem = `-----BEGIN PRIVATE KEY-----\n${body.join("\n")}\n-----END PRIVATE KEY-----\n`;
	registerSecret(pem);
	expect(redact(pem.trim())).toBe("***");
	expect(redact(JSON.stringify({ pem }))).toBe('{"pem":"***"}');
	expect(redact(`line 3: ${body[2]}`)).toBe("line 3: ***");
	expect(redact(pem.replaceAll("\n", "\r\n"))).not.toContain(body[0]);
});

test("values shorter than six characters are refused, broken ones are not", () => {
	expect(["", "12345", "  12  \n"].map(registerSecret)).toEqual([false, false, false]);
	expect(redact("12345")).toBe("12345");
	expect(registerSecret("abc\ud800def")).toBe(true);
	expect(redact("abc\ufffddef")).toBe("***");
});

test("redact agrees with replacing one secret after the other", () => {
	const secret = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 6, maxLength: 9 });
	const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 80 });
	fc.assert(
		fc.property(fc.array(secret, { maxLength: 4 }), text, (secrets, text) => {
			forgetSecrets();
			for (const one of secrets) registerSecret(one);
			const hidden = Array.from(text, () => false);
			for (const one of secrets) {
				for (let at = text.indexOf(one); at >= 0; at = text.indexOf(one, at + 1))
					hidden.fill(true, at, at + one.length);
			}
			const clean = redact(text);
			expect(clean.replaceAll("***", "").length).toBe(hidden.filter((one) => !one).length);
			for (const one of secrets) expect(clean).not.toContain(one);
		}),
	);
});

test("a text without secrets comes back as the same string", () => {
	for (const secret of planted()) registerSecret(secret);
	const megabyte = JSON.stringify(
		Array.from({ length: 12_000 }, (_, id) => ({
			id,
			text: "an ordinary line of text with words",
			at: "2026-07-03T19:22:10Z",
		})),
	);
	expect(megabyte.length).toBeGreaterThan(1_000_000);
	expect(redact(megabyte)).toBe(megabyte);
});
