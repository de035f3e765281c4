/** `defineSource`: the literal of a connector, checked once when it is loaded. */

import { httpLimitsSetting } from "../http/limits.ts";
import { checkSettings } from "./check-settings.ts";
import { checkStreams, checkTables, wrongly } from "./check-stream.ts";
import type { RecordSchema, Source, SourceDefinition } from "./definition.ts";

/** A source, ready to run. Everything is inferred from the literal; its mistakes throw `internal.definition`. */
export function defineSource<Config extends RecordSchema, Streams extends Record<string, RecordSchema>>(
	definition: SourceDefinition<Config, Streams>,
): Source {
	const { config, http } = definition;
	const settings = http === undefined ? config : config.extend({ http_limits: httpLimitsSetting });
	const source = { ...definition, config: settings, kind: "source" } as unknown as Source;
	checkSourceDefinition(source);
	return source;
}

function checkSourceDefinition({ name, version, docs, config, streams }: Source): void {
	const where = `source ${name}`;
	if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name)) {
		throw wrongly(where, "its name is not small letters, digits, _ and -", "it names a namespace and a program");
	}
	if (version === "") throw wrongly(where, "it has no version", "version of package.json");
	if (docs !== undefined && !URL.canParse(docs))
		throw wrongly(
			where,
			`its docs ${docs} are no URL`,
			"name a whole address: https://…; clients of the protocol refuse another",
		);
	checkSettings(where, config);
	if (typeof streams === "function") return;
	checkStreams(name, streams);
	checkTables(where, Object.keys(streams));
}
