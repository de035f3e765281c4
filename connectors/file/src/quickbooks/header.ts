/**
 * Which report a table is, by the words of its header. Intuit publishes no description of these files; the words are
 * those of the classic and of the modern (2025) view, as seen in exports.
 */

export type Field =
	| "date"
	| "type"
	| "number"
	| "name"
	| "account"
	| "product"
	| "description"
	| "quantity"
	| "price"
	| "amount"
	| "balance"
	| "debit"
	| "credit";

const WORDS: Record<Field, readonly string[]> = {
	date: ["date", "transaction date"],
	type: ["transaction type", "type"],
	number: ["num", "number", "no."],
	name: ["name", "customer", "customer full name"],
	account: ["account", "account name", "account full name"],
	product: ["product/service", "product/service full name"],
	description: ["memo/description", "description", "memo"],
	quantity: ["qty", "quantity"],
	price: ["sales price", "rate"],
	amount: ["amount"],
	balance: ["balance"],
	debit: ["debit"],
	credit: ["credit"],
};

export type ReportKind = "sales" | "journal";

export interface Header {
	kind: ReportKind;
	/** What each column holds; undefined for a column that we do not know. The first one holds names of groups. */
	fields: (Field | undefined)[];
	/** The header's own words. */
	names: string[];
}

/** The header that a row is; undefined for any other row. Its first cell is blank: below it stand groups and totals. */
export function headerOf(cells: readonly string[]): Header | undefined {
	if (cells.length < 4 || cells[0]?.trim() !== "") return undefined;
	const fields = cells.map((cell) => fieldOf(cell));
	const has = (...wanted: Field[]) => wanted.every((field) => fields.includes(field));
	const kind = has("date", "type", "debit", "credit")
		? "journal"
		: has("date", "type", "product", "amount")
			? "sales"
			: undefined;
	return kind && { kind, fields, names: cells.map((cell) => cell.trim()) };
}

function fieldOf(cell: string): Field | undefined {
	const word = cell.trim().toLowerCase();
	return (Object.keys(WORDS) as Field[]).find((field) => WORDS[field].includes(word));
}
