/** What happens in the account: records that are made, edited, merged and deleted. Times are milliseconds. */
import type { Kind, Stage } from "./portal.ts";

/** A record as it was from a moment on; HubSpot keeps every value as text. */
export interface Version {
	at: number;
	properties: Record<string, string>;
}

export interface Association {
	to: Kind;
	id: string;
	/** Without `label`: the association as such. */
	types: { typeId: number; label?: string }[];
}

export interface CrmRecord {
	kind: Kind;
	id: string;
	/** In the order of time; the first is its making. */
	versions: Version[];
	associations: Association[];
	/** Deleted by somebody: it lies in the recycle bin, and its properties stay as they were. */
	archivedAt?: number;
	/** Merged: whoever asks for it is given the survivor. */
	merged?: { at: number; into: CrmRecord };
}

/** What a deal is worth from a moment on, for the books: `amount` in the smallest unit of its currency. */
export interface DealFact {
	at: number;
	stage: Stage | undefined;
	amount: number | undefined;
	currency: string;
	/** The moment that somebody gave as its close. */
	closed: number;
}

export interface Deal {
	record: CrmRecord;
	facts: DealFact[];
}

export interface Contact {
	record: CrmRecord;
	/** When they came; undefined for people who were imported from a list. */
	came: number | undefined;
	/** They first left their address for a newsletter. */
	subscribed: boolean;
}

export interface History {
	records: Record<Kind, CrmRecord[]>;
	deals: Deal[];
	contacts: Contact[];
}

export const madeAt = ({ versions }: CrmRecord): number => versions[0]!.at;

/** As it was at a moment; undefined before it was made. */
export function versionAt({ versions }: CrmRecord, now: number): Version | undefined {
	return versions.findLast(({ at }) => at <= now);
}

export const isArchived = ({ archivedAt }: CrmRecord, now: number): boolean =>
	archivedAt !== undefined && archivedAt <= now;

export const isMerged = ({ merged }: CrmRecord, now: number): boolean => merged !== undefined && merged.at <= now;

/** Neither deleted nor merged, and made already. */
export const isLive = (record: CrmRecord, now: number): boolean =>
	madeAt(record) <= now && !isArchived(record, now) && !isMerged(record, now);

/** The record that is given for an id: merged ones lead to whom they were merged into. */
export function survivorOf(record: CrmRecord, now: number): CrmRecord {
	return record.merged !== undefined && record.merged.at <= now ? survivorOf(record.merged.into, now) : record;
}
