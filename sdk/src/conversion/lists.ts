/** The columns that hold lists: `line_items` and `identity_fragments`. */
import { type Json, LINE_ITEM_FIELDS, type MappedColumns } from "@growthnav/spec";
import { hitPath } from "./blame.ts";
import { compileColumn } from "./columns.ts";
import { type Draft, flagWrong, mapped, type Part, type PartSource } from "./draft.ts";
import { compilePath, type ElementNames, exists, type Scope } from "./path.ts";
import { asText, WRONG } from "./value.ts";

/** The one name and path of an `each`. */
export function eachOf(each: { [element: string]: string }): { name: string; path: string } {
	const [name, path] = Object.entries(each)[0]!;
	return { name, path };
}

type Lines = NonNullable<MappedColumns["line_items"]>;

/** Fills `line_items`: one row per element of the list; null where there is no list. */
export function lineItemsPart({ mapping, names }: PartSource): Part | undefined {
	const lines = mapping.columns.line_items;
	if (lines === undefined) return undefined;
	const { name, path } = eachOf(lines.each);
	const list = compilePath(path, names);
	const fill = compileLine(lines, { ...names, item: name });
	return (draft, scope) => {
		const elements = list(scope);
		if (!exists(elements)) return undefined;
		if (!Array.isArray(elements)) flagWrong(draft, "line_items");
		else draft.row.line_items = readLines(draft, scope, elements, fill);
		return undefined;
	};
}

type Line = Record<string, string | null>;

function readLines(draft: Draft, scope: Scope, elements: Json[], fill: (draft: Draft, scope: Scope) => Line): Line[] {
	const lines: Line[] = [];
	for (const element of elements) {
		scope.item = element;
		if (exists(element)) lines.push(fill(draft, scope));
	}
	scope.item = undefined;
	return lines;
}

function compileLine({ columns }: Lines, names: ElementNames): (draft: Draft, scope: Scope) => Line {
	const fields = LINE_ITEM_FIELDS.flatMap(({ name, type }) => {
		const value = columns[name];
		return value === undefined ? [] : [{ name, read: compileColumn(value, type, names) }];
	});
	const empty: Line = JSON.parse(`{${fields.map(({ name }) => `"${name}":null`).join()}}`);
	return (draft, scope) => {
		const line = { ...empty };
		for (let i = 0; i < fields.length; i++) {
			const { name, read } = fields[i]!;
			const value = read(scope);
			if (value === WRONG) flagWrong(draft, `line_items.${name}`);
			else if (value !== undefined) line[name] = String(value);
		}
		return line;
	};
}

/** Fills `identity_fragments`: one element for each whose value exists. */
export function fragmentsPart({ mapping, names }: PartSource): Part | undefined {
	const fragments = mapping.columns.identity_fragments?.map(({ type, value }) => ({
		type,
		value,
		read: mapped(value, names).read,
		path: typeof value === "string" ? value : undefined,
	}));
	if (fragments === undefined) return undefined;
	return (draft, scope) => {
		const found: Line[] = [];
		for (const { type, value, read, path } of fragments) {
			const raw = read(scope);
			if (raw === undefined) continue;
			const text = asText(raw);
			if (text === undefined) flagWrong(draft, `identity_fragments.${type}`);
			else found.push({ type, value: text, source_field: path ?? hitPath(value, scope, names) ?? null });
		}
		if (found.length > 0) draft.row.identity_fragments = found;
		return undefined;
	};
}
