/** registry.json: what `growthnav connectors` knows without looking into a package. */
import { catalogOf, type Streams } from "../sdk/src/source/plan.ts";
import type { Registry, RegistryEntry } from "../spec/src/index.ts";
import type { Package } from "./packages.ts";

export function registryOf(packages: readonly Package[]): Registry {
	return { version: 1, connectors: packages.map(entryOf) };
}

function entryOf({ folder, manifest, definition }: Package): RegistryEntry {
	const { title, owner, status, reads, conversions, file_extensions } = manifest.growthnav;
	return {
		name: definition.name,
		kind: definition.kind,
		package: manifest.name,
		bin: `${definition.kind}-${definition.name}`,
		version: manifest.version,
		title,
		owner,
		status,
		streams: streamsOf(definition),
		...(reads !== undefined && { reads }),
		...(conversions !== undefined && { conversions }),
		...(definition.kind === "destination" && { modes: definition.spec().supported_destination_sync_modes ?? [] }),
		...(file_extensions !== undefined && { file_extensions }),
		demo: manifest.exports["./demo"] !== undefined,
		docs: `${folder}/README.md`,
	};
}

/** None where the settings decide. */
function streamsOf(definition: Package["definition"]): RegistryEntry["streams"] {
	if (definition.kind === "destination" || typeof definition.streams === "function") return [];
	return catalogOf(definition, definition.streams as Streams, definition.name).streams.map((stream) => ({
		name: stream.name,
		key: (stream.source_defined_primary_key ?? []).map((path) => path.join(".")),
		...(stream.default_cursor_field !== undefined && { cursor: stream.default_cursor_field.join(".") }),
		conversions: [...new Set((stream.conversions ?? []).map(({ type }) => type))],
	}));
}
