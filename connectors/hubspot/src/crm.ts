/**
 * How every object of the CRM is read: what changed by search, then what was deleted from the recycle bin.
 *
 * A search shows 10,000 results, and so many records may have changed in one millisecond (an update of all contacts):
 * windows of time do not always fit. Ids do: each request asks for the next higher ones within one span of changes, so
 * a span of any size is read to its end, every page is a place to go on from, and a record that changes meanwhile
 * leaves the span and comes with the next one.
 */
import type { Page, ReadContext, RecordSchema, SourceContext, StreamDefinition } from "@growthnav/sdk";
import { accountOf } from "./account.ts";
import { recordsOf } from "./batch.ts";
import type { Config } from "./config.ts";
import { type CrmObject, type Flat, flat, type Property, propertiesOf, type Sent, schemaWith } from "./properties.ts";

type Context = ReadContext<Config>;
type Stream = StreamDefinition<RecordSchema, Config>;
type Row = { [field: string]: unknown };

/** What the objects differ in. */
export interface CrmStream extends Pick<Stream, "schema" | "conversions" | "note"> {
	object: CrmObject;
	/** The property with the time of the last change. */
	changedBy: string;
	/** The facts from elsewhere, row by row. */
	joined: (context: Context, rows: Flat[]) => Promise<Row[]>;
}

/** The stream of an object, with the properties that the account has. */
export async function crmStream(context: SourceContext<Config>, { schema, ...crm }: CrmStream): Promise<Stream> {
	const properties = await propertiesOf(context, crm.object);
	const { conversions, note } = crm;
	return {
		schema: schemaWith(schema, properties),
		primaryKey: "id",
		ownState: true,
		deleted: "archivedAt",
		read: (reading) => read(reading, crm, properties),
		origin: { source: { const: "crm" }, source_system: { const: "hubspot" }, source_account: "joined.portal_id" },
		...(conversions !== undefined && { conversions }),
		...(note !== undefined && { note }),
	};
}

/** The span of changes that is being read: `id` is the last record, `latest` the latest change that came. */
interface Span {
	from?: string;
	to: string;
	id?: string;
	latest?: string;
}

/** A search learns of changes moments later. Milliseconds. */
const LAG = 300_000;
/** What it learned of later still is found so far back. */
const LOOKBACK = 3_600_000;

type Reading = Omit<CrmStream, "schema">;

async function* read(context: Context, crm: Reading, properties: Property[]): AsyncGenerator<Page<Row>> {
	const types = new Map(properties.map(({ name, type }) => [name, type]));
	const rowsOf = async (found: Found[], archived = false) => {
		const ids = found.map(({ id }) => id);
		const sent = await recordsOf(context, crm.object, { ids, properties: [...types.keys()], archived });
		const rows = sent.map((one) => flat(one, types));
		const joined = await crm.joined(context, rows);
		return rows.flatMap((row, n) => [{ ...row, joined: joined[n] }, ...mergedInto(row, joined[n]!)]);
	};

	// by the clock that stamps the changes, whatever ours shows
	const to = instant((await accountOf(context)).now - LAG);
	const saved = (context.state ?? {}) as Partial<Span>;
	const since = lookedBack(saved.from, context.config);
	let span: Span = saved.to === undefined ? { ...since, to } : { ...saved, to: saved.to };
	while (true) {
		for await (const found of changed(context, crm, span)) {
			span = { ...span, id: found.at(-1)!.id, ...latestOf(span.latest ?? saved.from, found, span.to) };
			yield { rows: await rowsOf(found), state: { ...span } };
		}
		if (span.to >= to) break;
		// a run that was killed had begun it; what changed since follows
		span = { ...lookedBack(span.to, context.config), to, ...(span.latest !== undefined && { latest: span.latest }) };
	}
	for await (const found of deleted(context, crm, since.from)) yield { rows: await rowsOf(found, true) };
	const reached = span.latest ?? saved.from;
	yield { rows: [], state: reached === undefined ? {} : { from: reached } };
}

/** What a search and the recycle bin are asked for; the rest is read by id. */
type Found = Pick<Sent, "id" | "updatedAt" | "archivedAt">;

const instant = (at: number): string => new Date(at).toISOString();

function lookedBack(from: string | undefined, { start_date }: Config): { from?: string } {
	if (from !== undefined) return { from: instant(Date.parse(from) - LOOKBACK) };
	return start_date == null ? {} : { from: instant(Date.parse(start_date)) };
}

/** What changes while it is read is found by the old time and shown with the new one: that comes with the next span. */
function latestOf(before: string | undefined, found: readonly Found[], to: string): Pick<Span, "latest"> {
	const times = [before, ...found.map(({ updatedAt }) => updatedAt)].map((text) => Date.parse(text ?? ""));
	const latest = Math.max(...times.filter((time) => time < Date.parse(to)));
	return Number.isFinite(latest) ? { latest: instant(latest) } : {};
}

function changed({ http }: Context, { object, changedBy }: Reading, span: Span) {
	const filter = (propertyName: string, operator: string, value: string) => ({ propertyName, operator, value });
	const within = [
		...(span.from === undefined ? [] : [filter(changedBy, "GTE", String(Date.parse(span.from)))]),
		filter(changedBy, "LT", String(Date.parse(span.to))),
	];
	return http.keyset<Found>(`/crm/v3/objects/${object}/search`, {
		method: "POST",
		body: {
			filterGroups: [{ filters: within }],
			sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
			...{ properties: ["hs_object_id"], limit: 200 },
		},
		rows: (body) => body.results,
		...{ by: "id", key: "id", size: 200, since: span.id },
		from: (id) => ({ body: { filterGroups: [{ filters: [...within, filter("hs_object_id", "GTE", id)] }] } }),
	});
}

/** Deletion does not touch the time of change, and the recycle bin knows no filter: it is looked through each time. */
async function* deleted({ http }: Context, { object }: Reading, since = ""): AsyncGenerator<Found[]> {
	const bin = http.pages<Found>(`/crm/v3/objects/${object}`, {
		query: { archived: true, limit: 100, properties: "hs_object_id" },
		rows: (body) => body.results,
		next: ({ body }) => body.paging && { query: { after: body.paging.next.after } },
	});
	// times have one form: 2026-07-03T19:22:10.000Z
	for await (const rows of bin) yield rows.filter(({ archivedAt = since }) => archivedAt >= since);
}

/** What was merged into a row is gone, and nothing else says so. It was gone when the row last changed. */
function mergedInto(row: Flat, { portal_id }: Row): Row[] {
	const ids = String(row.hs_merged_object_ids ?? "").split(";");
	return ids
		.filter((id) => id !== "" && id !== row.id)
		.map((id) => ({ id, archived: true, archivedAt: row.updatedAt, joined: { portal_id, merged_into: row.id } }));
}
