/** From a pipeline file to a plan: both ends, or the one that a command needs. */
import type { JsonObject, Pipeline } from "@growthnav/spec";
import { allErrors, type ConnectorError } from "../../errors.ts";
import type { Demo } from "../../source/demo.ts";
import type { ConnectorKind } from "../connectors/connectors.ts";
import { openScratch, type Scratch } from "../connectors/scratch.ts";
import type { Host } from "../host.ts";
import { openRunFolder, type RunFolder } from "../run/folder.ts";
import { type Endpoint, endpoint, type PlanOptions, type Workshop } from "./endpoint.ts";
import type { PipelineFile } from "./file.ts";

export type { Endpoint, PlanOptions };

/** What every command on a pipeline works with. */
export interface PlanBase {
	/** The connection in the ledger, and the folder under `.growthnav`. */
	name: string;
	/** Absent only where there is no pipeline file. */
	customer: string | undefined;
	/** For messages and next steps: "acme.yaml", or what `sync` was given. */
	file: string;
	/** Where connectors start. */
	folder: string;
	account: string | undefined;
	streams: Pipeline["streams"];
	limits: NonNullable<Pipeline["limits"]>;
	schedule: Pipeline["schedule"];
	demo: Demo | undefined;
	/** Commands for next steps: "growthnav run acme.yaml", "growthnav rejects acme.yaml". */
	again: string;
	rejects: string;
	/** How to see what the source offers: "growthnav discover acme.yaml". */
	discover: string;
	/** How to read a stream again from its start: "growthnav state reset acme.yaml --stream orders". */
	reset(stream: string): string;
	host: Host;
	scratch: Scratch;
	runs: RunFolder;
	where: PipelineFile["where"];
	at: PipelineFile["at"];
	/** Ends a demo and removes the private folder. Always call it. */
	close(): Promise<void>;
}

/** For `discover` and `preview`: no destination is asked. */
export type SourcePlan = PlanBase & { source: Endpoint };
/** For `sql`, `state` and `rejects`: no secret of the source is needed. */
export type DestinationPlan = PlanBase & { destination: Endpoint };
/** For `run`. */
export type Plan = SourcePlan & DestinationPlan;

export type Planned<Of extends PlanBase = Plan> =
	| { plan: Of; errors?: never }
	| { plan?: never; errors: ConnectorError[] };

/** Both ends at the same time; everything that is wrong with either is told together. */
export async function planPipeline(file: PipelineFile, host: Host, options: PlanOptions = {}): Promise<Planned> {
	return planEnds(["source", "destination"], file, host, options) as Promise<Planned>;
}

export async function planSource(
	file: PipelineFile,
	host: Host,
	options: PlanOptions = {},
): Promise<Planned<SourcePlan>> {
	return planEnds(["source"], file, host, options) as Promise<Planned<SourcePlan>>;
}

export async function planDestination(
	file: PipelineFile,
	host: Host,
	options: PlanOptions = {},
): Promise<Planned<DestinationPlan>> {
	return planEnds(["destination"], file, host, options) as Promise<Planned<DestinationPlan>>;
}

async function planEnds(
	kinds: readonly ConnectorKind[],
	file: PipelineFile,
	host: Host,
	options: PlanOptions,
): Promise<Planned<PlanBase>> {
	const scratch = await openScratch(host);
	let demo: Demo | undefined;
	const close = async () => {
		await demo?.close();
		await scratch.remove();
	};
	try {
		const runs = openRunFolder(file.folder, file.pipeline.name);
		const keep = (started: Demo) => {
			demo = started;
		};
		const shop: Workshop = { file, host, scratch, runs, options, keep };
		const ends = await Promise.allSettled(kinds.map(async (kind) => [kind, await endpoint(kind, shop)] as const));
		const errors = ends.flatMap((end) => (end.status === "rejected" ? allErrors(end.reason) : []));
		if (errors.length > 0) {
			await close();
			return { errors };
		}
		const made: Partial<Record<ConnectorKind, Endpoint>> = Object.fromEntries(
			ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : [])),
		);
		return { plan: { ...baseOf(shop, made.destination?.config ?? {}), demo, close, ...made } };
	} catch (thrown) {
		await close();
		throw thrown;
	}
}

function baseOf(
	{ file, host, scratch, runs, options }: Workshop,
	destination: JsonObject,
): Omit<PlanBase, "demo" | "close"> {
	const { pipeline } = file;
	return {
		name: pipeline.name,
		customer: pipeline.customer,
		file: file.file,
		folder: file.folder,
		account: pipeline.source?.account,
		streams: pipeline.streams,
		limits: pipeline.limits ?? {},
		schedule: pipeline.schedule,
		again: options.again ?? `${host.program} run ${file.file}`,
		rejects: options.rejects?.(destination) ?? `${host.program} rejects ${file.file}`,
		discover: options.discover ?? `${host.program} discover ${file.file}`,
		reset: options.reset ?? ((stream) => `${host.program} state reset ${file.file} --stream ${stream}`),
		host,
		scratch,
		runs,
		where: file.where,
		at: file.at,
	};
}
