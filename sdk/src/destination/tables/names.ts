/**
 * Names of tables and columns, good for every store: small letters, digits and `_`. A name is given once, kept in the
 * name map of the store, and never changes, whatever arrives later.
 */
import { hash } from "node:crypto";
import { snakeCase } from "../../snake-case.ts";

/** BigQuery takes 300 characters; this leaves room for what others add. */
const LONGEST = 200;
const HASH_DIGITS = 6;

/** What BigQuery keeps for itself, and `_gn_`, which is ours. Small letters: case does not count. */
const RESERVED_PREFIXES = [
	"_table_",
	"_file_",
	"_partition",
	"_row_timestamp",
	"__root__",
	"_colidentifier",
	"_change_sequence_number",
	"_change_type",
	"_change_timestamp",
];
const OURS = "_gn_";
const OUR_TABLE = "conversions";

/** `customerId` → `customer_id`, `Total ($)` → `total_`, `2nd` → `c_2nd`, `_gn_key` → `c_gn_key_` and a hash. */
export function columnName(property: string): string {
	const name = snakeCase(property.slice(0, 10 * LONGEST));
	if (!/[a-z0-9]/.test(name)) return withHash("c", property);
	if (name.startsWith(OURS)) return withHash(`c${name}`, property);
	const needsLetter = /^\d/.test(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
	return (needsLetter ? `c_${name}`.replace(/__+/, "_") : name).slice(0, LONGEST);
}

/**
 * `shop` and `orders` → `shop__orders`; without namespace `orders`. `__` stands only between the two: no other name has
 * two `_` in a row, and a part of a pair neither begins nor ends with one.
 */
export function tableName(namespace: string | undefined, stream: string): string {
	if (namespace === undefined) {
		const name = columnName(stream);
		return name === OUR_TABLE ? withHash(name, stream) : name;
	}
	const parts = [namespace, stream].map(
		(part) => snakeCase(part.slice(0, 10 * LONGEST)).replace(/^_|_$/g, "") || withHash("c", part),
	);
	const name = parts.join("__");
	return (/^\d/.test(name) ? `c_${name}` : name).slice(0, LONGEST);
}

/**
 * A name for every property. Those of the map stay as they are; where two would get the same name, which differs from
 * all others also without regard to case, the later one in the order of their texts gets `_` and a hash of its own.
 */
export function assignNames(
	properties: Iterable<string>,
	persisted: ReadonlyMap<string, string>,
	taken: Iterable<string> = [],
): Map<string, string> {
	return assign(new Map([...properties].map((property) => [property, columnName(property)])), persisted, taken);
}

/** A stream as it stands in a catalog. */
export interface StreamName {
	namespace?: string | undefined;
	stream: string;
}

/** A table name for every stream, by `streamId`; as `assignNames`. */
export function assignTableNames(
	streams: Iterable<StreamName>,
	persisted: ReadonlyMap<string, string>,
	taken: Iterable<string> = [],
): Map<string, string> {
	const wanted = [...streams].map((one): [string, string] => [streamId(one), tableName(one.namespace, one.stream)]);
	return assign(new Map(wanted), persisted, taken);
}

/** Absent and empty namespaces are two. */
export function streamId({ namespace, stream }: StreamName): string {
	return JSON.stringify(namespace === undefined ? [stream] : [stream, namespace]);
}

function assign(
	wanted: ReadonlyMap<string, string>,
	persisted: ReadonlyMap<string, string>,
	taken: Iterable<string>,
): Map<string, string> {
	const used = new Set([...persisted.values(), ...taken].map((name) => name.toLowerCase()));
	const given = new Map<string, string>();
	for (const original of [...wanted.keys()].sort()) {
		const name = persisted.get(original) ?? free(wanted.get(original)!, original, used);
		used.add(name.toLowerCase());
		given.set(original, name);
	}
	// in the order of the catalog
	return new Map([...wanted.keys()].map((original) => [original, given.get(original)!]));
}

function free(name: string, original: string, used: ReadonlySet<string>): string {
	let candidate = name;
	for (let digits = HASH_DIGITS; used.has(candidate); digits++) candidate = withHash(name, original, digits);
	return candidate;
}

function withHash(name: string, original: string, digits = HASH_DIGITS): string {
	// as UTF-16, in which also halves of surrogate pairs differ
	const suffix = hash("sha256", Buffer.from(original, "utf16le")).slice(0, digits);
	return `${name.slice(0, LONGEST - digits - 1).replace(/_$/, "")}_${suffix}`;
}
