/** Reads GoogleSQL as far as it takes to see which tables, datasets and routines it names. */

export interface Ours {
	project: string;
	dataset: string;
	/** What addresses of Cloud Storage begin with; without it a job names none. */
	staging?: string | undefined;
}

export interface SqlPath {
	segments: string[];
	/** At a place where a table, routine or dataset stands; elsewhere it is a column. */
	as: "table" | "routine" | "dataset" | "column";
	/** All of it stands in one pair of backticks: that is never an alias and its column. */
	isWhole: boolean;
	/** The first segment is an alias or a table without a dataset, named in the same text. */
	isKnown: boolean;
}

interface Token {
	kind: "word" | "name" | "variable" | "number" | "text" | "sign";
	text: string;
}

const TOKEN =
	/(?<space>\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)|(?<string>\b(?:[rR][bB]?|[bB][rR]?)?(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')|(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'))|`(?<name>[^`\\\n]+)`|(?<variable>@@?[A-Za-z_][\w.]*)|(?<word>[A-Za-z_]\w*)|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?<sign>[-+*/%(),.;=<>!|&^~?:[\]{}])/y;

/** Undefined for a text that is no SQL: a quote that is never closed, a character that stands for nothing. */
function tokensOf(sql: string): Token[] | undefined {
	const tokens: Token[] = [];
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < sql.length) {
		const groups = TOKEN.exec(sql)?.groups;
		if (groups === undefined) return undefined;
		if (groups.space !== undefined) continue;
		if (groups.string !== undefined) tokens.push({ kind: "text", text: groups.string });
		for (const kind of ["name", "variable", "word", "number", "sign"] as const) {
			if (groups[kind] !== undefined) tokens.push({ kind, text: groups[kind] });
		}
	}
	return tokens;
}

const TABLE_FOLLOWS = new Set(
	[
		"FROM",
		"JOIN",
		"INTO",
		"UPDATE",
		"MERGE",
		"USING",
		"TABLE",
		"VIEW",
		"DELETE",
		"INSERT",
		"LIKE",
		"CLONE",
		"COPY",
	].concat(["FUNCTION", "PROCEDURE", "MODEL", "SNAPSHOT", "INDEX", "REFERENCES"]),
);
/** They stand between such a word and the name. */
const BETWEEN = new Set(["IF", "NOT", "EXISTS", "LATERAL"]);
/** They end the list after FROM, in which a comma begins another table. */
const ENDS_LIST = new Set(
	["SELECT", "WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT", "WINDOW", "UNION", "INTERSECT", "EXCEPT"].concat([
		"SET",
		"WHEN",
		"VALUES",
		"THEN",
	]),
);
/** They follow a table and are no alias of it. */
const NO_ALIAS = new Set(
	[...TABLE_FOLLOWS, ...ENDS_LIST]
		.concat(["AS", "ON", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "OUTER", "FOR", "WITH"])
		.concat([
			"TABLESAMPLE",
			"PIVOT",
			"UNPIVOT",
			"ADD",
			"DROP",
			"ALTER",
			"RENAME",
			"PARTITION",
			"CLUSTER",
			"OPTIONS",
			"BY",
			"END",
		]),
);
/** They run text, or move data over the fence. */
const REFUSED_STATEMENTS = new Set(["EXECUTE", "EXPORT", "LOAD", "CALL", "GRANT", "REVOKE", "UNDROP"]);
const REFUSED_VARIABLES = /^@@(dataset_id|dataset_project_id|project_id)\b/i;
/** What is called by a name with a point in it and is no dataset. */
const FUNCTIONS = new Set(["SAFE", "NET", "KEYS", "HLL_COUNT", "KLL_QUANTILES"]);

/** Every dotted name, every table and every routine; or, as text, what is refused whatever it names. */
export function pathsOf(sql: string): SqlPath[] | string {
	const tokens = tokensOf(sql);
	if (tokens === undefined) return "a text that is no SQL";
	const refused = refusedIn(tokens);
	if (refused !== undefined) return refused;
	const found = walk(tokens);
	const known = new Set([
		...aliasesIn(tokens),
		...found.filter(({ as, segments }) => as === "table" && segments.length === 1).map(({ segments }) => segments[0]!),
	]);
	return found.map((path) => ({ ...path, isKnown: !path.isWhole && known.has(path.segments[0]!) }));
}

/** True where it may lie outside of the dataset. */
export function isForeignPath({ segments, as, isKnown }: SqlPath, { project, dataset }: Ours): boolean {
	const full = segments.join(".");
	if (as === "dataset") return full !== dataset && full !== `${project}.${dataset}`;
	if (full.startsWith(`${project}.${dataset}.`)) return false;
	if (segments.length === 1) return false;
	if (segments[0] === dataset && (as !== "column" || !isKnown)) return false;
	// without a dataset before it, it may be the project's: of all customers
	if (segments[0]!.toUpperCase() === "INFORMATION_SCHEMA") return true;
	if (as === "routine") return !isKnown && !FUNCTIONS.has(segments[0]!.toUpperCase());
	return as === "table" && !isKnown;
}

function refusedIn(tokens: readonly Token[]): string | undefined {
	for (const [at, { kind, text }] of tokens.entries()) {
		if (kind === "variable" && REFUSED_VARIABLES.test(text)) return text;
		if (kind !== "word") continue;
		const word = text.toUpperCase();
		const before = tokens[at - 1];
		if (word === "EXTERNAL_QUERY") return word;
		const begins =
			before === undefined || before.text === ";" || /^(BEGIN|THEN|ELSE|DO|LOOP|REPEAT)$/i.test(before.text);
		if (begins && REFUSED_STATEMENTS.has(word)) return word;
	}
	return undefined;
}

function aliasesIn(tokens: readonly Token[]): string[] {
	return tokens.flatMap((token, at) =>
		isName(token) && tokens[at - 1]?.kind === "word" && tokens[at - 1]!.text.toUpperCase() === "AS" ? [token.text] : [],
	);
}

function isName(token: Token | undefined): boolean {
	return token?.kind === "name" || token?.kind === "word";
}

/** From left to right; `lists` knows for each open bracket whether a comma in it begins another table. */
function walk(tokens: readonly Token[]): SqlPath[] {
	const paths: SqlPath[] = [];
	const lists = [false];
	let expects: SqlPath["as"] | undefined;
	for (let at = 0; at < tokens.length; ) {
		const token = tokens[at]!;
		const word = token.kind === "word" ? token.text.toUpperCase() : "";
		if (token.text === "(" && token.kind === "sign") lists.push(expects === "table" && lists.at(-1)!);
		else if (token.text === ")" && lists.length > 1) lists.pop();
		else if (token.text === ";") lists.splice(0, lists.length, false);
		if (word === "SCHEMA" || word === "DATABASE") expects = "dataset";
		else if (TABLE_FOLLOWS.has(word) && !isNameHere(tokens, at)) {
			expects = "table";
			if (word === "FROM" || word === "JOIN" || word === "USING") lists[lists.length - 1] = true;
		} else if (expects !== undefined && BETWEEN.has(word)) {
			// the name is still to come
		} else if (token.text === "," && lists.at(-1)) expects = "table";
		else if (isName(token)) {
			if (ENDS_LIST.has(word)) lists[lists.length - 1] = false;
			const { segments, next, isWhole } = pathAt(tokens, at, expects !== undefined);
			const isKeyword = token.kind === "word" && NO_ALIAS.has(word) && segments.length === 1;
			const as = expects ?? (tokens[next]?.text === "(" ? "routine" : isWhole ? "table" : "column");
			if (!isKeyword) paths.push({ segments, as, isWhole, isKnown: false });
			at = !isKeyword && expects === "table" ? skipAlias(tokens, next, paths) : next;
			expects = undefined;
			continue;
		} else if (token.text !== "(") expects = undefined;
		at++;
	}
	return paths;
}

/** A word of the list above that is only a name: after a point, or an alias. */
function isNameHere(tokens: readonly Token[], at: number): boolean {
	return tokens[at - 1]?.text === "." || tokens[at - 1]?.text.toUpperCase() === "AS";
}

/** `a.b`, `` `a.b` ``, and where a table stands also `my-project.a.b`. */
function pathAt(
	tokens: readonly Token[],
	from: number,
	isTable: boolean,
): { segments: string[]; next: number; isWhole: boolean } {
	let at = from;
	let [text, isWhole] = ["", false];
	for (;;) {
		const token = tokens[at]!;
		isWhole ||= token.kind === "name" && /[.:]/.test(token.text);
		text += token.text;
		const sign = tokens[at + 1]?.text;
		const after = tokens[at + 2];
		const joins = sign === "." || (isTable && sign === "-" && token.kind !== "name");
		if (!joins || !(isName(after) || after?.kind === "number")) break;
		text += sign;
		at += 2;
	}
	return { segments: text.split("."), next: at + 1, isWhole };
}

/** `orders o`: the alias counts as a table without a dataset. */
function skipAlias(tokens: readonly Token[], at: number, paths: SqlPath[]): number {
	const token = tokens[at];
	if (token === undefined || !isName(token) || (token.kind === "word" && NO_ALIAS.has(token.text.toUpperCase())))
		return at;
	paths.push({ segments: [token.text], as: "table", isWhole: false, isKnown: false });
	return at + 1;
}
