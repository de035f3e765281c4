/** A read that nothing disturbs. */
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "@growthnav/spec";
import type { Reading } from "../../reading.ts";
import { checkSession } from "../../session.ts";
import { compare } from "../compare.ts";
import type { Check } from "../contract.ts";

export const READING_CHECKS: Check[] = [
	{
		name: "read: a session that a destination takes",
		rule: "catalog first, statuses from STARTED to COMPLETE, a state that counts every record, no error",
		run: async (trial) => {
			const { messages } = await trial.whole();
			return checkSession(messages.map((message) => JSON.stringify(message))).map(({ fault }) => fault);
		},
	},
	{
		name: "read: every stream has rows",
		rule: "the demo has rows for each stream",
		run: async (trial) => {
			const { catalog, records } = await trial.whole();
			return (catalog?.streams ?? []).flatMap(({ name }) =>
				(records.get(name) ?? []).length > 0 || trial.known.empty?.[name] !== undefined ? [] : [`${name} has no rows`],
			);
		},
	},
	{
		name: "read: every declared field is seen",
		rule: "each declared field, and each in an object of the row, has a value in at least one row of the demo",
		run: async (trial) => {
			const { catalog, records } = await trial.whole();
			const known = new Set(Object.values(trial.known.unseen ?? {}).flat());
			return (catalog?.streams ?? []).flatMap(({ name, json_schema }) => {
				const rows = records.get(name) ?? [];
				if (rows.length === 0) return [];
				return unseen(json_schema as JsonObject, rows)
					.map((path) => `${name}.${path}`)
					.filter((path) => !known.has(path))
					.map((path) => `${path} is declared, and no row has it: misspelt, or missing in the scripted server`);
			});
		},
	},
	{
		name: "read: rows are as declared",
		rule: "no row of the demo is refused, and no value is of another type than its field",
		run: async (trial) => {
			const { rejects, warnings } = await trial.whole();
			const refused = new Map<string, string[]>();
			for (const { stream, reason } of rejects) {
				const list = refused.get(stream) ?? [];
				refused.set(stream, [...list, `${stream}: a row is refused: ${reason}`]);
			}
			const found = [...refused].flatMap(([stream, messages]) =>
				messages.length === trial.known.rejects?.[stream] ? [] : messages.slice(0, 3),
			);
			return [...found, ...warnings.slice(0, 5)];
		},
	},
	{
		name: "read: a key is one row",
		rule: "two rows of one key are the same row: while nothing changes, a key means one thing",
		run: async (trial) => {
			const { catalog, records, identify } = await trial.whole();
			return (catalog?.streams ?? []).flatMap(({ name, source_defined_primary_key }) => {
				if ((source_defined_primary_key ?? []).length === 0) return [];
				const seen = new Map<string, string>();
				const other = (records.get(name) ?? []).find((row) => {
					const [key, text] = [identify(name, row), JSON.stringify(row)];
					const before = seen.get(key);
					seen.set(key, text);
					return before !== undefined && before !== text;
				});
				return other === undefined ? [] : [`${name} has two different rows with the key ${identify(name, other)}`];
			});
		},
	},
	{
		name: "read: the same twice",
		rule: "two reads of what has not changed give the same rows",
		run: async (trial) => {
			const { identify, ...first } = await trial.whole();
			return compare(first.records, (await trial.read()).records, identify, "the second read");
		},
	},
	{
		name: "read: the clock of this machine decides nothing",
		rule: "with a clock years behind or ahead no row is lost, and no cursor is beyond the rows",
		run: async (trial) => {
			const whole = await trial.whole();
			const found: string[] = [];
			for (const years of [-20, 20]) {
				const read = await trial.read({ now: () => Date.now() + years * 31_557_600_000 });
				found.push(...compare(whole.records, read.records, whole.identify, `with the clock ${years} years off`));
				found.push(...errorsOf(read, `with the clock ${years} years off`));
				const [ours, theirs] = [whole, read].map(({ states }) => withoutNow(states.at(-1)?.state.stream?.stream_state));
				// slices that are read at once come in any order
				if (years > 0 && !isDeepStrictEqual(ours, theirs) && found.length === 0) {
					const [one, other] = [ours, theirs].map((state) => JSON.stringify(state));
					found.push(`with the clock ${years} years ahead the last state is ${other}, not ${one}`);
				}
			}
			return found;
		},
	},
];

/** A cursor of windows stands at the vendor's now, which goes on between two reads. */
function withoutNow(state: unknown): unknown {
	const isNow = (value: unknown) => typeof value === "string" && Math.abs(Date.now() - Date.parse(value)) < 3_600_000;
	return JSON.parse(JSON.stringify(state ?? null), (_, value) => (isNow(value) ? "now" : value));
}

export function errorsOf({ errors }: Reading, when: string): string[] {
	return errors.map(({ message, code }) => `${when}: ${message} (${code})`);
}

/** Declared fields that no row has a value for, and those of the objects in them; lists are of shared shapes. */
function unseen(schema: JsonObject, rows: readonly JsonObject[], above = ""): string[] {
	return Object.entries((schema.properties ?? {}) as Record<string, JsonObject>).flatMap(([name, field]) => {
		const values = rows.map((row) => row[name]).filter((value) => value !== undefined && value !== null);
		if (values.length === 0) return [`${above}${name}`];
		return above === "" && field.properties !== undefined ? unseen(field, values as JsonObject[], `${name}.`) : [];
	});
}
