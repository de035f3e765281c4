/** Settings that hold a secret must say so, or it would stand in logs and errors. */
import { type Field, fieldOf } from "../schema/field.ts";
import { snakeCase } from "../snake-case.ts";
import { wrongly } from "./check-stream.ts";
import type { RecordSchema } from "./definition.ts";

/** Names by which validators of connectors know a secret, and what ends like one. */
const SECRET =
	/^(tenant_id|app_?id|service_account_info|service_account)$|(^|_)(tokens?|secrets?|passwords?|passwd|pwd|keys?|api_?key|certificates?|jwt|credentials?)$/;

/** Throws `internal.definition` for a setting whose name is that of a secret, and that is marked neither way. */
export function checkSettings(where: string, config: RecordSchema): void {
	const unmarked = unmarkedIn(fieldOf(config), []);
	if (unmarked.length === 0) return;
	const [path] = unmarked as [string[]];
	const name = path.at(-1)!;
	throw wrongly(
		where,
		`its setting ${path.join(".")} has the name of a secret and is not marked as one`,
		`write ${name}: secret(...), so that it is never shown; or ${name}: notSecret(...) if anybody may see it`,
	);
}

function unmarkedIn(field: Field, path: string[]): string[][] {
	if (field.secret) return [];
	const below = [...field.options, ...(field.item === undefined ? [] : [field.item])];
	const members = [...field.fields].flatMap(([name, part]) => unmarkedIn(part, [...path, name]));
	const own = isUnmarked(field, path.at(-1) ?? "") ? [path] : [];
	return [...own, ...members, ...below.flatMap((part) => unmarkedIn(part, path))];
}

function isUnmarked({ kind, facts }: Field, name: string): boolean {
	const holds = kind === "string" || kind === "integer" || kind === "decimal";
	return holds && facts.airbyte_secret !== false && SECRET.test(snakeCase(name));
}
