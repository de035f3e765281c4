/** What became what, what could not be taken over, and what to do next. */
import type { JsonObject } from "@growthnav/spec";
import { streamStates } from "../../pipeline/cursor.ts";
import { visible } from "../../visible.ts";
import type { Became, Move } from "../migrate/move.ts";
import type { Secret } from "../migrate/settings.ts";
import { shellWord, type World } from "../world.ts";
import { plural } from "./numbers.ts";
import { table } from "./table.ts";
import { marked, nextLines } from "./verdict.ts";

export interface Migrated {
	move: Move;
	file: string;
	config: JsonObject;
	secrets: Secret[];
	/** "env:FAKER_TOKEN" */
	references: string[];
	/** Where the states are: "the ledger of acme.duckdb". */
	ledger: string;
}

export function migrateScreen(migrated: Migrated, { terminal, passOn }: World): string[] {
	const { outStyle: style, command } = terminal;
	const { move, file, references } = migrated;
	const rows = rowsOf(migrated).map(({ what, becomes }) => [visible(what), visible(becomes)]);
	const columns = [
		{ head: move.from, fit: "wrap" as const },
		{ head: "here", fit: "wrap" as const },
	];
	const goesOn = move.states.length > 0;
	const says = goesOn ? `goes on where ${move.from} stopped` : "reads from the start";
	const variables = references.filter((one) => one.startsWith("env:") && passOn === "").map((one) => one.slice(4));
	const shown = shellWord(file);
	return [
		...marked(style.good(style.ok), `${visible(file)} ${says}`, style),
		"",
		...table(columns, rows, style),
		...(move.left.length === 0 ? [] : ["", "Not taken over:"]),
		...move.left.flatMap(({ what, why }) => marked(style.warn("!"), visible(`${what}: ${why}`), style)),
		...(goesOn ? ["", ...marked(style.warn("!"), `Stop ${move.from} first: both would read what is new.`, style)] : []),
		...nextLines(
			[
				...variables.map((name) => ({ command: `export ${name}=...`, shows: "" })),
				{ command: `${command} check ${shown}${passOn}`, shows: "settings, secrets, rights" },
				{ command: `${command} run ${shown}${passOn}`, shows: goesOn ? "reads on" : "reads all" },
			],
			style,
		),
	];
}

function rowsOf({ move, config, secrets, ledger }: Migrated): Became[] {
	const states = move.states.flatMap(streamStates).map(({ descriptor }) => descriptor.name);
	const names = [...new Set(states)];
	const word =
		names.length === 0 ? "state" : `state of ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", …" : ""}`;
	return [
		{ what: move.program, becomes: move.source.connector === undefined ? "source.command" : "source.connector" },
		{ what: plural(Object.keys(config).length, "setting"), becomes: "source.config" },
		...secrets.map(({ setting, variable }) => ({ what: setting, becomes: `env:${variable}` })),
		...move.became,
		...(move.streams === undefined ? [{ what: "all streams", becomes: "all, as the source suggests" }] : []),
		...(move.states.length > 0 ? [{ what: word, becomes: ledger }] : []),
		...(move.every === undefined ? [] : [{ what: `every ${move.every}`, becomes: "schedule.every" }]),
	];
}
