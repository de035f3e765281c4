/** A query that a person wrote: what is wrong with it is theirs to correct, not ours. */
import { ConnectorError, isConnectorError, type QueryResult } from "@growthnav/sdk/store";

/** Throws `config.query`, `config.query_writes` and `config.query_outside`; what is not about the query as it is. */
export async function asked(query: () => Promise<QueryResult>): Promise<QueryResult> {
	try {
		const { columns, rows } = await query();
		return { columns, rows: each(rows) };
	} catch (thrown) {
		throw queryError(thrown);
	}
}

async function* each<T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
	try {
		yield* rows;
	} catch (thrown) {
		throw queryError(thrown);
	}
}

// what DuckDB calls an error of the text or of its meaning; memory, disks and its own bugs are others
const OF_THE_QUERY =
	/^(?:Parser|Syntax|Binder|Catalog|Invalid Input|Conversion|Out of Range|Invalid Type|Mismatch Type|Not implemented|Permission|Dependency) Error: /;
const OUTSIDE = /^Permission Error: |the configuration has been locked/;
const WRITES = /^Invalid Input Error: Cannot execute statement of type "(\w+)" on database .* read-only mode/;

function queryError(thrown: unknown): unknown {
	if (isConnectorError(thrown) || !(thrown instanceof Error)) return thrown;
	const message = thrown.message.replace(/^Failed to extract statements: /, "");
	const [, verb] = WRITES.exec(message) ?? [];
	if (verb !== undefined) {
		return new ConnectorError("config.query_writes", `${verb} would change the store`, {
			where: "the query",
			why: "the store is opened read-only",
			next: "write a query that only reads",
			cause: thrown,
		});
	}
	if (OUTSIDE.test(message)) {
		return new ConnectorError("config.query_outside", "The query would leave the store", {
			where: placeIn(message),
			why: "files, other databases, extensions and settings are out of its reach",
			next: "write a query on the store's tables; --csv and --json bring its rows out",
			cause: thrown,
		});
	}
	if (!OF_THE_QUERY.test(message)) return thrown;
	return new ConnectorError("config.query", "The query is wrong", {
		where: placeIn(message),
		why: whyOf(message),
		next: "correct it",
		cause: thrown,
	});
}

/** "line 1: selec 1" */
function placeIn(message: string): string {
	const [, line, text = ""] = /^LINE (\d+): (.*)$/m.exec(message) ?? [];
	return line === undefined ? "the query" : `line ${line}: ${text.trim()}`;
}

/** Without the line, which stands above, and without a guess at names that may be far. */
function whyOf(message: string): string {
	const [first = ""] = message.split("\n");
	return first.replace(/ Did you mean .*$/, "");
}
