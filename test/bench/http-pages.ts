/** The records of the other benches, a thousand to a page. */
import { recordLines } from "./orders.ts";

const SIZE = 1_000;
const PAGES = 200;
/** Brings a record to 229 bytes. */
const MEMO = "Table 12, window side; birthday; two vegetarian menus, one child seat";

export function pagesOfRecords(): Buffer[] {
	const pages: Buffer[] = [];
	let rows: string[] = [];
	for (const line of recordLines("small", SIZE * PAGES)) {
		rows.push(JSON.stringify({ ...JSON.parse(line).record.data, memo: MEMO }));
		if (rows.length < SIZE) continue;
		const next = pages.length + 1 < PAGES ? pages.length + 1 : null;
		pages.push(Buffer.from(`{"orders":[${rows.join(",")}],"next":${next}}`));
		rows = [];
	}
	return pages;
}
