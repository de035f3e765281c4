/** The rows of a finished query, page by page. */
import type { Json, JsonObject } from "@growthnav/sdk/store";
import { listOf, objectOf, textOf } from "../errors/problem.ts";
import type { Field } from "../sql/schema.ts";
import type { Api } from "./api.ts";

export type ResultRow = Record<string, Json>;

/** A page also ends at 10 MB. */
const PAGE_ROWS = 10_000;

/** The first page has been read, for its fields. */
export async function resultPages(
	api: Api,
	job: { jobId: string; location: string },
): Promise<{ fields: Field[]; rows: AsyncIterable<ResultRow> }> {
	const first = await pageOf(api, job, undefined);
	const fields = listOf(objectOf(first.schema)?.fields) as unknown as Field[];
	return { fields, rows: rowsFrom(api, job, fields, first) };
}

async function* rowsFrom(
	api: Api,
	job: { jobId: string; location: string },
	fields: readonly Field[],
	first: JsonObject,
): AsyncGenerator<ResultRow> {
	for (let page = first; ; ) {
		for (const row of listOf(page.rows)) yield rowOf(row, fields);
		const pageToken = textOf(page.pageToken);
		if (pageToken === undefined) return;
		page = await pageOf(api, job, pageToken);
	}
}

/** Times as whole microseconds: the default is seconds as a floating-point number. */
function pageOf(api: Api, { jobId, location }: { jobId: string; location: string }, pageToken: string | undefined) {
	const query = {
		location,
		maxResults: String(PAGE_ROWS),
		"formatOptions.useInt64Timestamp": "true",
		...(pageToken !== undefined && { pageToken }),
	};
	return api.call({ method: "GET", path: `queries/${jobId}`, query, step: "rows of a query" });
}

/** `{"f":[{"v":"1"}]}` by field name. */
function rowOf(row: Json, fields: readonly Field[]): ResultRow {
	const cells = listOf(objectOf(row)?.f);
	return Object.fromEntries(fields.map((field, at) => [field.name, cellOf(objectOf(cells[at])?.v ?? null, field)]));
}

function cellOf(value: Json, field: Field): Json {
	if (value === null) return null;
	if (field.mode === "REPEATED") {
		return listOf(value).map((item) => cellOf(objectOf(item)?.v ?? null, { ...field, mode: "NULLABLE" }));
	}
	return field.fields === undefined ? value : rowOf(value, field.fields);
}
