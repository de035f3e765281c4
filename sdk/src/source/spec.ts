/** `spec`, derived from the definition. */
import { PROTOCOL_VERSION, type SpecPayload } from "@growthnav/spec";
import { toConfigSchema } from "../schema/json-schema.ts";
import type { Source } from "./definition.ts";

export function specOf({ title, docs, config }: Source): SpecPayload {
	return {
		connectionSpecification: { ...toConfigSchema(config), title },
		...(docs !== undefined && { documentationUrl: docs }),
		supportsIncremental: true,
		protocol_version: PROTOCOL_VERSION,
	};
}
