/** Mappings of a run, held against the streams that they read: before the first record, all faults together. */
import type { ConfiguredStream } from "@growthnav/spec";
import { checkMapping } from "../../conversion/check.ts";
import type { ConnectorError } from "../../errors.ts";
import type { Parts } from "../host.ts";

/**
 * Those of the pipeline file and, where its key or origin changed what they depend on, the connector's own. A foreign
 * schema that says nothing of its fields allows every path.
 */
export function mappingErrors(streams: readonly ConfiguredStream[], where: (path: Parts) => string): ConnectorError[] {
	return streams.flatMap(({ stream, primary_key }) =>
		(stream.conversions ?? []).flatMap((mapping, index) =>
			checkMapping(
				mapping,
				stream.json_schema,
				({ keys }) => where(["streams", stream.name, "conversions", index, ...keys]),
				{ name: stream.name, origin: stream.conversion_origin, primaryKey: primary_key ?? [] },
			),
		),
	);
}
