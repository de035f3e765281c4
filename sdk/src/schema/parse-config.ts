/** Configs are strict: every unknown key, missing setting and wrong type is told, all at once, and no secret is shown. */
import type { z } from "zod";
import { ConnectorError, type ErrorParts } from "../errors.ts";
import { maskValue } from "../mask.ts";
import { didYouMean, listOf } from "../nearest.ts";
import { isRawNumber } from "../protocol/numbers.ts";
import { expectationOf, TESTS } from "./check-row.ts";
import { type Field, fieldOf } from "./field.ts";

export type ConfigPath = readonly (string | number)[];

export interface ConfigOrigin {
	/** Whose settings: "square". */
	owner: string;
	/** Where a setting stands, for people: "square.json:9:5, source.config.access_token". Left out: the dotted path. */
	where?: (path: ConfigPath, part: "key" | "value") => string;
}

export type ParsedConfig<Config> = { config: Config; errors?: never } | { errors: ConnectorError[]; config?: never };

interface Walk {
	owner: string;
	where: (path: ConfigPath, part: "key" | "value") => string;
	errors: ConnectorError[];
}

/**
 * The config with its defaults, without nulls, decimals as exact text; or all that is wrong with it:
 * config.unknown_key, config.missing, config.wrong_type, config.wrong_value.
 */
export function parseConfig<Schema extends z.ZodObject>(
	schema: Schema,
	value: unknown,
	origin: ConfigOrigin,
): ParsedConfig<z.output<Schema>> {
	const walk: Walk = { owner: origin.owner, where: origin.where ?? ((path) => path.join(".")), errors: [] };
	const parsed = parse(fieldOf(schema), value, [], walk);
	if (walk.errors.length > 0) return { errors: walk.errors };
	// what the walk does not know: lengths, bounds and the author's own refinements
	const result = schema.safeParse(parsed);
	if (result.success) return { config: result.data };
	for (const issue of result.error.issues) {
		const path = issue.path.map((step) => (typeof step === "symbol" ? step.toString() : step));
		fail(walk, "wrong_value", path, `${path.join(".")} has a value that ${walk.owner} does not take`, {
			why: issue.message,
			next: `correct ${path.join(".")}`,
		});
	}
	return { errors: walk.errors };
}

/** The values of all fields that are marked secret, for redaction; also of a config that is not valid otherwise. */
export function secretsOf(schema: z.ZodObject, value: unknown): string[] {
	return secretsBelow(fieldOf(schema), value);
}

function secretsBelow(field: Field, value: unknown): string[] {
	if (field.secret) return textsIn(value);
	if (field.item !== undefined && Array.isArray(value)) return value.flatMap((item) => secretsBelow(field.item!, item));
	if (!TESTS.object(value)) return [];
	const below = [...field.options, ...(field.kind === "object" ? [field] : [])].flatMap(({ fields }) => [...fields]);
	const members = value as Record<string, unknown>;
	return below.flatMap(([name, part]) => (Object.hasOwn(members, name) ? secretsBelow(part, members[name]) : []));
}

