/** One answer of a judgement: rows of the same columns, whatever was asked. */

export interface Answered {
	key?: string;
	wins?: string;
	n: string;
	more?: string;
	group?: string;
}

/** As SQL. */
export function answer(what: string, at: number, { key, wins, n, more, group }: Answered, from: string): string {
	return (
		`SELECT '${what}' AS what, ${at} AS stream, ${key ?? "CAST(NULL AS STRING)"} AS key, ` +
		`${wins ?? "CAST(NULL AS BOOL)"} AS wins, ${n} AS n, ${more ?? "CAST(NULL AS STRING)"} AS more ` +
		`FROM ${from}${group === undefined ? "" : ` GROUP BY ${group}`}`
	);
}
