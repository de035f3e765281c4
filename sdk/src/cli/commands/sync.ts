/** `growthnav sync <source> <destination>`: a run without a pipeline file. */
import type { JsonObject } from "@growthnav/spec";
import type { World } from "../world.ts";
import { execute, jobOf } from "./execute.ts";
import { secondsOf, tellOne } from "./run.ts";
import { madePipeline, nameOf, quoted, settingsFile, sourceOf } from "./source-argument.ts";

interface SyncOptions {
	sourceConfig?: string;
	destinationConfig?: string;
	customer?: string;
	name?: string;
	demo?: boolean;
	wait?: string;
}

export async function sync(
	world: World,
	options: SyncOptions,
	[source, destination]: [string, string],
): Promise<number> {
	const config = options.sourceConfig === undefined ? undefined : settingsFile(options.sourceConfig, world);
	const target: JsonObject =
		options.destinationConfig === undefined ? {} : settingsFile(options.destinationConfig, world);
	const customer = options.customer ?? (typeof target.customer_id === "string" ? target.customer_id : undefined);
	const { connection } = target;
	const name =
		options.name ?? (typeof connection === "string" ? connection : `${nameOf(source)}-${nameOf(destination)}`);
	const file = madePipeline(
		{
			name,
			...(customer !== undefined && { customer }),
			source: {
				...sourceOf(source),
				...(options.demo === true && { demo: true as const }),
				...(config !== undefined && { config }),
			},
			destination: {
				...sourceOf(destination),
				config: { ...target, ...("connection" in target && { connection: name }) },
			},
		},
		options.sourceConfig ?? `${source} -> ${destination}`,
		world,
	);
	const again = `${world.host.program} sync ${quoted(source)} ${quoted(destination)}${flags(options)}`;
	// a store that is one file is asked by its name
	const rejects = typeof target.path === "string" && {
		rejects: `${world.host.program} rejects ${quoted(target.path)}`,
	};
	const ends = { source: nameOf(source), destination: nameOf(destination) };
	const job = jobOf(name, ends, async () => file, world, { plainSecrets: true, again, ...rejects });
	return tellOne(await execute([job], world, { wait: secondsOf(options.wait) }), world);
}

function flags(options: SyncOptions): string {
	const given: [string, string | undefined][] = [
		["--source-config", options.sourceConfig],
		["--destination-config", options.destinationConfig],
		["--customer", options.customer],
		["--name", options.name],
	];
	const words = given.flatMap(([flag, value]) => (value === undefined ? [] : [` ${flag} ${quoted(value)}`]));
	return words.join("") + (options.demo ? " --demo" : "");
}
