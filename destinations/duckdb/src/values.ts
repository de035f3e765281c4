/** Results as JSON: what a double cannot hold is text, times are RFC 3339, lists, structs and JSON stay nested. */
import type {
	DuckDBArrayValue,
	DuckDBBlobValue,
	DuckDBListType,
	DuckDBListValue,
	DuckDBMapType,
	DuckDBMapValue,
	DuckDBStructType,
	DuckDBStructValue,
	DuckDBTimestampTZValue,
	DuckDBType,
	DuckDBUnionType,
	DuckDBUnionValue,
	DuckDBValue,
} from "@duckdb/node-api";
import { type Json, type JsonObject, parseJson, shortestDecimal } from "@growthnav/sdk/store";

/** Of `DuckDBTypeId`; named here so that the library need not be loaded for its numbers. */
const TIMESTAMP = 12;
const VARCHAR = 17;
const BLOB = 18;
const DECIMAL = 19;
const [LIST, STRUCT, MAP, UNION, TIMESTAMP_TZ, ARRAY] = [24, 25, 26, 28, 31, 33];

export function jsonValue(value: DuckDBValue, type: DuckDBType): Json {
	if (value === null || typeof value === "boolean") return value;
	if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
	if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
	switch (type.typeId as number) {
		case VARCHAR:
			return type.alias === "JSON" ? parseJson(value as string) : (value as string);
		case BLOB:
			return Buffer.from((value as DuckDBBlobValue).bytes).toString("base64");
		case DECIMAL:
			return shortestDecimal(value.toString());
		case TIMESTAMP:
			return value.toString().replace(" ", "T");
		case TIMESTAMP_TZ:
			return instant((value as DuckDBTimestampTZValue).micros);
		case LIST:
		case ARRAY: {
			const { valueType } = type as DuckDBListType;
			return (value as DuckDBListValue | DuckDBArrayValue).items.map((item) => jsonValue(item, valueType));
		}
		case STRUCT:
			return structValue(value as DuckDBStructValue, type as DuckDBStructType);
		case MAP: {
			const { keyType, valueType } = type as DuckDBMapType;
			return (value as DuckDBMapValue).entries.map((entry) => ({
				key: jsonValue(entry.key, keyType),
				value: jsonValue(entry.value, valueType),
			}));
		}
		case UNION: {
			const { tag, value: inner } = value as DuckDBUnionValue;
			return jsonValue(inner, (type as DuckDBUnionType).memberTypeForTag(tag));
		}
		default:
			return value.toString();
	}
}

function structValue(value: DuckDBStructValue, type: DuckDBStructType): JsonObject {
	return Object.fromEntries(
		type.entryNames.map((name, at) => [name, jsonValue(value.entries[name] ?? null, type.entryTypes[at]!)]),
	);
}

const SECOND = 1_000_000n;
const LAST = 9_223_372_036_854_775_806n;

/** Microseconds since 1970 as RFC 3339 in UTC, with as many decimals as are not zero. */
function instant(micros: bigint): string {
	if (micros > LAST || micros < -LAST) return micros > 0n ? "infinity" : "-infinity";
	const fraction = ((micros % SECOND) + SECOND) % SECOND;
	const seconds = Number((micros - fraction) / SECOND);
	const text = new Date(seconds * 1000);
	// outside the years that Date knows
	if (Number.isNaN(text.getTime())) return String(micros);
	const digits = fraction === 0n ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
	return `${text.toISOString().slice(0, -5)}${digits}Z`;
}
