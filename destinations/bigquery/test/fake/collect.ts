/** Jobs for an analyzer of GoogleSQL, with the tables that they find. */
import type { Run } from "./run.ts";
import { type Field, sqlName } from "./schema.ts";

const columns = (fields: readonly Field[]) =>
	fields.map((field): [column: string, type: string] => [field.name, sqlName(field)]);

/** To be called where the job is done: what the fake refuses itself needs no second judge. */
export function collectJob(run: Run, sql: string): () => void {
	const { journal, catalog } = run.service;
	if (journal.collect === undefined || run.dataset === undefined || isDamage(run, sql)) return () => {};
	const dataset = catalog.datasets.get(`${run.dataset.project}:${run.dataset.id}`);
	// only those that are named: other tables of the dataset would make each statement new
	const tables = [...(dataset?.tables.values() ?? [])].filter((table) => sql.includes(table.id));
	const collected = {
		sql,
		tables: Object.fromEntries(tables.map((table) => [table.id, columns(table.fields)])),
		parameters: Object.fromEntries([...run.parameters].map(([name, { type }]) => [name, type])),
	};
	return () => journal.collect?.(collected);
}

/** What somebody does to a table by hand: no statement of ours, and the analyzer does not follow what it changes. */
function isDamage({ job }: Run, sql: string): boolean {
	return job.startsWith("by_hand_") && /^(ALTER|DROP) TABLE /.test(sql);
}
