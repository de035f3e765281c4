/** GoogleSQL's words: names, literals, parameters, symbols. What it does not know it refuses with line and column. */
import { invalidQuery, type Refusal } from "../refusal.ts";

export interface Token {
	kind: "word" | "quoted" | "string" | "bytes" | "integer" | "float" | "symbol" | "parameter" | "system" | "end";
	/** As written; of words in capitals as `upper`. */
	text: string;
	upper: string;
	/** Of strings, bytes (as latin1), quoted names, parameters. */
	value: string;
	/** Where it begins in the text. */
	at: number;
	end: number;
}

const SPACE = /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?/y;
const PARAMETER = /@@?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*/y;
const SYMBOL = /<>|!=|<=|>=|\|\||=>|[-+*/%=<>(),.;[\]{}:?&|^~]/y;
const STRING = /([rRbB]{0,2})('''|"""|'|")/y;

export function tokensOf(sql: string): Token[] {
	const tokens: Token[] = [];
	let at = 0;
	const match = (pattern: RegExp) => {
		pattern.lastIndex = at;
		return pattern.exec(sql);
	};
	for (;;) {
		at += match(SPACE)?.[0].length ?? 0;
		if (at >= sql.length) break;
		const token = next(sql, at, match);
		tokens.push(token);
		at = token.end;
	}
	tokens.push({ kind: "end", text: "", upper: "", value: "", at: sql.length, end: sql.length });
	return tokens;
}

function next(sql: string, at: number, match: (pattern: RegExp) => RegExpExecArray | null): Token {
	const made = (kind: Token["kind"], text: string, value = text): Token => {
		return { kind, text, upper: kind === "word" ? text.toUpperCase() : text, value, at, end: at + text.length };
	};
	const string = match(STRING);
	if (string !== null) return literal(sql, at, string);
	if (sql[at] === "`") return quotedName(sql, at);
	const word = match(WORD);
	if (word !== null) return made("word", word[0]);
	const number = match(NUMBER);
	if (number !== null) {
		if (/[A-Za-z_]/.test(sql[at + number[0].length] ?? "")) throw syntaxError(sql, at, "a number ends in letters");
		return made(/^(0[xX].*|\d+)$/.test(number[0]) ? "integer" : "float", number[0]);
	}
	const parameter = match(PARAMETER);
	if (parameter !== null) {
		const [text] = parameter;
		return text.startsWith("@@") ? made("system", text, text.slice(2)) : made("parameter", text, text.slice(1));
	}
	const symbol = match(SYMBOL);
	if (symbol !== null) return made("symbol", symbol[0]);
	throw syntaxError(sql, at, `illegal input character ${JSON.stringify(sql[at])}`);
}

function quotedName(sql: string, at: number): Token {
	const close = sql.indexOf("`", at + 1);
	const inner = sql.slice(at + 1, close);
	if (close < 0 || inner === "" || /[\n\\]/.test(inner)) throw syntaxError(sql, at, "unclosed or empty identifier");
	return { kind: "quoted", text: sql.slice(at, close + 1), upper: "", value: inner, at, end: close + 1 };
}

function literal(sql: string, at: number, opening: RegExpExecArray): Token {
	const prefix = opening[1]!.toLowerCase();
	const quote = opening[2]!;
	const raw = prefix.includes("r");
	let value = "";
	let here = at + opening[0].length;
	for (;;) {
		if (here >= sql.length) throw syntaxError(sql, at, "Unclosed string literal");
		if (sql.startsWith(quote, here)) break;
		const one = sql[here]!;
		if (one === "\n" && quote.length === 1) throw syntaxError(sql, at, "Unclosed string literal");
		if (one !== "\\") {
			value += one;
			here++;
		} else if (raw) {
			value += sql.slice(here, here + 2);
			here += 2;
		} else {
			const [text, length] = escaped(sql, here);
			value += text;
			here += length;
		}
	}
	const end = here + quote.length;
	const kind = prefix.includes("b") ? "bytes" : "string";
	return { kind, text: sql.slice(at, end), upper: "", value, at, end };
}

const SIMPLE: Record<string, string> = {
	a: "\x07",
	b: "\b",
	f: "\f",
	n: "\n",
	r: "\r",
	t: "\t",
	v: "\v",
	"\\": "\\",
	"?": "?",
	'"': '"',
	"'": "'",
	"`": "`",
};
const CODE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y;

function escaped(sql: string, at: number): [text: string, length: number] {
	const simple = SIMPLE[sql[at + 1] ?? ""];
	if (simple !== undefined) return [simple, 2];
	CODE.lastIndex = at;
	const code = CODE.exec(sql);
	if (code === null) throw syntaxError(sql, at, `Illegal escape sequence: ${sql.slice(at, at + 2)}`);
	const hex = code[1] ?? code[2] ?? code[3];
	const point = hex === undefined ? Number.parseInt(code[4]!, 8) : Number.parseInt(hex, 16);
	if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
		throw syntaxError(sql, at, `Illegal escape sequence: ${code[0]}: no character`);
	}
	return [String.fromCodePoint(point), code[0].length];
}

export function syntaxError(sql: string, at: number, message: string): Refusal {
	const before = sql.slice(0, at).split("\n");
	return invalidQuery(`Syntax error: ${message} at [${before.length}:${before.at(-1)!.length + 1}]`);
}

/** Those that stand for nothing but themselves: as names they need backticks. */
export const RESERVED: ReadonlySet<string> = new Set(
	(
		"ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE " +
		"CURRENT DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING " +
		"FOR FROM FULL GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT " +
		"LIKE LIMIT LOOKUP MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO " +
		"QUALIFY RANGE RECURSIVE RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE " +
		"UNBOUNDED UNION UNNEST USING WHEN WHERE WINDOW WITH WITHIN"
	).split(" "),
);
