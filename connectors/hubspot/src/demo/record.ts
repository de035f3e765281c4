/** A record as the API shows it: the properties that were asked for by name, and a handful that always come. */
import type { JsonObject } from "@growthnav/sdk";
import { type CrmRecord, madeAt, type Version, versionAt } from "./events.ts";
import { CHANGED, typesOf } from "./portal.ts";
import { iso } from "./values.ts";

/** A property at a moment, those included that HubSpot keeps by itself. */
export function valueIn(record: CrmRecord, name: string, now: number): string | undefined {
	const version = versionAt(record, now);
	return version === undefined ? undefined : propertyOf(record, version, name);
}

function propertyOf(record: CrmRecord, { at, properties }: Version, name: string): string | undefined {
	if (name === "hs_object_id") return record.id;
	if (name === CHANGED[record.kind]) return iso(at);
	return properties[name] ?? (name === "createdate" ? iso(madeAt(record)) : undefined);
}

/** Names that the account does not have are left out in silence, values that nobody filled in are null. */
export function recordOf(record: CrmRecord, version: Version, asked: readonly string[]): JsonObject {
	const types = typesOf(record.kind);
	const always = ["hs_object_id", "createdate", CHANGED[record.kind]];
	const names = [...new Set([...always, ...asked])].filter((name) => types.has(name));
	return {
		id: record.id,
		properties: Object.fromEntries(names.map((name) => [name, propertyOf(record, version, name) ?? null])),
		createdAt: propertyOf(record, version, "createdate")!,
		updatedAt: iso(version.at),
		archived: false,
	};
}

/** From the recycle bin: with the time of its deletion, and with the change before it. */
export const archivedRecordOf = (record: CrmRecord, asked: readonly string[]): JsonObject => ({
	...recordOf(record, versionAt(record, record.archivedAt!)!, asked),
	...{ archived: true, archivedAt: iso(record.archivedAt!) },
});
