/** What stands in the tables, for comparisons. */
import type { Service } from "./service.ts";
import { plainRow, rowOf } from "./values.ts";

export type Contents = Record<string, Record<string, unknown>[]>;

export async function contentsOf({ catalog, engine }: Service, dataset: string, project?: string): Promise<Contents> {
	const found = [...catalog.datasets.values()].find(
		(one) => one.id === dataset && (project === undefined || one.project === project),
	);
	if (found === undefined) return {};
	const session = await engine.session();
	const contents: Contents = {};
	try {
		for (const table of [...found.tables.keys()].sort()) {
			const one = catalog.find({ project: found.project, dataset, table });
			if (one === undefined) continue;
			const { rows } = await session.read(`SELECT * FROM ${one.physical}`);
			const texts = rows.map((row) => plainRow(rowOf(row, one.fields, { int64Timestamps: true }), one.fields));
			contents[table] = texts
				.map((row) => ({ row, text: JSON.stringify(row) }))
				.sort((a, b) => (a.text < b.text ? -1 : 1))
				.map(({ row }) => row);
		}
		return contents;
	} finally {
		session.close();
	}
}
