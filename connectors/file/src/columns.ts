/** The decision about each column: its type, and what its text means. What cannot be decided is asked, never guessed. */
import { ConnectorError } from "@growthnav/sdk";
import type { ColumnType } from "./config.ts";
import { type DayOrder, type ReadMoment, readDates } from "./dates.ts";
import type { DateEvidence, Evidence, NumberEvidence } from "./evidence.ts";
import type { NumberStyle } from "./money.ts";
import type { StreamSettings } from "./settings.ts";

export interface Column {
	name: string;
	type: ColumnType;
	/** Of numbers. */
	style: NumberStyle;
	/** The sign of money that stands beside its numbers: "" for none seen. */
	mark: string;
	/** Of dates and times. */
	readDate: ReadMoment;
}

/** The columns of a stream, in the order of `evidence`. Throws config errors that show a value and its place. */
export function decideColumns(evidence: ReadonlyMap<string, Evidence>, settings: StreamSettings): Column[] {
	const fileStyle = settings.style ?? styleOfAll([...evidence.values()]);
	return [...evidence].map(([name, seen]) => {
		const declared = settings.dates.get(name);
		const type = settings.columns.get(name) ?? (declared && typeOfFormat(declared.format)) ?? inferType(seen, settings);
		const numeric = type === "integer" || type === "decimal";
		const dated = type === "date" || type === "timestamp";
		return {
			name,
			type,
			style: numeric ? decideStyle(name, seen.numbers, fileStyle, settings) : "point",
			mark: numeric ? onlyMark(name, seen.numbers, settings) : "",
			readDate: dated ? decideDates(name, seen.dates, settings) : readDates(undefined),
		};
	});
}

function typeOfFormat(format: string): ColumnType {
	return /H|h|unix/.test(format.replace(/\[[^\]]*\]/g, "")) ? "timestamp" : "date";
}

function inferType(evidence: Evidence, settings: StreamSettings): ColumnType {
	const types = [...evidence.kinds].map((kind) => (kind === "text" ? typeOfText(evidence, settings) : kind));
	const [type = "string"] = types;
	if (types.every((other) => other === type)) return type as ColumnType;
	return types.every((other) => other === "integer" || other === "decimal") ? "decimal" : "json";
}

function typeOfText({ booleans, numbers, dates }: Evidence, settings: StreamSettings): ColumnType {
	if (booleans) return "boolean";
	if (isNumeric(numbers, settings.style) && !numbers.id && numbers.marks.size < 2) {
		return numbers.decimals ? "decimal" : "integer";
	}
	if (dates.possible) return dates.kind === "day" ? "date" : "timestamp";
	return "string";
}

function isNumeric({ point, comma }: NumberEvidence, style: NumberStyle | undefined): boolean {
	return style === undefined ? point || comma : style === "point" ? point : comma;
}

/** The style that the decided columns agree on: a file is mostly written in one. */
function styleOfAll(columns: Evidence[]): NumberStyle | undefined {
	const styles = new Set(columns.map(({ values, numbers }) => (values > 0 ? ownStyle(numbers) : undefined)));
	styles.delete(undefined);
	return styles.size === 1 ? [...styles][0] : undefined;
}

function ownStyle({ point, comma, onlyPoint, onlyComma, id }: NumberEvidence): NumberStyle | undefined {
	if ((!point && !comma) || id || onlyPoint === onlyComma) return undefined;
	return onlyPoint ? "point" : "comma";
}

function decideStyle(
	name: string,
	numbers: NumberEvidence,
	fileStyle: NumberStyle | undefined,
	settings: StreamSettings,
): NumberStyle {
	if (settings.style !== undefined) return settings.style;
	const { onlyPoint, onlyComma, either, plainEither } = numbers;
	if (onlyPoint !== onlyComma) return onlyPoint ? "point" : "comma";
	if (either === undefined && !plainEither) return fileStyle ?? "point";
	if (fileStyle !== undefined) return fileStyle;
	// 1.234 alone is what programs write
	if (either === undefined) return "point";
	throw new ConnectorError("config.number_ambiguous", `Column ${name} can be read in two ways`, {
		where: `${either.where}, "${either.text}" is ${either.text.replace(",", "")} or ${either.text.replace(",", ".")}`,
		why: `no number of the sample (sample_rows: ${settings.sampleRows}) shows which sign stands before the decimals`,
		next: "under source.config, write locale: en-US, or locale: de-DE, or the one that the file has",
	});
}

function onlyMark(name: string, { marks }: NumberEvidence, settings: StreamSettings): string {
	if (marks.size < 2 || settings.currency !== undefined) return [...marks][0] ?? "";
	throw new ConnectorError("config.currency_mixed", `Column ${name} has amounts in several currencies`, {
		where: `${settings.at}columns.${name}`,
		why: `it has ${[...marks].join(" and ")}, and a column holds one currency`,
		next: "split the file, or keep the column as text: columns: { ... : string }",
	});
}

/** How dates of a column are read, its format not being declared. */
export function decideDates(name: string, dates: DateEvidence, settings: StreamSettings): ReadMoment {
	return settings.dates.get(name)?.read ?? readDates(decideOrder(name, dates, settings));
}

function decideOrder(name: string, dates: DateEvidence, settings: StreamSettings): DayOrder | undefined {
	if (dates.kind === "local" && settings.timeZone === undefined) throw zoneMissing(name, dates);
	if (dates.orders.length === 1) return dates.orders[0];
	if (settings.order !== undefined || dates.either === undefined) return settings.order;
	const { text, where } = dates.either;
	throw new ConnectorError("config.date_ambiguous", `Column ${name} can be read in two ways`, {
		where: `${where}, "${text}" is ${inWords(text, "DMY")} or ${inWords(text, "MDY")}`,
		why: `no row of the sample (sample_rows: ${settings.sampleRows}) has a day above 12`,
		next: `under source.config, write dates: { ${name}: MM/DD/YYYY }`,
	});
}

const MONTHS = "January February March April May June July August September October November December".split(" ");

/** "3 April" */
function inWords(text: string, order: DayOrder): string {
	const [, month = "", day = ""] = (readDates(order)(text)?.text.slice(0, 10) ?? "").split("-");
	return `${Number(day)} ${MONTHS[Number(month) - 1]}`;
}

function zoneMissing(name: string, { first }: DateEvidence): ConnectorError {
	return new ConnectorError("config.time_zone_missing", `Column ${name} has local times and no zone`, {
		where: `${first?.where}, "${first?.text}"`,
		why: "a wrong zone moves sales to another day, so it is never guessed",
		next: "under source.config, write time_zone: America/Chicago",
	});
}

/** A declared format of local times needs a zone as well. Throws `config.time_zone_missing`. */
export function checkFormats(settings: StreamSettings): void {
	for (const [name, { format }] of settings.dates) {
		if (settings.timeZone !== undefined || typeOfFormat(format) === "date" || /unix|Z/.test(format)) continue;
		throw new ConnectorError("config.time_zone_missing", `Column ${name} has local times and no zone`, {
			where: `${settings.at}dates.${name}, "${format}"`,
			why: "a wrong zone moves sales to another day, so it is never guessed",
			next: "under source.config, write time_zone: America/Chicago",
		});
	}
}