function textsIn(value: unknown): string[] {
	if (typeof value === "string") return [value];
	if (typeof value === "number") return [String(value)];
	if (isRawNumber(value)) return [value.rawJSON];
	return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function parse(field: Field, value: unknown, path: ConfigPath, walk: Walk): unknown {
	if (value === undefined || value === null) {
		if (!field.optional) missing(field, path, walk);
		return field.default === undefined ? undefined : structuredClone(field.default);
	}
	if (field.kind === "object") return parseObject(field, value, path, walk);
	if (field.kind === "choice") return parseChoice(field, value, path, walk);
	if (field.item !== undefined) return parseList(field.item, value, path, walk);
	if (field.kind === "one_of" && typeof value === "string") return parseWord(field, value, path, walk);
	// a whole number beyond 2^53 is exact in a record; a setting is computed with
	if (!TESTS[field.kind](value) || (field.kind === "integer" && typeof value !== "number"))
		return wrongType(field, value, path, walk);
	return value;
}

function parseObject(field: Field, value: unknown, path: ConfigPath, walk: Walk): unknown {
	if (!TESTS.object(value)) return wrongType(field, value, path, walk);
	const members = value as Record<string, unknown>;
	for (const key of Object.keys(members)) if (!field.fields.has(key)) unknownKey(key, field, path, walk);
	const parsed: Record<string, unknown> = {};
	for (const [name, part] of field.fields) {
		const given = Object.hasOwn(members, name) ? members[name] : undefined;
		const result = parse(part, given, [...path, name], walk);
		if (result !== undefined) parsed[name] = result;
	}
	return parsed;
}

function parseList(item: Field, value: unknown, path: ConfigPath, walk: Walk): unknown {
	if (!Array.isArray(value)) return wrongType(LIST, value, path, walk);
	return value.map((element, i) => parse(item, element, [...path, i], walk));
}

const LIST = { kind: "array", secret: false, facts: {}, values: [] as readonly string[] } as Field;

/** The option is found by the words that tell the options apart; then only its own fields are known. */
function parseChoice(field: Field, value: unknown, path: ConfigPath, walk: Walk): unknown {
	if (!TESTS.object(value)) return wrongType(field, value, path, walk);
	const members = value as Record<string, unknown>;
	const tag = tagOf(field);
	const option = field.options.find((candidate) => candidate.fields.get(tag)?.values[0] === members[tag]);
	if (option !== undefined) return parseObject(option, value, path, walk);
	const tags = field.options.map((candidate) => candidate.fields.get(tag)?.values[0] ?? "");
	const word = { ...LIST, kind: "one_of", values: tags } as Field;
	return members[tag] == null
		? missing(word, [...path, tag], walk)
		: wrongValue(word, members[tag], [...path, tag], walk);
}

function tagOf(field: Field): string {
	for (const [name] of field.options[0]?.fields ?? []) {
		if (field.options.every((option) => option.fields.get(name)?.values.length === 1)) return name;
	}
	throw new ConnectorError("internal.schema", "A choice of objects has nothing that tells them apart", {
		why: "each of its objects needs one property in common: oneOf with a single word",
		next: 'for example object({ type: oneOf("token"), ... })',
	});
}

function parseWord(field: Field, value: string, path: ConfigPath, walk: Walk): unknown {
	return field.values.includes(value) ? value : wrongValue(field, value, path, walk);
}

function fail(walk: Walk, code: string, path: ConfigPath, message: string, parts: ErrorParts): undefined {
	const where = walk.where(path, code === "unknown_key" ? "key" : "value");
	walk.errors.push(new ConnectorError(`config.${code}`, message, { ...(where !== "" && { where }), ...parts }));
}

function unknownKey(key: string, field: Field, path: ConfigPath, walk: Walk): void {
	const names = [...field.fields.keys()];
	const place = path.length === 0 ? `the settings of ${walk.owner}` : `${path.join(".")} of ${walk.owner}`;
	fail(walk, "unknown_key", [...path, key], `Unknown key ${shorten(key)} in ${place}`, {
		why: `${walk.owner} knows ${listOf([...names].sort())}${path.length === 0 ? "" : " there"}`,
		next: didYouMean(key, names) ?? "remove it, or write the one that was meant",
	});
}

function missing(field: Field, path: ConfigPath, walk: Walk): undefined {
	const { description } = field.facts;
	const expected = expectationOf(field);
	const name = path.join(".");
	return path.length === 0
		? fail(walk, "missing", path, `${walk.owner} has no settings`, {
				why: "its config is empty",
				next: "give it a config",
			})
		: fail(walk, "missing", path, `${name} is missing in the settings of ${walk.owner}`, {
				why: typeof description === "string" ? `it is required: ${description}` : `it is required: ${expected}`,
				next: `add ${name}${exampleOf(field)}`,
			});
}

function wrongType(field: Field, value: unknown, path: ConfigPath, walk: Walk): undefined {
	const name = path.length === 0 ? `The config of ${walk.owner}` : `${path.join(".")} in the settings of ${walk.owner}`;
	return fail(walk, "wrong_type", path, `${name} is not ${expectationOf(field)}`, {
		why: `expected ${expectationOf(field)}, found ${foundIn(field, value)}`,
		next: path.length === 0 ? "write the settings as a JSON object" : `correct ${path.join(".")}${exampleOf(field)}`,
	});
}

function wrongValue(field: Field, value: unknown, path: ConfigPath, walk: Walk): undefined {
	const name = path.join(".");
	return fail(walk, "wrong_value", path, `${name} in the settings of ${walk.owner} is a word that it does not know`, {
		why: `expected ${expectationOf(field)}; found ${foundIn(field, value)}`,
		next: (typeof value === "string" && didYouMean(value, field.values)) || `write one of ${listOf(field.values)}`,
	});
}

/** What stands there: never a secret, not even its length. */
function foundIn(field: Field, value: unknown): string {
	const type = Array.isArray(value) ? "a list" : TESTS.object(value) ? "an object" : typeName(value);
	if (type === "") return String(value);
	return field.secret || type === "a list" || type === "an object" ? type : `${type}: ${maskValue(value)}`;
}

function typeName(value: unknown): string {
	if (typeof value === "string") return "text";
	return typeof value === "boolean" ? "" : "a number";
}

function exampleOf(field: Field): string {
	const examples = Array.isArray(field.facts.examples) ? field.facts.examples : [];
	const example = examples[0] ?? field.default ?? field.values[0];
	return example === undefined || field.secret ? "" : `, for example ${JSON.stringify(example)}`;
}

function shorten(key: string): string {
	return key.length <= 40 ? key : `${key.slice(0, 40)}…`;
}
