/** The settings of `--config`, as the connector's process gets them: references resolved, what was renewed in its place. */
import type { JsonObject, SpecPayload } from "@growthnav/spec";
import { asOne } from "../../pipeline/connectors/death.ts";
import { resolveReferences } from "../../pipeline/file/references.ts";
import { registerSecrets, typedReferences } from "../../pipeline/file/settings.ts";
import { pathText } from "../../pipeline/host.ts";
import { openRunFolder } from "../../pipeline/run/folder.ts";
import { type RenewedConfig, withRenewals } from "../../pipeline/run/renewed.ts";
import { nameOf, settingsFile } from "../commands/source-argument.ts";
import type { World } from "../world.ts";

/** Reads the file anew. Throws what is wrong with it; the connector itself looks at its keys and values. */
export async function settingsOf(
	file: string,
	name: string,
	{ connectionSpecification: schema }: SpecPayload,
	world: World,
): Promise<RenewedConfig> {
	const { host } = world;
	const written = settingsFile(file, world);
	const where = (path: readonly (string | number)[]) => `${file}, ${pathText(path)}`;
	const resolved = await resolveReferences(written, { host, folder: host.cwd, file, where });
	if (resolved.errors.length > 0) throw asOne(resolved.errors);
	const config: JsonObject = typedReferences(schema, written, resolved.config);
	registerSecrets(schema, config);
	return withRenewals(config, "source.json", openRunFolder(host.cwd, nameOf(name)));
}
