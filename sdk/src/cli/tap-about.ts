/** What a source as a tap says of itself: `--about`, in the form that Meltano reads, and its help. */
import type { JsonSchema } from "@growthnav/spec";
import type { Source } from "../source/definition.ts";
import { specOf } from "../source/spec.ts";

const CAPABILITIES = ["about", "catalog", "discover", "properties", "state", "test", "activate-version"];

/** "json", or anything else for people. */
export function tapAbout(source: Source, format: string): string {
	const { name, title, version } = source;
	const { connectionSpecification, documentationUrl } = specOf(source);
	if (format !== "json") {
		const settings = Object.keys(connectionSpecification.properties ?? {});
		return `source-${name} ${version}, a Singer tap for ${title}\nSettings: ${settings.join(", ")}\nCapabilities: ${CAPABILITIES.join(", ")}\n`;
	}
	const about = {
		name: `source-${name}`,
		description: title,
		version,
		capabilities: CAPABILITIES,
		...(documentationUrl !== undefined && { documentation: documentationUrl }),
		settings: withSecrets(connectionSpecification),
	};
	return `${JSON.stringify(about, undefined, 2)}\n`;
}

/** Meltano knows a secret by `secret`. */
function withSecrets(schema: JsonSchema): JsonSchema {
	const { properties } = schema;
	return {
		...schema,
		...(schema.airbyte_secret === true && { secret: true }),
		...(properties !== undefined && {
			properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, withSecrets(one)])),
		}),
	};
}

export function tapHelp({ name, title }: Source): string {
	const program = `source-${name} --singer`;
	return `${program} --config <file> [options]      reads ${title} as a Singer tap

  --discover           its catalog, one JSON document
  --catalog <file>     what to read: the catalog with what is selected in it;
                       else everything. --properties <file> is the same
  --state <file>       where to go on: the last line that a target printed
  --test               tries the settings
  --namespace <name>   in place of ${name}, for a second account
  --about --format=json   -h, --help   --version

Example:  ${program} --config ${name}.json | target-jsonl > state.json
`;
}
