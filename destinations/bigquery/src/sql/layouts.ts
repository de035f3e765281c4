/** How tables are partitioned: read from BigQuery, never assumed; chosen only for tables that we make. */
import { CONVERSIONS, type JsonObject, type Table } from "@growthnav/sdk/store";
import type { TableSettings } from "../config.ts";
import type { PartitionType } from "./days.ts";

export interface Layout {
	/** The partition column; parts are its days. */
	column: string;
	type: PartitionType;
}

/** By table; tables in one part are not in it. */
export type Layouts = Map<string, Layout>;

/** Of a table resource, or an entry of `tables.list`; parts of months or hours do not prune by our days, nor do others. */
export function layoutOf(resource: JsonObject, typeOf: (column: string) => string | undefined): Layout | undefined {
	const partitioning = resource.timePartitioning as { type?: string; field?: string } | undefined;
	if (partitioning?.field === undefined || (partitioning.type ?? "DAY") !== "DAY") return undefined;
	const type = typeOf(partitioning.field);
	if (type !== "TIMESTAMP" && type !== "DATE" && type !== "DATETIME") return undefined;
	return { column: partitioning.field, type };
}

/** Of a table that we make. */
export function chosenLayout({ name, columns }: Table, settings: TableSettings | undefined): JsonObject {
	const { partition, cluster } =
		name === CONVERSIONS
			? { partition: "timestamp", cluster: ["conversion_type", "source", "conversion_id"] }
			: (settings ?? {});
	const has = (column: string) => columns.some((one) => one.name === column);
	const fields = (cluster ?? []).filter(has);
	return {
		...(partition !== undefined && has(partition) && { timePartitioning: { type: "DAY", field: partition } }),
		...(fields.length > 0 && { clustering: { fields } }),
	};
}
