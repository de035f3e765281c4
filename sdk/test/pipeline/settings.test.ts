import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveReferences } from "../../src/pipeline/file/references.ts";
import { plainSecrets, typedReferences, unknownKeys } from "../../src/pipeline/file/settings.ts";
import { redact } from "../../src/redact.ts";
import { testFolder } from "./bench.ts";

const SPEC = {
	type: "object",
	properties: {
		access_token: { type: "string", airbyte_secret: true },
		base_url: { type: "string" },
		environment: { type: "string" },
		start_date: { type: "string" },
		port: { type: "integer" },
		ids: { type: "array", items: { type: "integer" } },
		auth: {
			type: "object",
			oneOf: [
				{ properties: { type: { const: "key" }, key: { type: "string", airbyte_secret: true } } },
				{ properties: { type: { const: "none" } } },
			],
		},
		keys: {
			type: "array",
			items: { type: "object", properties: { secret: { type: "string", airbyte_secret: true } } },
		},
	},
};
const context = { owner: "square", where: (path: readonly unknown[]) => `acme.yaml, ${path.join(".")}` };

describe("references", () => {
	const options = (folder: string, env = {}) => ({
		host: { env, program: "growthnav" },
		folder,
		file: "acme.yaml",
		where: (path: readonly unknown[]) => `acme.yaml:9:19, source.config.${path.join(".")}`,
	});

	test("are replaced by their values wherever they are the whole value, and the values are secrets from then on", async () => {
		const folder = testFolder();
		writeFileSync(join(folder, "key.pem"), "-----BEGIN-----\nabcdef0123456789abcdef\n");
		const { config, references, errors } = await resolveReferences(
			{ a: "env:TOKEN", b: { c: ["file:key.pem", "env: not one", "see env:TOKEN"] }, url: "file:///data/x", n: 1 },
			options(folder, { TOKEN: "tok-en-123" }),
		);
		expect(errors).toEqual([]);
		expect(config).toEqual({
			a: "tok-en-123",
			b: { c: ["-----BEGIN-----\nabcdef0123456789abcdef", "env: not one", "see env:TOKEN"] },
			url: "file:///data/x",
			n: 1,
		});
		expect(references.sort()).toEqual(["env:TOKEN", "file:key.pem"]);
		expect(redact("Bearer tok-en-123 / abcdef0123456789abcdef")).toBe("Bearer *** / ***");
	});

	test("that point to nothing are told exactly as drawn", async () => {
		const { errors } = await resolveReferences({ access_token: "env:SQUARE_TOKEN" }, options(testFolder()));
		expect(errors.map(({ code, message, where, why, next }) => ({ code, message, where, why, next }))).toEqual([
			{
				code: "config.secret_missing",
				message: "env:SQUARE_TOKEN points to nothing",
				where: "acme.yaml:9:19, source.config.access_token",
				why: "the environment has no SQUARE_TOKEN; no other place is searched",
				next: "export SQUARE_TOKEN=..., or growthnav run acme.yaml --env .env",
			},
		]);
	});

	test("an empty variable, a missing file, a folder and an empty file are nothing too; all are told together", async () => {
		const folder = testFolder();
		mkdirSync(join(folder, "dir"));
		writeFileSync(join(folder, "empty"), "\n");
		const { errors } = await resolveReferences(
			{ a: "env:EMPTY", b: "file:nosuch", c: "file:dir", d: "file:empty" },
			options(folder, { EMPTY: "" }),
		);
		expect(errors.map(({ why }) => why).sort()).toEqual([
			"EMPTY is empty in the environment; no other place is searched",
			"dir is no file",
			"empty is empty",
			"there is no file nosuch; no other place is searched",
		]);
	});

	test("a short value is reported: it cannot be removed from texts", async () => {
		const { short } = await resolveReferences({ a: "env:PIN" }, options(testFolder(), { PIN: "1234" }));
		expect(short).toEqual(["env:PIN"]);
	});

	test("become what the spec asks for", () => {
		const written = { port: "env:PORT", ids: ["env:ID", "7"], access_token: "env:T", start_date: "env:D" };
		const resolved = { port: "8080", ids: ["12345678901234567890", "7"], access_token: "123456", start_date: "2025" };
		expect(JSON.stringify(typedReferences(SPEC, written, resolved))).toBe(
			'{"port":8080,"ids":[12345678901234567890,"7"],"access_token":"123456","start_date":"2025"}',
		);
	});
});

describe("settings held against the spec", () => {
	test("a secret in plain text is refused wherever it stands, and never shown", () => {
		const config = {
			access_token: "plain-secret-1",
			auth: { type: "key", key: "plain-secret-2" },
			keys: [{ secret: "env:FINE" }, { secret: "plain-secret-3" }],
			environment: "sandbox",
		};
		const errors = plainSecrets(SPEC, config, context);
		expect(errors.map(({ code, where, next }) => [code, where, next])).toEqual([
			[
				"config.secret_in_file",
				"acme.yaml, access_token",
				"export ACCESS_TOKEN=..., and write access_token: env:ACCESS_TOKEN",
			],
			["config.secret_in_file", "acme.yaml, auth.key", "export KEY=..., and write key: env:KEY"],
			["config.secret_in_file", "acme.yaml, keys.1.secret", "export SECRET=..., and write secret: env:SECRET"],
		]);
		expect(JSON.stringify(errors)).not.toContain("plain-secret");
		expect(redact("plain-secret-1 plain-secret-2 plain-secret-3")).toBe("*** *** ***");
	});

	test("an unknown key is told as drawn", () => {
		const spec = { type: "object", properties: { access_token: {}, base_url: {}, environment: {}, start_date: {} } };
		const [error] = unknownKeys(spec, { acess_token: "env:X" }, context);
		expect(error).toMatchObject({
			code: "config.unknown_key",
			message: "Unknown key acess_token in the settings of square",
			why: "square knows access_token, base_url, environment and start_date",
			next: "did you mean access_token?",
		});
	});
});
