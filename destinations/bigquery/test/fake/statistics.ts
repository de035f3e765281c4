/** What a query job says of its work. */
import type { StatementDone } from "./run.ts";

const CHANGES = new Set(["INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE_TABLE"]);

export function statisticsOf({
	type,
	children,
}: {
	type: string;
	children: readonly StatementDone[];
}): Record<string, unknown> {
	const sum = (of: (child: StatementDone) => number) => children.reduce((total, child) => total + of(child), 0);
	const processed = String(sum((child) => child.processed));
	const tables = [...new Set(children.flatMap((child) => child.scans.map((scan) => scan.table)))];
	return {
		totalBytesProcessed: processed,
		...(type === "SCRIPT" && { numChildJobs: String(children.length) }),
		query: {
			statementType: type,
			totalBytesProcessed: processed,
			totalBytesBilled: String(sum((child) => child.billed)),
			cacheHit: false,
			referencedTables: tables.map((name) => {
				const [project, dataset, table] = name.split(/[:.]/);
				return { projectId: project, datasetId: dataset, tableId: table };
			}),
			...(CHANGES.has(type) && changeStatistics(children[0]!)),
		},
	};
}

function changeStatistics({ type, rows = 0 }: StatementDone): Record<string, unknown> {
	const kind = { INSERT: "insertedRowCount", UPDATE: "updatedRowCount", DELETE: "deletedRowCount" }[type];
	return {
		numDmlAffectedRows: String(rows),
		...(kind !== undefined && { dmlStats: { [kind]: String(rows) } }),
	};
}
