import { afterEach, expect, test } from "vitest";
import { rawNumber, redactJson } from "../../src/protocol/index.ts";
import { forgetSecrets, registerSecret } from "../../src/redact.ts";

afterEach(forgetSecrets);

test("secrets go from keys, texts and numbers, and what is left is JSON", () => {
	for (const secret of ["s3cr3t-token", "4711471147"]) registerSecret(secret);
	const text = JSON.stringify({
		"s3cr3t-token": "a s3cr3t-token",
		n: 4711471147,
		m: rawNumber("1.50"),
		deep: [{ a: 1 }],
	});
	expect(redactJson(text)).toBe('{"***":"a ***","n":"***","m":1.50,"deep":[{"a":1}]}');
	expect(redactJson("no JSON, s3cr3t-token")).toBe("no JSON, ***");
	expect(redactJson('{"a":1}')).toBe('{"a":1}');
});

test("a secret beside an escaped control character does not bring the character back", () => {
	registerSecret("s3cr3t-token");
	const line = '{"message":"s3cr3t-token \\u009b2J\\u202e\\u001b[2J"}';
	expect(redactJson(line)).toBe('{"message":"*** \\u009b2J\\u202e\\u001b[2J"}');
});
