/** An Airbyte connection as a pipeline: its program, its settings, its streams, its states. */
import type { DestinationSyncMode, Json, JsonObject, PipelineStream, StatePayload, SyncMode } from "@growthnav/spec";
import { commandWords } from "../../pipeline/connectors/command-words.ts";
import { isObject } from "../../pipeline/file/shape.ts";
import { snakeCase } from "../../snake-case.ts";
import { type AirbyteParts, partsOf } from "./airbyte-parts.ts";
import { airbyteStates } from "./airbyte-state.ts";
import { type Became, dotted, exportError, type Left, type Move, nameFrom, type Placed } from "./move.ts";

/** `program`: what ran under Airbyte, where the export does not say it or says a container image. */
export function fromAirbyte(files: readonly Placed[], given: string, program: string | undefined): Move {
	const parts = partsOf(files);
	const [became, left]: [Became[], Left[]] = [[], []];
	const command = program === undefined ? commandOf(parts, given) : commandWords(program);
	const name = nameOf(parts, command);
	const wishes = parts.catalog && wishesIn(parts.catalog, became, left);
	if (!parts.catalog)
		left.push({ what: "a catalog", why: "the export has none: all streams are read, as they suggest" });
	const states = statesOf(parts, wishes, left);
	connectionNotes(parts, left);
	const shown = program ?? command.join(" ");
	return {
		from: "Airbyte",
		name,
		source: program?.startsWith("singer:") ? { connector: program } : { command },
		program: shown,
		config: parts.config ?? { value: {}, where: given },
		streams: wishes && Object.fromEntries(wishes.map(({ name, wish }) => [name, wish])),
		every: everyOf(parts.connection?.value, left),
		states,
		became,
		left,
	};
}

/** A command, an image, or the type of a source, whose program has its name. */
function commandOf({ source }: AirbyteParts, given: string): string[] {
	const { command, image, dockerRepository, dockerImageTag, sourceType, sourceName } = source?.value ?? {};
	if (Array.isArray(command) && command.every((word) => typeof word === "string")) return command;
	if (typeof command === "string") return commandWords(command);
	const repository = image ?? dockerRepository;
	if (typeof repository === "string") {
		const tagged = typeof dockerImageTag === "string" ? `${repository}:${dockerImageTag}` : repository;
		return ["docker", "run", "--rm", "-i", "-v", "{folder}:{folder}", tagged];
	}
	const type = [sourceType, sourceName].find((one) => typeof one === "string");
	if (typeof type === "string") return [`source-${nameFrom(type.replace(/^source-/, "")).replaceAll("_", "-")}`];
	throw exportError(
		"The export does not say which source it is",
		source?.where ?? given,
		"it has no command, image, dockerRepository, sourceType or sourceName",
		"name the program with --source: --source source-faker",
	);
}

function nameOf({ connection, source }: AirbyteParts, command: readonly string[]): string {
	const named = [connection?.value.name, source?.value.name].find((one) => typeof one === "string" && one !== "");
	const last = command.find((word) => /(^|\/)source-/.test(word)) ?? command[0]!;
	return nameFrom(typeof named === "string" ? named : last.replace(/^.*source-/, "").replace(/[:@].*$/, ""));
}

interface Wish {
	name: string;
	mode: SyncMode | undefined;
	wish: PipelineStream;
}

function wishesIn({ value, where }: Placed<JsonObject>, became: Became[], left: Left[]): Wish[] {
	const catalog = isObject(value.catalog) ? value.catalog : value;
	const entries = catalog.streams as Json[];
	const wishes = new Map<string, Wish>();
	for (const [i, entry] of entries.entries()) {
		const wish = wishOf(entry, `${where}, streams[${i}]`, left);
		if (wish === undefined) continue;
		if (wishes.has(wish.name)) {
			left.push({ what: `a second ${wish.name}`, why: "streams are told by name alone: both are read as the first" });
			continue;
		}
		wishes.set(wish.name, wish);
		const { mode, write } = wish.wish;
		became.push({
			what: `${wish.name}${mode === undefined ? "" : `, ${mode} ${write}`}`,
			becomes: `streams.${wish.name}`,
		});
	}
	return [...wishes.values()];
}

/** Undefined for one that was not selected. Names of fields are in snake_case, camelCase or flat, by where it comes from. */
function wishOf(entry: Json, where: string, left: Left[]): Wish | undefined {
	if (!isObject(entry)) throw noStream(where);
	const given = snakeKeys({
		...entry,
		...(isObject(entry.stream) && entry.stream),
		...(isObject(entry.config) && entry.config),
	});
	const { name } = given;
	if (typeof name !== "string") throw noStream(where);
	if (given.selected === false) return undefined;
	const [mode, write] = modesOf(given, name, left);
	const key = pathsOf(given.primary_key);
	const cursor = pathOf(given.cursor_field);
	const ownKey = pathsOf(given.source_defined_primary_key);
	const ownCursor = given.source_defined_cursor === true || same(cursor, pathOf(given.default_cursor_field));
	if (given.field_selection_enabled === true) lose(left, name, "a selection of fields", "all fields are kept");
	for (const word of ["mappers", "hashed_fields"]) {
		if (Array.isArray(given[word]) && given[word].length > 0)
			lose(left, name, word, "records arrive as the source sends them");
	}
	const wish: PipelineStream = {
		...(mode !== undefined && { mode }),
		...(write !== undefined && { write }),
		...(key.length > 0 && !same(key, ownKey) && { key: key.map(dotted) }),
		...(mode === "incremental" && cursor.length > 0 && !ownCursor && { cursor: dotted(cursor) }),
	};
	return { name, mode, wish };
}

