/**
 * The key "content": a row is known by what it says, and the second of two equal rows of a file by being the second.
 * So a file may be renamed, or come again with more rows, and nothing doubles. Counting equal rows needs memory for
 * every row of the file that is being read, hence the bound.
 */
import { hash } from "node:crypto";
import { ConnectorError, type Json, type JsonObject } from "@growthnav/sdk";
import type { StreamSettings } from "./settings.ts";

export interface FileFacts {
	/** What `_file` says. */
	name: string;
	/** The file's columns; none for JSON Lines. */
	names: readonly string[];
}

export interface Ordinals {
	/** Sets `_content` and `_ordinal` of the record. Throws `config.content_rows` above the bound. */
	ofCells(cells: readonly string[], record: JsonObject): void;
	/** For a record of JSON Lines, before any of its values is read. */
	of(record: JsonObject): void;
}

/** Counts the equal rows of one file. Blank cells and the order of columns do not matter. */
export function addOrdinals({ name, names }: FileFacts, { contentRows, at }: StreamSettings): Ordinals {
	const seen = new Map<string, number>();
	const sorted = names.map((column, i) => [column, i] as const).sort(([a], [b]) => (a < b ? -1 : 1));

	function set(content: string, record: JsonObject): void {
		const digest = hash("sha256", content);
		const short = Buffer.from(digest.slice(0, 32), "hex").toString("latin1");
		const ordinal = (seen.get(short) ?? 0) + 1;
		seen.set(short, ordinal);
		if (seen.size > contentRows) throw tooMany(name, contentRows, `${at}key`);
		record._content = digest;
		record._ordinal = ordinal;
	}

	return {
		ofCells(cells, record) {
			const parts: string[] = [];
			for (const [column, i] of sorted) if (cells[i] !== "") parts.push(column, cells[i]!);
			set(JSON.stringify(parts), record);
		},
		of: (record) => set(canonical(record), record),
	};
}

/** JSON with the keys of objects in order. */
function canonical(value: Json | undefined): string {
	if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
	if (typeof value !== "object" || value === null || JSON.isRawJSON(value)) return JSON.stringify(value ?? null);
	const parts = Object.keys(value)
		.sort()
		.map((key) => `${JSON.stringify(key)}:${canonical((value as JsonObject)[key])}`);
	return `{${parts.join(",")}}`;
}

function tooMany(file: string, limit: number, where: string): ConnectorError {
	return new ConnectorError("config.content_rows", `${file} has too many rows for the key "content"`, {
		where,
		why: `equal rows are counted in memory, for at most ${limit.toLocaleString("en-US")} rows of a file`,
		next: "raise content_rows, or use key: row, or name the columns of a key",
	});
}
