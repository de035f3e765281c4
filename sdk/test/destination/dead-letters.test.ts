import { afterEach, expect, test } from "vitest";
import { letterLine } from "../../src/destination/rejects/dead-letters.ts";
import { forgetSecrets, registerSecret } from "../../src/redact.ts";

afterEach(forgetSecrets);

const ORIGIN = { connection: "acme", namespace: undefined, stream: "orders" };
const SECRET = "sq0-very-secret";

test("a secret of digits is removed from texts, and leaves the line JSON that a table takes", () => {
	registerSecret("123456");
	const letter = { kind: "record", code: "x.y", reason: "123456 is wrong", raw: '{"pin":123456}' } as const;
	const line = JSON.parse(letterLine(ORIGIN, letter, 1_234_567, 1_000));
	expect(line).toMatchObject({ _gn_seq: 1_234_567, line: 1_234_567, reason: "*** is wrong", raw: '{"pin":"***"}' });
});

test("no half of a secret is left where a long record is cut", () => {
	registerSecret(SECRET);
	const raw = `${"x".repeat(990)}${SECRET}${"y".repeat(1_000)}`;
	const letter = { kind: "record", code: "x.y", reason: "too long", raw } as const;
	expect(JSON.parse(letterLine(ORIGIN, letter, 1, 1_000)).raw).toMatch(/^x{990}\*\*\*y+$/);
});
