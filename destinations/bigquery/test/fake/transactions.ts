/**
 * Which transaction may change which table. Of two that update or delete rows of the same table the second is
 * cancelled; so is one that began before the other committed. Those that only insert run beside all others.
 */
import { invalidQuery } from "./refusal.ts";

const MOST_TABLES = 100;

export interface Transaction {
	id: string;
	/** The last commit that it sees. */
	began: number;
	/** Tables whose rows it updates or deletes, and such as it inserts into. */
	changed: Set<string>;
	touched: Set<string>;
}

export interface Transactions {
	begin(): Transaction;
	/** Before a statement of a transaction changes a table; throws where it must be cancelled. */
	claim(transaction: Transaction, table: string, how: "insert" | "change"): void;
	/** Before a statement of its own: waits until no transaction holds the table; answers its end. */
	alone(table: string): Promise<() => void>;
	/** After DuckDB has committed. */
	committed(transaction: Transaction): void;
	ended(transaction: Transaction): void;
}

export function concurrentUpdate(table: string, transaction: string): Error {
	return invalidQuery(
		`Transaction is aborted due to concurrent update against table ${table}. Transaction ID: ${transaction}`,
	);
}

export function openTransactions(): Transactions {
	let commits = 0;
	let made = 0;
	const holders = new Map<string, object>();
	const lastChange = new Map<string, number>();
	const waiting = new Map<string, (() => void)[]>();
	const free = (table: string) => {
		holders.delete(table);
		const next = waiting.get(table) ?? [];
		waiting.delete(table);
		for (const wake of next) wake();
	};
	return {
		begin: () => ({ id: `tx${++made}`, began: commits, changed: new Set(), touched: new Set() }),
		claim(transaction, table, how) {
			transaction.touched.add(table);
			if (transaction.touched.size > MOST_TABLES) {
				throw invalidQuery(`Transaction has modified too many tables: at most ${MOST_TABLES} are allowed`);
			}
			if (how === "insert" || transaction.changed.has(table)) return;
			const isHeld = holders.has(table) && holders.get(table) !== transaction;
			if (isHeld || (lastChange.get(table) ?? -1) > transaction.began) throw concurrentUpdate(table, transaction.id);
			holders.set(table, transaction);
			transaction.changed.add(table);
		},
		async alone(table) {
			while (holders.has(table)) {
				await new Promise<void>((wake) => void waiting.set(table, [...(waiting.get(table) ?? []), wake]));
			}
			holders.set(table, {});
			return () => {
				lastChange.set(table, ++commits);
				free(table);
			};
		},
		committed(transaction) {
			commits++;
			for (const table of transaction.changed) lastChange.set(table, commits);
		},
		ended(transaction) {
			for (const table of transaction.changed) if (holders.get(table) === transaction) free(table);
			transaction.changed.clear();
		},
	};
}
