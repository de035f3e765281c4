import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignNames, assignTableNames, columnName, streamId, tableName } from "../../src/destination/tables/names.ts";

describe("columns", () => {
	test.each([
		["id", "id"],
		["customerId", "customer_id"],
		["HTTPServer", "http_server"],
		["orderID", "order_id"],
		["line1Address", "line1_address"],
		["Total ($)", "total_"],
		["a--b__c", "a_b_c"],
		["_id", "_id"],
		["2nd", "c_2nd"],
		["Prénom", "pr_nom"],
		["pre\u0301nom", "pr_nom"],
		["_TABLE_SUFFIX", "c_table_suffix"],
		["_PARTITIONTIME", "c_partitiontime"],
		["_CHANGE_TYPE", "c_change_type"],
		["conversions", "conversions"],
	])("%s is %s", (property, name) => {
		expect(columnName(property)).toBe(name);
	});

	test("without letters or digits, or with our prefix, have a hash of their own", () => {
		expect(columnName("名前")).toMatch(/^c_[0-9a-f]{6}$/);
		expect(columnName("名前")).not.toBe(columnName("住所"));
		expect(columnName("")).toMatch(/^c_[0-9a-f]{6}$/);
		expect(columnName("_gn_key")).toMatch(/^c_gn_key_[0-9a-f]{6}$/);
		expect(columnName("_gnKey")).toMatch(/^c_gn_key_[0-9a-f]{6}$/);
	});
});

describe("tables", () => {
	test("carry the namespace", () => {
		expect(tableName("square", "orders")).toBe("square__orders");
		expect(tableName(undefined, "Orders")).toBe("orders");
		expect(tableName("My Shop", "order_items")).toBe("my_shop__order_items");
		expect(tableName("2024", "orders")).toBe("c_2024__orders");
	});

	test("`__` stands between the two only", () => {
		expect(tableName("a_", "_b")).toBe("a__b");
		expect(tableName(undefined, "a__b")).toBe("a_b");
		fc.assert(
			fc.property(fc.string(), fc.string(), (namespace, stream) => {
				expect(tableName(namespace, stream).split("__")).toHaveLength(2);
				expect(tableName(undefined, stream)).not.toContain("__");
			}),
		);
	});

	test("are never one of ours", () => {
		expect(tableName(undefined, "Conversions")).toMatch(/^conversions_[0-9a-f]{6}$/);
		expect(tableName(undefined, "_gn_commits")).toMatch(/^c_gn_commits_[0-9a-f]{6}$/);
		expect(tableName("_gn", "commits")).toBe("gn__commits");
		expect(tableName(undefined, '"; DROP TABLE conversions; --')).toBe("_drop_table_conversions_");
	});

	test("of streams that only look alike are apart", () => {
		const streams = [
			{ stream: "orders" },
			{ stream: "Orders" },
			{ namespace: "", stream: "orders" },
			{ namespace: "a", stream: "b" },
			{ namespace: "A", stream: "b" },
		];
		const names = assignTableNames(streams, new Map());
		expect(new Set(names.values()).size).toBe(5);
		expect(names.get(streamId({ namespace: "A", stream: "b" }))).toBe("a__b");
		expect(names.get(streamId({ namespace: "a", stream: "b" }))).toMatch(/^a__b_[0-9a-f]{6}$/);
	});

	test("leave names that are taken", () => {
		const names = assignTableNames([{ stream: "orders" }], new Map(), ["ORDERS"]);
		expect([...names.values()][0]).toMatch(/^orders_[0-9a-f]{6}$/);
	});
});

const VALID = /^(?=.{1,200}$)[a-z_][a-z0-9_]*$/;
const RESERVED =
	/^(_table_|_file_|_partition|_row_timestamp|__root__|_colidentifier|_change_sequence_number|_change_type|_change_timestamp|_gn_)/;

const name = fc.oneof(
	fc.string({ unit: "binary", maxLength: 30 }),
	fc.string({
		unit: fc.constantFrom("a", "A", "é", "e\u0301", "_", " ", "\ud800", "\ud801", "0", "İ", "K"),
		maxLength: 6,
	}),
	fc.string({ minLength: 190, maxLength: 400 }),
	fc.constantFrom("_TABLE_", "_gn_key", "id", "ID", "Id", "__proto__", "constructor", "__ROOT__", "_Partition"),
);

test("any names become valid, unique, and the same again in any order", () => {
	fc.assert(
		fc.property(fc.uniqueArray(name, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (properties, numbers) => {
			const names = assignNames(properties, new Map());
			for (const one of names.values()) {
				expect(one).toMatch(VALID);
				expect(one).not.toMatch(RESERVED);
			}
			expect(new Set(names.values()).size).toBe(properties.length);
			expect([...names.keys()]).toEqual(properties);
			const shuffled = properties.map((one) => ({ one, at: numbers.next().value! })).sort((a, b) => a.at - b.at);
			const again = assignNames(
				shuffled.map(({ one }) => one),
				new Map(),
			);
			for (const property of properties) expect(again.get(property)).toBe(names.get(property));
		}),
	);
});

test("a name that was given never changes, whatever comes later", () => {
	fc.assert(
		fc.property(fc.uniqueArray(name, { maxLength: 12 }), fc.uniqueArray(name, { maxLength: 12 }), (first, later) => {
			const given = assignNames(first, new Map());
			const all = assignNames(new Set([...later, ...first]), given);
			for (const [property, one] of given) expect(all.get(property)).toBe(one);
			expect(new Set(all.values()).size).toBe(all.size);
			// also where the early ones are gone from the schema
			const rest = assignNames(later, given);
			for (const [property, one] of rest) if (!given.has(property)) expect([...given.values()]).not.toContain(one);
		}),
	);
});

test("persisted names of any case count as taken", () => {
	const names = assignNames(["total"], new Map([["Total", "TOTAL"]]));
	expect(names.get("total")).toMatch(/^total_[0-9a-f]{6}$/);
});
