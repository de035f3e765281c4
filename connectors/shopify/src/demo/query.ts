/** Reads the part of GraphQL's language that clients of this server write: one operation, fields, fragments, values. */
import type { Json, JsonObject } from "@growthnav/sdk";

export interface Field {
	kind: "field";
	/** As the answer names it. */
	alias: string;
	name: string;
	arguments: { [name: string]: Value };
	/** Undefined for a leaf. */
	selections: Selection[] | undefined;
}

/** Fields of one type: `... on RefundAgreement { refund { id } }`. */
export interface OnType {
	kind: "on";
	type: string | undefined;
	selections: Selection[];
}

export type Selection = Field | OnType;

/** A literal, or the name of a variable. */
export type Value = { literal: Json } | { variable: string } | { list: Value[] } | { object: { [key: string]: Value } };

export interface Operation {
	type: "query" | "mutation";
	selections: Selection[];
}

/** Throws a SyntaxError in the words of a parser. */
export function parseQuery(text: string): Operation {
	const tokens = tokensOf(text);
	let at = 0;
	const fragments = new Map<string, OnType>();

	const peek = () => tokens[at] ?? "";
	const take = (wanted?: string): string => {
		const token = tokens[at++];
		if (token === undefined || (wanted !== undefined && token !== wanted)) {
			const found = token === undefined ? "end of file" : `"${token}"`;
			throw new SyntaxError(
				`syntax error, unexpected ${found}${wanted === undefined ? "" : `, expecting "${wanted}"`}`,
			);
		}
		return token;
	};
	const found = (token: string) => peek() === token && take() === token;

	function selections(): Selection[] {
		const list: Selection[] = [];
		take("{");
		while (!found("}")) list.push(peek() === "..." ? fragment() : field());
		return list;
	}

	function fragment(): OnType {
		take("...");
		if (found("on")) return { kind: "on", type: take(), selections: selections() };
		if (peek() === "{") return { kind: "on", type: undefined, selections: selections() };
		const name = take();
		// a fragment may stand behind the operation that spreads it
		return {
			kind: "on",
			get type() {
				return fragments.get(name)?.type;
			},
			get selections() {
				const known = fragments.get(name);
				if (known === undefined) throw new SyntaxError(`Fragment ${name} was used, but not defined`);
				return known.selections;
			},
		};
	}

	function field(): Field {
		const first = take();
		const name = found(":") ? take() : first;
		const args = peek() === "(" ? argumentsOf() : {};
		return {
			...{ kind: "field", alias: first, name, arguments: args },
			selections: peek() === "{" ? selections() : undefined,
		};
	}

	function argumentsOf(): { [name: string]: Value } {
		const args: { [name: string]: Value } = {};
		take("(");
		while (!found(")")) {
			const name = take();
			take(":");
			args[name] = value();
		}
		return args;
	}

	function value(): Value {
		const token = take();
		if (token === "$") return { variable: take() };
		if (token === "[") return { list: until("]", value) };
		if (token === "{") return { object: Object.fromEntries(until("}", member)) };
		if (token.startsWith('"')) return { literal: stringOf(token) };
		if (/^-?\d/.test(token)) return { literal: Number(token) };
		return { literal: WORDS.has(token) ? WORDS.get(token)! : token };
	}

	function member(): [string, Value] {
		const name = take();
		take(":");
		return [name, value()];
	}

	function until<T>(end: string, one: () => T): T[] {
		const list: T[] = [];
		while (!found(end)) list.push(one());
		return list;
	}

	let operation: Operation | undefined;
	while (at < tokens.length) {
		if (found("fragment")) {
			const name = take();
			take("on");
			fragments.set(name, { kind: "on", type: take(), selections: selections() });
			continue;
		}
		const type = peek() === "{" ? "query" : (take() as Operation["type"]);
		// names and types of variables: what is not given is null
		while (peek() !== "{") take();
		operation = { type, selections: selections() };
	}
	if (operation === undefined) throw new SyntaxError("syntax error, unexpected end of file");
	return operation;
}

const WORDS = new Map<string, Json>([
	["true", true],
	["false", false],
	["null", null],
]);

/** The value of an argument, with the variables of the request. */
export function literalOf(value: Value, variables: JsonObject): Json {
	if ("variable" in value) return variables[value.variable] ?? null;
	if ("list" in value) return value.list.map((one) => literalOf(one, variables));
	if ("object" in value)
		return Object.fromEntries(Object.entries(value.object).map(([key, one]) => [key, literalOf(one, variables)]));
	return value.literal;
}

const TOKEN = /\s+|,|#[^\n]*|("""[\s\S]*?"""|"(?:\\.|[^"\\\n])*"|\.\.\.|-?\d+(?:\.\d+)?|[A-Za-z_]\w*|[{}()[\]:$!=@])/gy;

function tokensOf(text: string): string[] {
	const tokens: string[] = [];
	TOKEN.lastIndex = 0;
	for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
		const match = TOKEN.exec(text);
		if (match === null) throw new SyntaxError(`syntax error, unexpected invalid token ("${text[at]}")`);
		if (match[1] !== undefined) tokens.push(match[1]);
	}
	return tokens;
}

function stringOf(token: string): string {
	return token.startsWith('"""') ? token.slice(3, -3).replaceAll('\\"""', '"""').trim() : JSON.parse(token);
}
