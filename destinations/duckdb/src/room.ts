/** Memory for DuckDB: little at first, more where a commit does not get by with it. */
import { totalmem } from "node:os";
import type { DuckdbConfig } from "./config.ts";
import type { Session } from "./session.ts";

/** Where the settings name no limit, DuckDB begins with this. */
export const FIRST_MEMORY_LIMIT = "128MB";

/** Bytes: half of the machine's memory, at most 4 GB. */
export function mostMemory(): number {
	return Math.min(4e9, totalmem() / 2);
}

export interface Room {
	/** Does the work again with twice the memory as often as it needs more; what it did must have been undone. */
	within<T>(session: Session, work: () => Promise<T>): Promise<T>;
}

/** A limit that the settings name holds; else there is room up to `mostMemory`. */
export function openRoom({ memory_limit }: DuckdbConfig): Room {
	const most = memory_limit == null ? mostMemory() : 0;
	let megabytes = Number.parseInt(FIRST_MEMORY_LIMIT, 10);
	return {
		async within(session, work) {
			for (;;) {
				try {
					return await work();
				} catch (thrown) {
					if (!isOutOfMemory(thrown) || megabytes * 2e6 > most) throw thrown;
					megabytes *= 2;
					await session.run(`SET memory_limit = '${megabytes}MB'`);
				}
			}
		},
	};
}

/** A commit that lacks memory says so in other words than a query does. */
const OUT_OF_MEMORY =
	/^Out of Memory|^TransactionContext Error: Failed to commit: (?:failed to pin|failed to allocate|could not allocate)/i;

export function isOutOfMemory(thrown: unknown): boolean {
	return thrown instanceof Error && OUT_OF_MEMORY.test(thrown.message);
}
