/** Plans for one command: opened, used, closed; all that is wrong is thrown together. */
import { extname } from "node:path";
import { ConnectorError } from "../../errors.ts";
import { type Connector, listConnectors } from "../../pipeline/connectors/connectors.ts";
import {
	type DestinationPlan,
	type Plan,
	type PlanBase,
	type Planned,
	planDestination,
	planPipeline,
	planSource,
	type SourcePlan,
} from "../../pipeline/file/plan.ts";
import type { World } from "../world.ts";
import {
	commandOf,
	commandsOn,
	type GivenSource,
	isPipelineFile,
	loadedFile,
	madePipeline,
	nameOf,
	pipelineFor,
} from "./source-argument.ts";

async function using<Of extends PlanBase, T>(planned: Planned<Of>, work: (plan: Of) => Promise<T>): Promise<T> {
	if (planned.errors) throw new AggregateError(planned.errors, "the pipeline cannot be planned");
	try {
		return await work(planned.plan);
	} finally {
		await planned.plan.close();
	}
}

/** For discover and preview: the source alone. */
export async function withSource<T>(
	argument: string,
	given: GivenSource,
	world: World,
	work: (plan: SourcePlan) => Promise<T>,
): Promise<T> {
	const file = await pipelineFor(argument, given, world);
	const { demoHost, signal } = world;
	const commands = { ...commandsOn(argument, world), discover: commandOf("discover", argument, given, world) };
	const options = { demoHost, signal, plainSecrets: !isPipelineFile(argument), ...commands };
	return using(await planSource(file, world.host, options), work);
}

/** For sql, rejects and state: the destination of a pipeline file, or a store as a whole. */
export async function withStore<T>(
	argument: string,
	world: World,
	work: (plan: DestinationPlan) => Promise<T>,
): Promise<T> {
	const owner = await ownerOf(argument, world);
	const { signal } = world;
	if (owner === undefined) {
		const options = { signal, ...commandsOn(argument, world) };
		return using(await planDestination(await loadedFile(argument, world), world.host, options), work);
	}
	const file = madePipeline(
		{
			name: nameOf(argument),
			source: { connector: owner.name },
			destination: { connector: owner.name, config: { path: argument } },
		},
		argument,
		world,
	);
	const options = { wholeStore: true, plainSecrets: true, signal, ...commandsOn(argument, world) };
	return using(await planDestination(file, world.host, options), work);
}

/** For rejects --retry: both ends. */
export async function withPipeline<T>(argument: string, world: World, work: (plan: Plan) => Promise<T>): Promise<T> {
	if (!isPipelineFile(argument)) {
		throw new ConnectorError("config.needs_pipeline", `${argument} is no pipeline file`, {
			where: "--retry",
			why: "rows are tried again with the mapping and the schema of their pipeline",
			next: `${world.terminal.command} rejects <pipeline file> --retry`,
		});
	}
	const file = await loadedFile(argument, world);
	const { demoHost, signal } = world;
	return using(await planPipeline(file, world.host, { demoHost, signal, ...commandsOn(argument, world) }), work);
}

/** The destination that keeps its data in files with this ending; undefined for a pipeline file. */
async function ownerOf(argument: string, world: World): Promise<Connector | undefined> {
	if (isPipelineFile(argument)) return undefined;
	const ending = extname(argument).toLowerCase();
	const destinations = (await listConnectors(world.host)).filter(({ kind }) => kind === "destination");
	const owner = destinations.find(({ fileExtensions }) => fileExtensions.includes(ending));
	if (owner) return owner;
	const endings = destinations.flatMap(({ fileExtensions }) => fileExtensions);
	throw new ConnectorError("config.usage", `${argument} is neither a pipeline file nor a store`, {
		where: "the command line",
		why: `pipeline files end in .yaml, .yml or .json, stores in ${endings.join(", ")}`,
		next: "name one of these",
	});
}
