/** One stream of plain files: its schema from the survey, its key, its conversions. */
import {
	boolean,
	ConnectorError,
	type ConversionMapping,
	date,
	decimal,
	integer,
	json,
	object,
	optional,
	type RecordSchema,
	type SourceContext,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import type { ColumnType, Config } from "./config.ts";
import { nameOfPath } from "./files.ts";
import { readFiles } from "./read.ts";
import { naturalKey } from "./record.ts";
import type { StreamSettings } from "./settings.ts";
import { type Survey, survey } from "./survey.ts";

export type FileStream = StreamDefinition<RecordSchema, Config>;

const TYPES: Record<ColumnType, () => RecordSchema["shape"][string]> = {
	string,
	integer,
	decimal,
	boolean,
	date,
	timestamp,
	json,
};

/** The stream of these settings, with its name. Looks into the files. */
export async function fileStream(
	settings: StreamSettings,
	{ log }: SourceContext<Config>,
): Promise<{ name: string; stream: FileStream; files: number }> {
	const name = settings.name ?? (await nameOfPath(settings.path));
	if (name === undefined) throw nameless(settings);
	const seen = await survey(settings, log);
	const files = seen.found.files;
	const stream: FileStream = {
		schema: schemaOf(seen, settings),
		primaryKey: keyOf(settings),
		ownState: true,
		read: ({ state, signal, log }) => readFiles({ files, columns: seen.columns, settings, saved: state, signal, log }),
		...conversionsOf(settings),
	};
	return { name, stream, files: files.length };
}

function nameless({ path, at }: StreamSettings): ConnectorError {
	return new ConnectorError("config.missing", "stream is missing in the settings of file", {
		where: `${at}stream`,
		why: `${path} gives no name for it`,
		next: "add stream, for example transactions",
	});
}

function keyOf({ key }: StreamSettings): string[] {
	if (key === "row") return ["_file", "_line"];
	return key === "content" ? ["_content", "_ordinal"] : key;
}

function schemaOf({ columns }: Survey, settings: StreamSettings): RecordSchema {
	const key = naturalKey(settings.key);
	const shape = [...columns].map(([name, { type }]) => {
		const word = TYPES[type]();
		return [name, key.includes(name) ? word : optional(word)] as const;
	});
	const content = {
		_content: string().describe("SHA-256 of the row's values"),
		_ordinal: integer().describe("Which of the equal rows of its file, from 1"),
	};
	return object({
		...Object.fromEntries(shape),
		_file: string().describe("File, from the root"),
		_line: integer().describe("First line of the row in the file, from 1"),
		...(settings.key === "content" && content),
	});
}

/** Mappings that name no currency or zone take them from the config. A pipeline file may bring mappings of its own. */
function conversionsOf(settings: StreamSettings): Partial<FileStream> {
	const { account, source, currency, timeZone } = settings;
	const origin = account !== undefined && {
		origin: { source: { const: source }, source_system: { const: "file" }, source_account: { const: account } },
	};
	if (settings.conversions.length === 0) return { note: "the config has no conversions", ...origin };
	const conversions = settings.conversions.map(
		(mapping): ConversionMapping => ({
			...(timeZone !== undefined && { time_zone: timeZone }),
			...mapping,
			columns: { ...(currency !== undefined && { currency: { const: currency } }), ...mapping.columns },
		}),
	);
	return { conversions, ...origin };
}
