/**
 * Texts from outside that would keep a function busy for hours if its work grew with the square of their length: long
 * enough for that, and read in a moment where it does not. Run as a program; it prints the name of each that it survived.
 */

import { csvReader } from "../../connectors/file/src/csv.ts";
import { writtenDate } from "../../connectors/file/src/dates.ts";
import { columnNames } from "../../connectors/file/src/layout.ts";
import { readNumber } from "../../connectors/file/src/money.ts";
import { money } from "../../sdk/src/cli/screen/numbers.ts";
import { cutEnd } from "../../sdk/src/cli/screen/text.ts";
import { columnName } from "../../sdk/src/destination/tables/names.ts";
import { fromTraceError } from "../../sdk/src/errors.ts";
import { maskValue } from "../../sdk/src/mask.ts";
import { readDocument } from "../../sdk/src/pipeline/file/document.ts";
import { createTap } from "../../sdk/src/pipeline/run/tap.ts";
import { parseJson } from "../../sdk/src/protocol/parse.ts";
import { decimalLiteral } from "../../sdk/src/schema/text.ts";
import { parseInstant } from "../../sdk/src/schema/time.ts";
import { parseStateFile } from "../../sdk/src/source/saved-state.ts";
import { visible } from "../../sdk/src/visible.ts";

const MANY = 2_000_000;
const long = (part: string, end = "", times = MANY) => part.repeat(times) + end;

/** Rows and faults of a CSV text, read in blocks as a file is. */
function csv(text: string): number {
	let rows = 0;
	const count = () => {
		rows++;
	};
	const sink = { row: count, bad: count, blank: count };
	const reader = csvReader({ delimiter: ",", newline: "\n", width: 2, line: 1, limit: 16_000_000 }, sink);
	for (let at = 0; at < text.length; at += 262_144)
		reader.push({ text: text.slice(at, at + 262_144), start: 0, end: 0 });
	reader.end();
	return rows;
}

function tapped(text: string): void {
	const account = { records: 0, bytes: 0, goesOn: false };
	const tap = createTap({
		accountOf: () => account,
		onMessage: () => false,
		onGarbage: () => false,
		onText: () => {},
	});
	tap.push(Buffer.from(`${text}\n`));
}

const refused = (work: () => unknown) => {
	try {
		work();
	} catch {
		// a refusal is an answer
	}
};

const CASES: Record<string, () => unknown> = {
	"a number that ends in a letter, masked": () => maskValue(long("1", "x")),
	"a decimal of zeros": () => decimalLiteral(long("0", "x")),
	"an instant with a long fraction": () => parseInstant(`2026-07-03T19:22:10.${long("0", "x")}`),
	"a state file of empty lines": () => refused(() => parseStateFile(`{}\n${long("\n")}x\nx`, "state")),
	"a hundred thousand levels of JSON": () => refused(() => parseJson(long("[", "", 100_000))),
	"JSON of backslashes": () => refused(() => parseJson(`{"a":"${long("\\")}"${long("[", "", 1_000)}`)),
	"money of spaces": () => readNumber(long(" ", "x")),
	"a date of spaces": () => writtenDate(long(" ", "x")),
	"a header of equal names": () => columnNames(Array.from({ length: 100_000 }, () => "a")),
	"a row of a million fields with one quote": () => csv(`"x",${long("a,", "\n")}`),
	"rows without delimiter with quotes": () => csv(long('a"b\n')),
	"quotes that never close": () => csv(long('"a\n', '"x', 300_000)),
	"a name of capitals": () => columnName(long("A")),
	"a name of accents": () => columnName(`e${long("\u0301")}`),
	"accents before an escape": () => visible(`e${long("\u0301", "\x1b")}`),
	joiners: () => cutEnd(visible(long("\u{1f468}\u200d", "\x1b", 200_000)), 80),
	"a sum of ten thousand digits": () => money("USD", `0.${long("0", "1", 10_000)}`),
	"a record head that never comes": () => tapped(`{${long(" ")}"type" : "RECORD"`),
	"YAML brackets": () => readDocument(long("[", "", 900_000), "x.yaml"),
	"YAML keys": () => readDocument(Array.from({ length: 80_000 }, (_, i) => `k${i}: 1`).join("\n"), "x.yaml"),
	"YAML aliases": () => readDocument(`a: &a [1]\nb: [${long("*a,", "", 90_000)}]`, "x.yaml"),
	"YAML dashes": () => readDocument(long("- ", "", 100_000), "x.yaml"),
	"an error of a connector": () => fromTraceError({ message: long("x"), where: long("/0-config.json, :", "\n") }, "x"),
};

for (const [name, work] of Object.entries(CASES)) {
	await work();
	console.log(name);
}
console.log(`${Object.keys(CASES).length} survived`);
