import { readFileSync } from "node:fs";
import type { ConversionType } from "@growthnav/spec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileConversions } from "../../src/conversion/compile.ts";
import { conversionId, conversionIdOf, recordId, uuid5 } from "../../src/conversion/conversion-id.ts";
import { rawNumber } from "../../src/protocol/numbers.ts";
import { context, mapping, outcomes, reject, row } from "./convert.ts";

const vectors: {
	rfc9562_check: { namespace: string; name: string; uuid5: string };
	namespace: string;
	vectors: { parts: string[]; conversion_id: string }[];
} = JSON.parse(readFileSync(new URL("vectors/conversion_id_vectors.json", import.meta.url), "utf8"));

const bytesOf = (uuid: string) => Buffer.from(uuid.replaceAll("-", ""), "hex");

describe("conversion_id", () => {
	test("is a UUIDv5 as RFC 9562 computes it", () => {
		const { namespace, name, uuid5: expected } = vectors.rfc9562_check;
		expect(uuid5(bytesOf(namespace), name)).toBe(expected);
		const url = bytesOf("6ba7b811-9dad-11d1-80b4-00c04fd430c8");
		expect(uuid5(url, "https://growthnav.dev/ns/conversion/v1")).toBe(vectors.namespace);
	});

	test.each(vectors.vectors)("$conversion_id", ({ parts, conversion_id }) => {
		expect(conversionId(parts)).toBe(conversion_id);
		const [customer, system, account, stream, record, type, discriminator] = parts as [string, ...string[]];
		expect(conversionIdOf(customer, stream!, type!)(system!, account!, record!, discriminator!)).toBe(conversion_id);
	});

	test.each(vectors.vectors)("$conversion_id, through a mapping", ({ parts, conversion_id }) => {
		const [customerId, system, account, stream, record, type, discriminator] = parts as [string, ...string[]];
		const value = type === "purchase" ? "1" : "-1";
		const convert = compileConversions(
			[
				mapping({
					type: type as ConversionType,
					...(discriminator !== "" && { discriminator: "which" }),
					columns: { value: { const: value }, currency: { const: "USD" } },
				}),
			],
			{
				...context,
				customerId,
				stream: stream!,
				origin: { source: { const: "api" }, source_system: { const: system! }, source_account: "account" },
			},
		);
		const [only] = convert({ id: record!, account: account!, which: discriminator! });
		expect(only).toMatchObject({ outcome: "converted", conversion: { conversion_id, source_record_id: record } });
	});

	test("follows from NFC text: two spellings of one name are one", () => {
		expect(conversionId(["caf\u00e9"])).toBe(conversionId(["cafe\u0301"]));
		expect(conversionId(["é".repeat(2000)])).toBe(conversionId(["e\u0301".repeat(2000)]));
	});

	test("is the same by the short and the long way, for any text", () => {
		fc.assert(
			fc.property(fc.array(fc.string({ unit: "binary", maxLength: 200 }), { minLength: 4, maxLength: 4 }), (own) => {
				const [system, account, record, which] = own as [string, string, string, string];
				expect(conversionIdOf("acme", "orders", "refund")(system, account, record, which)).toBe(
					conversionId(["acme", system, account, "orders", record, "refund", which]),
				);
			}),
		);
	});

	test("does not depend on amount, time, status or person", () => {
		const of = (record: object) => {
			const columns = { timestamp: "at", value: "v", currency: "c", order_status: "s", user_id: "u" };
			return row({ columns }, { id: "7", ...record }).conversion_id;
		};
		const first = of({ at: "2026-01-01", v: "1", c: "USD", s: "paid", u: "p" });
		expect(of({ at: "2026-02-02T10:00:00Z", v: 2, c: "EUR", s: "sent", u: "q" })).toBe(first);
	});

	test("is absent without a customer, and so is that of the parent", () => {
		const parts = { parent: { type: "purchase" as const, stream: "orders", key: "order" } };
		const without = row(parts, { order: "9" }, { customerId: undefined });
		expect(without).not.toHaveProperty("conversion_id");
		expect(without).not.toHaveProperty("parent_conversion_id");
		expect(without.source_record_id).toBe("1");
	});
});

