/** The demo of source-file: real purchases from a CSV file that is part of this package. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Demo } from "@growthnav/sdk";

const FILE = fileURLToPath(new URL("../data/cdnow_sample_transactions.csv", import.meta.url));

/** Nothing is started: the config names the file, and the totals are its value column added up. */
export async function start(): Promise<Demo> {
	const { rows, value } = addUp(await readFile(FILE, "utf8"));
	return {
		config: {
			path: FILE,
			stream: "transactions",
			account: "cdnow",
			source: "ecommerce",
			currency: "USD",
			conversions: [
				{
					type: "purchase",
					columns: { timestamp: "date", value: "value", quantity: "cds", user_id: "customer_id_master" },
				},
			],
		},
		expectedTotals: [{ source_system: "file", conversion_type: "purchase", currency: "USD", rows, value }],
		says: "6,919 real purchases of 1997 and 1998 from a CSV file",
		totalsFrom: "the CSV column added up",
		close: async () => {},
	};
}

/** The last column in cents, without anything that the connector uses: a second way to the same sum. */
function addUp(text: string): { rows: number; value: string } {
	const amounts = text
		.trimEnd()
		.split(/\r?\n/)
		.slice(1)
		.map((row) => row.slice(row.lastIndexOf(",") + 1));
	let cents = 0n;
	for (const amount of amounts) {
		const [whole = "", fraction = ""] = amount.split(".");
		cents += BigInt(whole) * 100n + BigInt(fraction.padEnd(2, "0"));
	}
	return { rows: amounts.length, value: `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}` };
}
