/** Journal: the entries of the ledger, line by line. They repeat every sale, so they are never counted as sales. */
import { date, decimal, integer, type JsonObject, json, object, optional, string } from "@growthnav/sdk";
import type { SalesFacts } from "./sales.ts";
import type { GroupedLine } from "./totals.ts";

export const journalSchema = object({
	entry: string().describe("QuickBooks' own number of the transaction, which the report groups by"),
	entry_line: integer().describe("Line of the entry, from 1"),
	date: date(),
	type: string().describe("Journal Entry, Invoice, Payment, Deposit, ..."),
	number: optional(string()),
	name: optional(string()).describe("Customer, vendor or employee"),
	description: optional(string()),
	account: optional(string()),
	debit: optional(decimal()),
	credit: optional(decimal()),
	other: optional(json()).describe("Columns of the report that have no field here"),
	report: optional(string()).describe("Its title lines"),
	_file: string().describe("File, from the root"),
	_line: integer().describe("Line in the file, from 1"),
});

type JournalFacts = Omit<SalesFacts, "currency" | "basis">;

/** Why a line belongs to no entry. */
export function journalFault(
	{ cells, path }: GroupedLine,
	{ readDate }: Pick<JournalFacts, "readDate">,
): string | undefined {
	if (cells.date === undefined || readDate(cells.date) === undefined) return "date is missing or no date";
	if (cells.type === undefined) return "type is missing";
	return path.length === 0 ? "number of the entry is missing" : undefined;
}

/** The lines of all entries, without those that have a fault. */
export function entriesOf(lines: readonly GroupedLine[], { readDate, read, report, file }: JournalFacts): JsonObject[] {
	const ordinals = new Map<string, number>();
	return lines.map(({ cells, path, line, other }) => {
		const { date: written = "", type = "", debit, credit, number, name, description, account } = cells;
		const entry = path.join(":");
		const entry_line = (ordinals.get(entry) ?? 0) + 1;
		ordinals.set(entry, entry_line);
		const amounts = { debit: debit && read(debit), credit: credit && read(credit) };
		const there = Object.entries({ number, name, description, account, ...amounts });
		return {
			entry,
			entry_line,
			date: readDate(written)!,
			type,
			...(Object.fromEntries(there.filter(([, value]) => value !== undefined)) as JsonObject),
			...(Object.keys(other).length > 0 && { other }),
			report,
			_file: file,
			_line: line,
		};
	});
}
