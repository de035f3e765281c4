/** The fake asked with plain fetch, for its own tests. */
import { onTestFinished } from "vitest";
import { type Fake, type FakeOptions, startFake } from "./server.ts";

export interface Answer {
	status: number;
	headers: Headers;
	// biome-ignore lint/suspicious/noExplicitAny: the raw body of an answer
	body: any;
}

export interface Asking {
	fake: Fake;
	call(method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer>;
	/** A SELECT, statement or script as a job, until it is DONE. */
	query(id: string, sql: string, more?: object): Promise<QueryAnswer>;
	/** Lines by one multipart upload; answers the job when it is DONE. */
	load(id: string, table: string, lines: string, more?: object): Promise<Answer>;
	table(id: string, fields: object[], more?: object): Promise<Answer>;
	/** Plain rows of a table. */
	rows(table: string): Promise<Record<string, unknown>[]>;
}

export interface QueryAnswer {
	/** `invalidQuery: …`; absent where it succeeded. */
	error?: string;
	/** Rows as lists of texts. */
	rows: unknown[][];
	// biome-ignore lint/suspicious/noExplicitAny: the raw body of an answer
	job: any;
}

export const PROJECT = "acme";
export const DATASET = "shop";
export const LOCATION = "EU";

export const configurationOf = (id: string, configuration: object): object => ({
	jobReference: { projectId: PROJECT, jobId: id, location: LOCATION },
	configuration,
});

export const loadOf = (table: string, more: object = {}): object => ({
	load: {
		destinationTable: { projectId: PROJECT, datasetId: DATASET, tableId: table },
		sourceFormat: "NEWLINE_DELIMITED_JSON",
		createDisposition: "CREATE_NEVER",
		writeDisposition: "WRITE_APPEND",
		...more,
	},
});

/** A fake with one dataset, that ends with the test. */
export async function asking(options: FakeOptions = {}): Promise<Asking> {
	const fake = await startFake(options);
	onTestFinished(() => fake.close());
	const made = askingAt(fake);
	await made.call("POST", "datasets", {
		datasetReference: { projectId: PROJECT, datasetId: DATASET },
		location: LOCATION,
	});
	return made;
}

function askingAt(fake: Fake): Asking {
	const base = `/bigquery/v2/projects/${PROJECT}`;
	const raw = async (
		method: string,
		path: string,
		body?: string,
		headers: Record<string, string> = {},
	): Promise<Answer> => {
		const response = await fetch(fake.url + path, { method, headers, ...(body !== undefined && { body }) });
		const text = await response.text();
		return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
	};
	const asked: Asking = {
		fake,
		call: (method, path, body, headers) => raw(method, `${base}/${path}`, body && JSON.stringify(body), headers),
		async query(id, sql, more = {}) {
			const query = {
				query: sql,
				useLegacySql: false,
				defaultDataset: { projectId: PROJECT, datasetId: DATASET },
				...more,
			};
			const made = await asked.call("POST", "jobs", configurationOf(id, { query }));
			if (made.status !== 200) return { error: errorOf(made.body.error.errors[0]), rows: [], job: made.body };
			await fake.idle();
			const { body: job } = await asked.call("GET", `jobs/${id}?location=${LOCATION}`);
			const { body } = await asked.call(
				"GET",
				`queries/${id}?location=${LOCATION}&formatOptions.useInt64Timestamp=true`,
			);
			const rows = ((body.rows ?? []) as { f: { v: unknown }[] }[]).map((row) => row.f.map((cell) => cell.v));
			return { rows, job, ...(job.status.errorResult && { error: errorOf(job.status.errorResult) }) };
		},
		async load(id, table, lines, more) {
			const body = multipart(configurationOf(id, loadOf(table, more)), lines);
			const headers = { "content-type": "multipart/related; boundary=part" };
			const made = await raw("POST", `/upload${base}/jobs?uploadType=multipart`, body, headers);
			if (made.status !== 200) return made;
			await fake.idle();
			return asked.call("GET", `jobs/${id}?location=${LOCATION}`);
		},
		table: (id, fields, more = {}) =>
			asked.call("POST", `datasets/${DATASET}/tables`, {
				tableReference: { projectId: PROJECT, datasetId: DATASET, tableId: id },
				schema: { fields },
				...more,
			}),
		rows: async (table) => (await fake.contents(DATASET))[table]!,
	};
	return asked;
}

const errorOf = ({ reason, message }: { reason: string; message: string }): string => `${reason}: ${message}`;

function multipart(resource: object, data: string): string {
	const part = (type: string, content: string) => `--part\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
	return `${part("application/json", JSON.stringify(resource))}${part("application/octet-stream", data)}--part--\r\n`;
}