/** "full_refresh" and "overwrite", or both in one word as the public API says them. */
function modesOf(given: JsonObject, name: string, left: Left[]): [SyncMode | undefined, PipelineStream["write"]] {
	const word = typeof given.sync_mode === "string" ? given.sync_mode : undefined;
	if (word === undefined) return [undefined, undefined];
	const mode: SyncMode = word.startsWith("incremental") ? "incremental" : "full_refresh";
	const hasKey = pathsOf(given.primary_key).length + pathsOf(given.source_defined_primary_key).length > 0;
	const said = typeof given.destination_sync_mode === "string" ? given.destination_sync_mode : word.replace(mode, "");
	const bare = said.replace(/^_/, "");
	const write = WRITES[bare] ?? (hasKey ? "append_dedup" : mode === "incremental" ? "append" : "overwrite");
	if (mode === "incremental" && write === "overwrite") {
		const kept = hasKey ? "append_dedup" : "append";
		lose(
			left,
			name,
			"overwrite of a stream that is read incrementally",
			`only changes would be left: write is ${kept}`,
		);
		return [mode, kept];
	}
	return [mode, write];
}

const WRITES: Record<string, Exclude<DestinationSyncMode, "update">> = {
	append: "append",
	overwrite: "overwrite",
	overwrite_dedup: "overwrite",
	overwrite_deduped: "overwrite",
	append_dedup: "append_dedup",
	deduped_history: "append_dedup",
	update: "append_dedup",
	soft_delete: "soft_delete",
};

function lose(left: Left[], name: string, what: string, why: string): void {
	left.push({ what: `${name}: ${what}`, why });
}

/** States of streams that go on; of what is read whole, none is needed. */
function statesOf(parts: AirbyteParts, wishes: Wish[] | undefined, left: Left[]): StatePayload[] {
	if (parts.state === undefined) {
		left.push({ what: "a state", why: "the export has none: everything is read from the start" });
		return [];
	}
	const states = airbyteStates(parts.state, wishes?.map(({ name }) => name) ?? []);
	return states.filter(({ stream }) => {
		if (stream === undefined || wishes === undefined) return true;
		const { name } = stream.stream_descriptor;
		const wish = wishes.find((one) => one.name === name);
		if (wish === undefined) lose(left, name, "its state", "the stream is not selected");
		return wish !== undefined && wish.mode !== "full_refresh";
	});
}

/** What a connection does beside reading and writing. */
function connectionNotes({ connection }: AirbyteParts, left: Left[]): void {
	const { prefix, namespaceFormat, namespaceDefinition } = connection?.value ?? {};
	if (typeof prefix === "string" && prefix !== "") {
		left.push({ what: `prefix ${prefix}`, why: "tables are called by namespace and stream" });
	}
	// the other formats put tables where the source says, as here
	if (typeof namespaceFormat === "string" && namespaceDefinition === "custom_format") {
		left.push({ what: `namespace ${namespaceFormat}`, why: "source.account names the namespace of a source of ours" });
	}
}

const UNITS: Record<string, string> = { minutes: "m", hours: "h", days: "d" };

function everyOf(connection: JsonObject | undefined, left: Left[]): string | undefined {
	const data = isObject(connection?.scheduleData) ? connection.scheduleData : undefined;
	const basic = data?.basicSchedule ?? connection?.schedule;
	if (isObject(basic) && typeof basic.units === "number" && UNITS[String(basic.timeUnit)] !== undefined) {
		return `${basic.units}${UNITS[String(basic.timeUnit)]}`;
	}
	const cron = isObject(data?.cron) ? data.cron.cronExpression : isObject(basic) ? basic.cronExpression : undefined;
	if (typeof cron === "string") left.push({ what: `schedule ${cron}`, why: "cron itself starts growthnav run" });
	return undefined;
}

function snakeKeys(value: JsonObject): JsonObject {
	return Object.fromEntries(Object.entries(value).map(([key, one]) => [snakeCase(key), one]));
}

function pathOf(value: Json | undefined): string[] {
	return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function pathsOf(value: Json | undefined): string[][] {
	return Array.isArray(value) ? value.map((one) => (typeof one === "string" ? [one] : pathOf(one))) : [];
}

const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b);

function noStream(where: string) {
	return exportError("The catalog has an entry that is no stream", where, "it has no name", "export the catalog again");
}
