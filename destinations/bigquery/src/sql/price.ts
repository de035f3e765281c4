/** What BigQuery takes for bytes that statements read: on demand, in the US and EU, May 2026. */

export const TIB = 2 ** 40;
export const DOLLARS_PER_TIB = 6.25;

/** At list price, without the free TiB: what a commit reports. */
export function dollarsOf(bytes: number): number {
	return (bytes / TIB) * DOLLARS_PER_TIB;
}

/** The same as SQL: NUMERIC, from a whole number of bytes. */
export function dollarsSql(bytes: string): string {
	return `CAST(${bytes} * ${DOLLARS_PER_TIB} / ${TIB} AS NUMERIC)`;
}
