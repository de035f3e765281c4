import type { Condition, Json } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { outcome, outcomes, row } from "./convert.ts";

const holds = (condition: Condition, f?: Json) => outcome({ when: { f: condition } }, { f }).outcome === "converted";
const rule = (condition: Condition, f?: Json) => {
	const one = outcome({ when: { f: condition } }, { f });
	return one.outcome === "left_out" ? one.rule : one.outcome;
};

describe("comparing", () => {
	test("texts letter by letter", () => {
		expect(holds("paid", "paid")).toBe(true);
		expect(holds("paid", "Paid")).toBe(false);
		expect(holds("paid", " paid")).toBe(false);
		expect(holds("1", "1.0")).toBe(false);
	});

	test("numbers by value, also against text", () => {
		for (const value of [1, "1", "1.0", "+1", rawNumber("1.000")] as Json[]) expect(holds(1, value)).toBe(true);
		expect(holds("1.0", 1)).toBe(true);
		expect(holds(0.1, "0.10")).toBe(true);
		expect(holds(1, "one")).toBe(false);
		expect(holds(1, true)).toBe(false);
		expect(holds(9007199254740992, rawNumber("9007199254740993"))).toBe(false);
		expect(holds(0, -0)).toBe(true);
	});

	test("truth as the words true and false", () => {
		expect(holds(true, true)).toBe(true);
		expect(holds(true, "true")).toBe(true);
		expect(holds("true", true)).toBe(true);
		expect(holds(true, "TRUE")).toBe(false);
		expect(holds(false, 0)).toBe(false);
		expect(holds(true, 1)).toBe(false);
	});

	test("lists and objects equal nothing", () => {
		for (const value of [[], ["a"], {}]) {
			expect(holds("a", value)).toBe(false);
			expect(holds({ not: "a" }, value)).toBe(true);
			expect(holds({ exists: true }, value)).toBe(true);
		}
	});

	test("null means: does not exist", () => {
		for (const absent of [undefined, null, "", "  "]) {
			expect(holds(null, absent)).toBe(true);
			expect(holds({ not: null }, absent)).toBe(false);
			expect(holds({ not: "a" }, absent)).toBe(true);
			expect(holds([null, "a"], absent)).toBe(true);
			expect(holds("a", absent)).toBe(false);
			expect(holds({ exists: false }, absent)).toBe(true);
		}
		expect(holds(null, "a")).toBe(false);
	});

	test("not is the opposite of the same literal, for any value", () => {
		const literal = fc.oneof(
			fc.string(),
			fc.double({ noNaN: true, noDefaultInfinity: true }),
			fc.boolean(),
			fc.constant(null),
		);
		fc.assert(
			fc.property(fc.oneof(literal, fc.array(literal, { minLength: 1 })), fc.jsonValue(), (wanted, value) => {
				expect(holds({ not: wanted }, value as Json)).toBe(!holds(wanted, value as Json));
			}),
		);
	});
});

describe("the rule, in words", () => {
	test("says what is and what the mapping wants", () => {
		expect(rule("COMPLETED", "OPEN")).toBe("f is OPEN, the mapping wants COMPLETED");
		expect(rule(["COMPLETED", "PAID"])).toBe("f is absent, the mapping wants COMPLETED or PAID");
		expect(rule({ not: [true, "yes"] }, "yes")).toBe("f is yes, the mapping leaves that out");
		expect(rule({ exists: true })).toBe("f is absent");
		expect(rule({ exists: false }, 5)).toBe("f is there, the mapping wants it absent");
		expect(rule("Closed Won", "Prospecting")).toBe("f is Prospecting, the mapping wants Closed Won");
		expect(rule(null, "x")).toBe("f is there, the mapping wants it absent");
		expect(rule({ not: null })).toBe("f is absent");
		expect(rule(["a", null], "x")).toBe("f is x, the mapping wants a or nothing");
	});

	test("masks what does not look like a state", () => {
		expect(rule("a", "mary@mail.example")).toBe('f is "xxxx@xxxx.xxxxxxx", the mapping wants a');
		expect(rule("a", "C-4711-998877")).toBe('f is "x-0000-000000", the mapping wants a');
		expect(rule("a", "x\u001b[31m")).not.toContain("\u001b");
		expect(rule("a", { name: "Mary" })).toBe("f is an object, the mapping wants a");
	});

	test("names the first line that does not hold", () => {
		const one = outcome({ when: { state: "PAID", kind: "sale" } }, { state: "PAID", kind: "gift" });
		expect(one).toMatchObject({ outcome: "left_out", rule: "kind is gift, the mapping wants sale" });
	});
});

describe("with each", () => {
	const parts = {
		each: { refund: "refunds" },
		discriminator: "refund.id",
		when: { "refund.status": "DONE", state: "COMPLETED" },
	};

	test("lines of the element choose elements, lines of the record choose records", () => {
		const refunds = [{ id: 1, status: "DONE" }, { id: 2, status: "OPEN" }, null, { id: 3, status: "DONE" }];
		expect(outcomes(parts, { state: "COMPLETED", refunds })).toMatchObject([
			{ outcome: "converted", element: 0 },
			{ outcome: "left_out", element: 1, rule: "refund.status is OPEN, the mapping wants DONE" },
			{ outcome: "converted", element: 3 },
		]);
		expect(outcomes(parts, { state: "OPEN", refunds })).toEqual([
			{ outcome: "left_out", mapping: "orders/custom", rule: "state is OPEN, the mapping wants COMPLETED" },
		]);
	});

	test("no elements: no row; no list: refused", () => {
		for (const refunds of [undefined, null, [], [null]]) {
			expect(outcomes(parts, { state: "COMPLETED", refunds } as never)).toEqual([]);
		}
		expect(outcomes(parts, { state: "COMPLETED", refunds: { id: 1 } })).toMatchObject([
			{ outcome: "rejected", code: "wrong_value", reason: "refunds: an object is no list", path: "refunds" },
		]);
	});

	test("more elements than a record may become rows: one reject, not as many", () => {
		const refunds = Array.from({ length: 10_001 }, (_, id) => ({ id, status: "DONE" }));
		expect(outcomes(parts, { state: "COMPLETED", refunds: refunds.slice(1) })).toHaveLength(10_000);
		expect(outcomes(parts, { state: "COMPLETED", refunds })).toMatchObject([
			{
				code: "too_many_elements",
				reason: "refunds: 10,001 elements; a record becomes at most 10,000 rows",
				path: "refunds",
			},
		]);
	});

	test("the path of a reject is the path in the record", () => {
		const rejected = outcomes(parts, { state: "COMPLETED", refunds: [{ status: "DONE" }] });
		expect(rejected).toMatchObject([{ reason: "refund.id is absent", path: "refunds.0.id", element: 0 }]);
	});
});

test("flags are set where their own conditions hold", () => {
	const flags = [
		{ flag: "split_shared", when: { split: "shared" } },
		{ flag: "late", when: { days: { not: [0, 1] } } },
	];
	expect(row({ flags }, { split: "shared", days: 1 }).dq_flags).toEqual(["split_shared"]);
	expect(row({ flags }, { days: 7 }).dq_flags).toEqual(["late"]);
	expect(row({ flags }, { days: 0 })).not.toHaveProperty("dq_flags");
});
