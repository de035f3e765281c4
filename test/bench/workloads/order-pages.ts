/** Orders of 229 bytes, a thousand to a page. */
import { orderTexts } from "./orders.ts";

const SIZE = 1_000;
/** Brings an order to 229 bytes. */
const MEMO = "Table 12, window side; birthday; two vegetarian menus, one child";

export function pagesOfOrders(records: number): Buffer[] {
	const pages: Buffer[] = [];
	const last = Math.ceil(records / SIZE);
	let rows: string[] = [];
	let n = 0;
	for (const text of orderTexts("small", records)) {
		rows.push(`${text.slice(0, -1)},"memo":"${MEMO}"}`);
		if (++n % SIZE !== 0 && n !== records) continue;
		const next = pages.length + 1 < last ? pages.length + 1 : null;
		pages.push(Buffer.from(`{"orders":[${rows.join(",")}],"next":${next}}`));
		rows = [];
	}
	return pages;
}
