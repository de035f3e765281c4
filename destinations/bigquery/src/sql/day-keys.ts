/**
 * `_gn_days` says on which days conversions of a key may stand: one INT64 for each, the day above 48 bits of the key's
 * fingerprint. Keys are only ever added, in the transaction of the rows that they speak of; one whose row has gone, and
 * one whose fingerprint meets another's, cost a day that is read for nothing. None may be missing.
 */
import { CONVERSIONS, type Dialect } from "@growthnav/sdk/store";
import type { Where } from "./days.ts";

export const DAYS = "_gn_days";
export const DAY_KEY = "day_key";

/** Fingerprints are below it: of a billion keys, one in 280,000 has that of another. */
const FINGERPRINTS = 2n ** 48n;
/** Days since 1970 fill the upper 16 bits: to 2059-09-18, and what is later stands with the last, as before the first. */
const LAST_DAY = 32_767;
const FIRST_DAY = -LAST_DAY;
/** A conversion without a time; ours have one, those of others need not. */
const NO_DAY = FIRST_DAY - 1;
const DAY_MS = 86_400_000;

/** What is read of a conversion for its keys, and must be text for them. */
export const KEY_COLUMNS = ["_gn_key", "conversion_id", "source_record_id", "source_stream"] as const;

type Name = Pick<Dialect, "name" | "text">;

/**
 * The keys of conversions: by what their id is made of, and by their row, which are the same but where the key of the
 * row is written otherwise than the record's id. `from` is what follows FROM, with the conversions as `s`.
 */
export function dayKeysOf(dialect: Name, from: string): string {
	const key = dialect.name(DAY_KEY);
	const of = (text: string) => `SELECT ${packed(dialect, text)} AS ${key} FROM ${from}`;
	return (
		`SELECT DISTINCT d.${key} FROM (${of(byId(dialect))} UNION ALL ${of(byRow(dialect))}) AS d ` +
		`WHERE d.${key} IS NOT NULL`
	);
}

/** What a stage of conversions asks for, one column: as they are kept, and as those of others are. */
export function askedById(dialect: Name, stage: string): string {
	const ask = (text: string) => `SELECT ${fingerprint(text)} AS asked FROM ${dialect.name(stage)} AS s`;
	return `${ask(byId(dialect))} UNION ALL ${ask(`s.${dialect.name("conversion_id")}`)}`;
}

/** What a stage of rows asks for: the conversions that they made before, whatever their ids are. */
export function askedByRow(dialect: Name, stage: string, stream: string): string {
	const text = plain(dialect, `${dialect.text(`${stream} `)} || s.${dialect.name("_gn_key")}`);
	return `SELECT ${fingerprint(text)} AS asked FROM ${dialect.name(stage)} AS s`;
}

/** The keys that are there of those that are asked for. The table is read one time, however many ask. */
export function knownDayKeys(dialect: Name, asked: readonly string[]): string {
	const key = `k.${dialect.name(DAY_KEY)}`;
	return (
		`SELECT DISTINCT ${key} FROM ${dialect.name(DAYS)} AS k ` +
		`WHERE ${key} & ${FINGERPRINTS - 1n} IN (SELECT a.asked FROM (${asked.join(" UNION ALL ")}) AS a)`
	);
}

/** The day of a key as text, for `dayOf`. */
export function dayText(key: string): string {
	return `CAST(DIV(${key} - (${key} & ${FINGERPRINTS - 1n}), ${FINGERPRINTS}) AS STRING)`;
}

export function dayOf(text: string): Where {
	const number = Number(text);
	if (number === NO_DAY) return null;
	const day = new Date(number * DAY_MS).toISOString().slice(0, 10);
	if (number === FIRST_DAY) return { from: "0001-01-01", to: day };
	return number === LAST_DAY ? { from: day, to: "9999-12-31" } : day;
}

/** Conversions of one id have the same; those that others made are known by their id alone. */
function byId(dialect: Name): string {
	const [key, id, record, stream] = KEY_COLUMNS.map((column) => `s.${dialect.name(column)}`);
	const made = plain(dialect, `${stream} || ' ' || ${record}`);
	return `CASE WHEN ${key} IS NULL THEN ${id} ELSE COALESCE(${made}, ${id}) END`;
}

function byRow(dialect: Name): string {
	const [key, , , stream] = KEY_COLUMNS.map((column) => `s.${dialect.name(column)}`);
	return plain(dialect, `${stream} || ' ' || ${key}`);
}

/**
 * `["A",7]`, a row's key, becomes `A:7`, as the id of its record is: so one key serves for both. Texts that become
 * alike share their days, no more. An id is made of text in NFC: what that makes alike has one id.
 */
function plain(dialect: Name, text: string): string {
	return `REGEXP_REPLACE(REPLACE(NORMALIZE(${text}), ',', ':'), ${dialect.text('["\\[\\]\\\\]')}, '')`;
}

function packed(dialect: Name, text: string): string {
	const day = `UNIX_DATE(DATE(s.${dialect.name("timestamp")}))`;
	const kept = `IFNULL(GREATEST(${FIRST_DAY}, LEAST(${LAST_DAY}, ${day})), ${NO_DAY})`;
	return `${kept} * ${FINGERPRINTS} + ${fingerprint(text)}`;
}

function fingerprint(text: string): string {
	return `(FARM_FINGERPRINT(${text}) & ${FINGERPRINTS - 1n})`;
}

/** All keys of the conversions that are there. */
export function allDayKeys(dialect: Name): string {
	return dayKeysOf(dialect, `${dialect.name(CONVERSIONS)} AS s`);
}
