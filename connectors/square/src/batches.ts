/** Orders are searched for at most ten locations at a time: which locations go together, once and for good. */

/** SearchOrders takes no more. */
const BATCH = 10;
const JOINT = "+";

export interface Batch {
	/** The ids of its locations, so that a batch in the state says what it was read for. */
	id: string;
	locations: string[];
	[fact: string]: string | string[];
}

/**
 * The batches of the state stay as they are, with their cursors, while all their locations are wanted; only the others
 * are put together anew. So a location that is added is read from its first order, and nothing else is read again.
 */
export function batchesOf(wanted: readonly string[], saved: readonly string[]): Batch[] {
	const open = new Set(wanted);
	const batches: Batch[] = [];
	for (const id of saved) {
		const locations = id.split(JOINT);
		if (locations.length > BATCH || !locations.every((location) => open.has(location))) continue;
		for (const location of locations) open.delete(location);
		batches.push({ id, locations });
	}
	const rest = [...open];
	for (let at = 0; at < rest.length; at += BATCH) {
		const locations = rest.slice(at, at + BATCH);
		batches.push({ id: locations.join(JOINT), locations });
	}
	return batches;
}
