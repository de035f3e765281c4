/** Statements for an analyzer of GoogleSQL, with the tables that they find. */

import type { Run } from "./run.ts";
import { type Field, sqlName } from "./schema.ts";

const plain = (fields: readonly Field[]) =>
	fields.map((field) => ({ name: field.name, type: sqlName(field), mode: field.mode }));

export function collectStatement(run: Run, type: string, sql: string, kind: "job" | "statement" = "statement"): void {
	if (run.service.journal.collect === undefined || type.endsWith("_TRANSACTION")) return;
	run.service.journal.collect(() => {
		const dataset =
			run.dataset === undefined
				? undefined
				: run.service.catalog.datasets.get(`${run.dataset.project}:${run.dataset.id}`);
		const tables = [...(dataset?.tables.values() ?? []), ...run.temporary.values()];
		return {
			kind,
			sql,
			...(run.dataset !== undefined && { dataset: run.dataset.id }),
			parameters: Object.fromEntries([...run.parameters].map(([name, { type: of }]) => [name, of])),
			variables: Object.fromEntries([...run.variables].map(([name, field]) => [name, sqlName(field)])),
			// only those that are named: other tables of the dataset would make each statement new
			tables: Object.fromEntries(
				tables.filter((table) => sql.includes(table.id)).map((table) => [table.id, plain(table.fields)]),
			),
		};
	});
}
