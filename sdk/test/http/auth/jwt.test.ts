import { generateKeyPairSync, type KeyPairKeyObjectResult, verify } from "node:crypto";
import { expect, test } from "vitest";
import { googleKey, jwt, jwtAssertion } from "../../../src/http/auth/jwt.ts";
import { forgetSecrets, redact } from "../../../src/redact.ts";
import { acme, failure, NOW, textOf } from "./acme.ts";

/** Both keys as PEM. */
function pems({ privateKey, publicKey }: KeyPairKeyObjectResult) {
	return {
		privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
		publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
	};
}

const rsa = pems(generateKeyPairSync("rsa", { modulusLength: 2048 }));
const ec = pems(generateKeyPairSync("ec", { namedCurve: "P-256" }));

/** The parts of a JWT whose signature is right. */
function read(text: string, publicKey: string) {
	const [head = "", claims = "", signature = ""] = text.split(".");
	const signed = Buffer.from(`${head}.${claims}`);
	expect(
		verify("sha256", signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url")),
	).toBe(true);
	return [head, claims].map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
}

const GOOGLE = (url: string) =>
	JSON.stringify({
		type: "service_account",
		private_key_id: "key-1",
		private_key: rsa.privateKey,
		client_email: "reader@project.example",
		token_uri: `${url}/token`,
	});

test("a service account of Google's JSON: RS256, an hour, the scope among the claims", async () => {
	let assertion = "";
	const { server, http, clock } = await acme(
		{
			"POST /token": ({ body }) => {
				const form = new URLSearchParams(String(body));
				expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
				assertion = form.get("assertion")!;
				return { json: { access_token: "ya29.0123456", expires_in: 3599 } };
			},
			"*": ({ headers }) => ({ status: headers.authorization === "Bearer ya29.0123456" ? 200 : 401, json: {} }),
		},
		(url) =>
			jwtAssertion({
				...googleKey(GOOGLE(url)),
				scope: "https://www.example.com/auth/read",
				subject: "boss@project.example",
			}),
	);
	await http.get("/reports");
	expect(read(assertion, rsa.publicKey)).toEqual([
		{ alg: "RS256", typ: "JWT", kid: "key-1" },
		{
			iss: "reader@project.example",
			sub: "boss@project.example",
			aud: `${server.url}/token`,
			scope: "https://www.example.com/auth/read",
			iat: NOW / 1000 - 10,
			exp: NOW / 1000 + 3590,
		},
	]);
	clock.now += 3_600_000;
	await http.get("/reports");
	expect(read(assertion, rsa.publicKey)[1].iat).toBe(NOW / 1000 + 3590);
	expect(server.requests).toHaveLength(4);
	for (const line of rsa.privateKey.split("\n").filter((one) => one.length > 40)) expect(redact(line)).toBe("***");
});

test("ES256 by an EC key, also with its line breaks written out; claims of a vendor's own", () => {
	const text = jwt({ aud: "acme", exp: 1 }, { key: ec.privateKey.replaceAll("\n", "\\n") });
	expect(read(text, ec.publicKey)).toEqual([
		{ alg: "ES256", typ: "JWT" },
		{ aud: "acme", exp: 1 },
	]);
});

test("an assertion that is refused tells what to look at, and the clock", async () => {
	const { http } = await acme(
		{
			"*": () => ({
				status: 400,
				json: { error: "invalid_grant", error_description: "Invalid JWT Signature." },
				headers: { date: new Date(NOW + 300_000).toUTCString() },
			}),
		},
		(url) => jwtAssertion({ ...googleKey(GOOGLE(url)), scope: "read" }),
	);
	expect(await failure(http.get("/"))).toMatchObject({
		code: "config.credentials",
		message: "Acme does not take what the private key signed",
		why: '"Invalid JWT Signature."; the clock of this machine is 300 s behind the vendor\'s',
		next: "check that the account exists, that its key was not deleted, and that this machine's clock is right",
	});
});

test.each([
	["no key", "it is no PEM text"],
	[rsa.privateKey.slice(0, 300), "it is not whole, or has a password"],
	[pems(generateKeyPairSync("ed25519")).privateKey, "it is a key for ed25519; RSA and EC on P-256 are known"],
	[
		pems(generateKeyPairSync("ec", { namedCurve: "secp384r1" })).privateKey,
		"it is a key for secp384r1; RSA and EC on P-256 are known",
	],
])("a key that cannot sign says why: %.20s", async (key, why) => {
	const { http } = await acme({}, () => jwtAssertion({ tokenUrl: "/token", issuer: "me", key }));
	const error = await failure(http.get("/"));
	expect(error).toMatchObject({ code: "config.private_key", message: "The private key cannot be used", why });
	if (key.length > 20) expect(textOf(error)).not.toContain(key.slice(40, 60));
});

test("the key of Google's file is a secret as soon as it is read", () => {
	const { key } = googleKey(GOOGLE("https://accounts.example"));
	expect(redact(key.split("\n")[1]!)).toBe("***");
	forgetSecrets();
});

test.each([
	["{", "it is no JSON object"],
	["[]", "client_email or private_key is missing"],
	['{"client_email":"a"}', "client_email or private_key is missing"],
])("%s is no service account", (text, why) => {
	expect(() => googleKey(text)).toThrow(expect.objectContaining({ code: "config.private_key", why }));
});