describe("source_record_id", () => {
	test("joins key values; colons and backslashes inside are escaped, so that no two keys look alike", () => {
		expect(recordId(["A", "7"])).toBe("A:7");
		expect(recordId(["A:7"])).toBe("A:7");
		const texts = fc.array(fc.stringMatching(/^[a:\\]{1,4}$/), { minLength: 1, maxLength: 3 });
		fc.assert(
			fc.property(texts, texts, (a, b) => {
				expect(recordId(a) === recordId(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
			}),
		);
	});

	test("keeps numbers exactly and takes nested keys", () => {
		const primaryKey = [["account", "id"], ["id"]];
		const record = { account: { id: "a:b" }, id: rawNumber("9007199254740993") };
		expect(row({}, record, { primaryKey }).source_record_id).toBe("a\\:b:9007199254740993");
	});

	test("keeps a single key as the source prints it, and so does the key of a parent", () => {
		expect(row({}, { id: "gid://shop/7" }).source_record_id).toBe("gid://shop/7");
		const sold = row({}, { id: "gid://shop/7" });
		const parent = { type: "custom" as const, stream: "orders", key: "sale" };
		expect(row({ parent }, { sale: "gid://shop/7" }).parent_conversion_id).toBe(sold.conversion_id);
	});

	test("a name given to elements does not hide a key field", () => {
		const parts = { each: { id: "list" }, discriminator: "id" };
		expect(row(parts, { id: "K", list: ["x"] }).source_record_id).toBe("K");
	});
});

describe("identity that is missing", () => {
	test("names the path", () => {
		expect(reject({}, { id: null })).toEqual({ code: "no_identity", reason: "id is absent", path: "id" });
		expect(reject({}, { id: " " })).toEqual({ code: "no_identity", reason: "id is absent", path: "id" });
		expect(reject({}, { id: {} })).toEqual({ code: "no_identity", reason: "id: an object is no id", path: "id" });
	});

	test("also of system, account, discriminator and a stream without key", () => {
		const code = "no_identity";
		const origin = { source: { const: "api" }, source_system: "sys", source_account: { const: "A" } };
		expect(reject({}, {}, { origin })).toEqual({ code, reason: "sys is absent", path: "sys" });
		expect(reject({}, {}, { origin: undefined })).toEqual({ code, reason: "the mapping has no source_system" });
		expect(reject({ discriminator: "d" }, {})).toEqual({ code, reason: "d is absent", path: "d" });
		expect(reject({}, {}, { primaryKey: [] })).toEqual({ code, reason: "the stream has no primary key" });
	});

	test("a part that could imitate another, or has no UTF-8, is refused", () => {
		expect(reject({}, { id: "a\u001fpurchase" }).reason).toContain("U+001F");
		expect(reject({}, { id: "a\ud800" }).reason).toContain("half a character");
	});

	test("columns of the mapping come before the stream's origin", () => {
		const columns = { source_system: { const: "own" }, source_account: "account" };
		expect(row({ columns }, { account: 12 })).toMatchObject({ source_system: "own", source_account: "12" });
	});
});

describe("parent", () => {
	const sale = (id: string, more = {}) => row({ type: "purchase", columns: money("1") }, { id }, more).conversion_id;
	const money = (value: string) => ({ value: { const: value }, currency: { const: "USD" } });
	const refund = { type: "refund" as const, columns: money("-1") };

	test("is the conversion_id of the sale", () => {
		const parent = { type: "purchase" as const, stream: "orders", key: "order_id" };
		const reversal = row({ ...refund, parent }, { id: "r1", order_id: "8aXk" }, { stream: "refunds" });
		expect(reversal.parent_conversion_id).toBe(sale("8aXk"));
	});

	test("may have a key of several fields and a discriminator", () => {
		const primaryKey = [["shop"], ["id"]];
		const parent = { type: "purchase" as const, stream: "orders", key: ["shop", "order_id"] };
		const sold = row({ type: "purchase", columns: money("1") }, { id: "8", shop: "S:1" }, { primaryKey });
		const reversal = row({ ...refund, parent }, { id: "r", shop: "S:1", order_id: "8" }, { stream: "refunds" });
		expect(reversal.parent_conversion_id).toBe(sold.conversion_id);
	});

	test("that is not named is null; one that is no id is flagged", () => {
		const parent = { type: "purchase" as const, stream: "orders", key: "order_id" };
		expect(row({ ...refund, parent }, {})).not.toHaveProperty("parent_conversion_id");
		const wrong = row({ ...refund, parent }, { order_id: [] });
		expect(wrong).not.toHaveProperty("parent_conversion_id");
		expect(wrong.dq_flags).toEqual(["wrong_value:parent_conversion_id"]);
	});
});

describe("several rows of one record", () => {
	test("with the same discriminator: the second is refused, since it would replace the first", () => {
		const parts = { each: { refund: "refunds" }, discriminator: "refund.id" };
		const [first, second, third] = outcomes(parts, { refunds: [{ id: "r1" }, { id: "r1" }, { id: "r2" }] });
		expect(first!.outcome).toBe("converted");
		expect(second).toMatchObject({ outcome: "rejected", code: "duplicate_identity", element: 1 });
		expect(third!.outcome).toBe("converted");
	});

	test("do not depend on the row before", () => {
		const parts = {
			each: { refund: "refunds" },
			discriminator: { minor: "refund.cents" },
			columns: { currency: { const: "USD" }, value: { const: 1 } },
		};
		const [first, second] = outcomes(parts, { refunds: [{ cents: 1 }, { cents: 2 }] });
		expect([first!.outcome, second!.outcome]).toEqual(["rejected", "rejected"]);
	});

	test("two mappings of one type that both take a record: the same", () => {
		const convert = compileConversions([mapping({}), mapping({ when: { vip: true } })], context);
		expect(convert({ id: "1" })).toMatchObject([
			{ outcome: "converted", mapping: "orders/custom" },
			{ outcome: "left_out", mapping: "orders/custom#2" },
		]);
		expect(convert({ id: "1", vip: true })).toMatchObject([
			{ outcome: "converted" },
			{
				outcome: "rejected",
				code: "duplicate_identity",
				reason: "a second custom of this record has no discriminator",
			},
		]);
	});
});
