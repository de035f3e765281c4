/** Walking over tokens: what the parsers share. */
import type { Query } from "./syntax.ts";
import { RESERVED, syntaxError, type Token, tokensOf } from "./tokens.ts";

export interface Reader {
	readonly sql: string;
	peek(ahead?: number): Token;
	take(): Token;
	/** Whether these words or symbols come next. */
	is(...texts: string[]): boolean;
	/** Takes them if they come next. */
	skip(...texts: string[]): boolean;
	expect(...texts: string[]): void;
	/** A name; a reserved word needs backticks. */
	name(): string;
	/** A name of a table, whose parts may stand in one pair of backticks. */
	tableName(): string[];
	/** `AS name`, or the name alone. */
	alias(): string | undefined;
	string(): string;
	fail(message: string): never;
	failHere(): never;
}

/** A reader that knows how to read a query inside an expression. */
export interface Parsing extends Reader {
	query(): Query;
}

export function readerOf(sql: string): Reader {
	const tokens = tokensOf(sql);
	let at = 0;
	const peek = (ahead = 0) => tokens[Math.min(at + ahead, tokens.length - 1)]!;
	const matches = (token: Token, text: string) =>
		(token.kind === "word" || token.kind === "symbol") && token.upper === text;
	const fail = (message: string): never => {
		throw syntaxError(sql, peek().at, message);
	};
	const reader: Reader = {
		sql,
		peek,
		take: () => tokens[at++] ?? tokens.at(-1)!,
		is: (...texts) => texts.every((text, ahead) => matches(peek(ahead), text)),
		skip(...texts) {
			if (!reader.is(...texts)) return false;
			at += texts.length;
			return true;
		},
		expect(...texts) {
			for (const text of texts) if (!reader.skip(text)) fail(`Expected ${text} but got ${shown(peek())}`);
		},
		name() {
			const token = peek();
			if (token.kind === "quoted" || (token.kind === "word" && !RESERVED.has(token.upper))) {
				at++;
				return token.value;
			}
			return fail(`Expected a name but got ${shown(token)}`);
		},
		tableName() {
			const parts = [peek().kind === "quoted" ? reader.name().split(".") : [reader.name()]].flat();
			// after a dot every word is a name
			while (reader.skip(".")) parts.push(...reader.take().value.split("."));
			return parts;
		},
		alias() {
			if (reader.skip("AS")) return reader.name();
			const token = peek();
			return token.kind === "quoted" ||
				(token.kind === "word" && !RESERVED.has(token.upper) && !CLAUSES.has(token.upper))
				? reader.name()
				: undefined;
		},
		string() {
			const token = reader.take();
			if (token.kind !== "string") at--;
			return token.kind === "string" ? token.value : fail(`Expected a string literal but got ${shown(token)}`);
		},
		fail,
		failHere: () => fail(`Unexpected ${shown(peek())}`),
	};
	return reader;
}

/** Not reserved, yet never an alias where they stand. */
const CLAUSES = new Set(["OFFSET", "VALUES"]);

function shown(token: Token): string {
	if (token.kind === "end") return "end of input";
	return token.kind === "word" ? `keyword or name ${token.text}` : token.text;
}

/** Some of these separated by commas. */
export function listOf<T>(reader: Reader, read: () => T): T[] {
	const items = [read()];
	while (reader.skip(",")) items.push(read());
	return items;
}
