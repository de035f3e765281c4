/**
 * What an earlier run of the connection was killed over: tables of its commits, and files in the bucket. They are noted
 * when a run begins and removed after its first commit. Not before: a run that is still at work would lose what it is
 * about to commit. That first commit has taken the lease, so whoever made what was there at the beginning can commit
 * nothing any more; what is made later is not in the list. All of it would end by itself, tables after seven days.
 */
import type { StoredObject } from "../api/storage.ts";
import { atOnce } from "../at-once.ts";
import { dropTable } from "../dataset/dataset.ts";
import type { Session } from "../session.ts";
import { objectPrefix } from "./load.ts";
import { scratchPrefix } from "./stage.ts";

export interface Leftovers {
	tables: string[];
	objects: StoredObject[];
}

const AT_ONCE = 8;

/** `tables` are those that there are now. */
export async function leftBehind(session: Session, tables: Iterable<string>): Promise<Leftovers> {
	const { storage } = session;
	const own = [...tables].filter((table) => table.startsWith(scratchPrefix(session)));
	const objects = storage === undefined ? [] : await storage.list(objectPrefix(session, storage));
	return { tables: own, objects };
}

/** What cannot be removed stays, and ends by itself. */
export async function sweep(session: Session, { tables, objects }: Leftovers): Promise<void> {
	await atOnce(AT_ONCE, tables, (table) => dropTable(session, table).catch(() => {}));
	await atOnce(AT_ONCE, objects, ({ name, generation }) => session.storage!.remove(name, generation).catch(() => {}));
}
