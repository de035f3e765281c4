/** `growthnav sync <source> <destination>`: a run without a pipeline file. */
import type { JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { shellWord, type World } from "../world.ts";
import { execute, type Job, jobOf } from "./execute.ts";
import { secondsOf, tellOne } from "./run.ts";
import { commandOf, madePipeline, nameOf, settingsFile, sourceOf } from "./source-argument.ts";

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
	const { command } = world.terminal;
	const again = `${command} sync ${shellWord(source)} ${shellWord(destination)}${flags(options)}${world.passOn}`;
	// a store that is one file is asked by its name
	const rejects = (config: JsonObject) =>
		typeof config.path === "string" ? `${command} rejects ${shellWord(config.path)}` : again;
	const reset = (stream: string) =>
		`${command} state reset <file> --stream ${shellWord(stream)}, where <file> is this as a pipeline file with name: ${name}`;
	const given = { ...(options.sourceConfig && { config: options.sourceConfig }), demo: options.demo === true };
	const discover = commandOf("discover", source, given, world);
	const job = jobOf(name, async () => file, world, { plainSecrets: true, again, rejects, reset, discover });
	return tellOne(await execute([withCustomer(job, customer)], world, { wait: secondsOf(options.wait) }), world);
}

/** A destination of ours is of one customer, whom nothing but an option names here. */
function withCustomer(job: Job, customer: string | undefined): Job {
	if (customer !== undefined) return job;
	return {
		...job,
		async plan(signal, note) {
			const planned = await job.plan(signal, note);
			if (!planned.plan?.destination.spec.connectionSpecification.required?.includes("customer_id")) return planned;
			await planned.plan.close();
			const parts = {
				where: "--customer",
				why: "every conversion is of one",
				next: "add --customer and a name: --customer acme",
			};
			return { errors: [new ConnectorError("config.missing", "It is not said whose data this is", parts)] };
		},
	};
}

function flags(options: SyncOptions): string {
	const given: [string, string | undefined][] = [
		["--source-config", options.sourceConfig],
		["--destination-config", options.destinationConfig],
		["--customer", options.customer],
		["--name", options.name],
	];
	const words = given.flatMap(([flag, value]) => (value === undefined ? [] : [` ${flag} ${shellWord(value)}`]));
	return words.join("") + (options.demo ? " --demo" : "");
}
