/** `check`: every setting, secret and right is tried, nothing is written; failures come together. */
import { allErrors, ConnectorError, exitCodeOf, worstExitCode } from "../errors.ts";
import { redact } from "../redact.ts";
import { asOne, distinctErrors } from "./connectors/death.ts";
import { askCheck } from "./connectors/one-shot.ts";
import type { RunEvent } from "./events.ts";
import type { Loaded, PipelineFile } from "./file/file.ts";
import { placedInFile } from "./file/places.ts";
import {
	type DestinationPlan,
	type Endpoint,
	type PlanBase,
	type PlanOptions,
	planDestination,
	planSource,
	type SourcePlan,
} from "./file/plan.ts";
import type { Host } from "./host.ts";
import { configureFor, discoverStreams } from "./preview.ts";

export type CheckEvent = Extract<RunEvent, { event: "check" }>;

export interface Checked {
	/** 0, or 10 and its like. */
	exitCode: number;
	errors: ConnectorError[];
}

export interface CheckOptions extends PlanOptions {
	/** Told one by one, always in the order file, secrets, source, destination, mapping. */
	onEvent(event: CheckEvent): void;
}

/** Checks a pipeline file that was loaded, or the failure to load it. */
export async function checkPipeline(loaded: Loaded, host: Host, options: CheckOptions): Promise<Checked> {
	const errors: ConnectorError[] = [];
	const { onEvent } = options;
	const tell = (name: string, status: CheckEvent["status"], message: string, duration_s = 0) =>
		onEvent({ event: "check", name, status, message, duration_s });
	const failed = (name: string, found: readonly ConnectorError[], seconds = 0) => {
		errors.push(...found);
		tell(name, "failed", found.map(({ message }) => message).join("; "), seconds);
	};
	const { file } = loaded;
	if (!file) {
		failed("file", loaded.errors);
		for (const name of ["secrets", "source", "destination", "mapping"])
			tell(name, "not_tried", "the file must be read first");
		return { exitCode: worstExitCode(errors.map(exitCodeOf)), errors };
	}
	tell("file", "ok", `${file.file}, version 1`);
	const planning = { ...options, keepSecretErrors: true };
	const [source, destination] = await Promise.all([
		attempt(() => sourceFacts(file, host, planning)),
		attempt(() => destinationFacts(file, host, planning)),
	]);
	const secretErrors = [source, destination].flatMap((end) => end.facts?.secretErrors ?? []);
	const references = [source, destination].flatMap((end) => end.facts?.references ?? []);
	if (secretErrors.length > 0) failed("secrets", secretErrors);
	else tell("secrets", "ok", references.length === 0 ? "none" : `${references.length}: ${references.join(", ")}`);
	for (const [name, end] of [
		["source", source],
		["destination", destination],
	] as const) {
		if (end.errors.length > 0) failed(name, end.errors, end.seconds);
		else if (end.facts?.status === undefined) tell(name, "not_tried", "it needs the secret");
		else tell(name, "ok", end.facts.status, end.seconds);
	}
	const mapping = source.facts?.mapping;
	if (mapping?.errors && mapping.errors.length > 0) failed("mapping", mapping.errors);
	else if (mapping?.makes === undefined) tell("mapping", "not_tried", "it needs the streams of the source");
	else tell("mapping", "ok", mapping.makes);
	return { exitCode: worstExitCode(errors.map(exitCodeOf)), errors };
}

interface Facts {
	references: string[];
	secretErrors: ConnectorError[];
	/** "square: merchant Harbour Golf, 4 locations"; undefined: not tried, or it failed. */
	status?: string;
	/** What the connector says is wrong. */
	statusErrors?: ConnectorError[];
	mapping?: { makes?: string; errors?: ConnectorError[] };
}

interface Attempt {
	facts: Facts | undefined;
	errors: ConnectorError[];
	seconds: number;
}

async function attempt(work: () => Promise<Facts>): Promise<Attempt> {
	const started = performance.now();
	const seconds = () => Math.round(performance.now() - started) / 1000;
	try {
		const facts = await work();
		return { facts, errors: facts.statusErrors ?? [], seconds: seconds() };
	} catch (thrown) {
		return { facts: undefined, errors: allErrors(thrown), seconds: seconds() };
	}
}

async function sourceFacts(file: PipelineFile, host: Host, options: PlanOptions): Promise<Facts> {
	const { plan, errors } = await planSource(file, host, options);
	if (!plan) throw asOne(errors);
	try {
		const facts = await endFacts(plan.source, plan, "source");
		const works = facts.status !== undefined;
		// without its secret, or where it is refused, only a source that declares its streams can tell them
		const mapping = works || plan.source.connector.ours ? await mappingFacts(plan, works) : {};
		return { ...facts, mapping };
	} finally {
		await plan.close();
	}
}

async function destinationFacts(file: PipelineFile, host: Host, options: PlanOptions): Promise<Facts> {
	const { plan, errors } = await planDestination(file, host, options);
	if (!plan) throw asOne(errors);
	try {
		return await endFacts(plan.destination, plan, "destination");
	} finally {
		await plan.close();
	}
}

async function endFacts(
	endpoint: Endpoint,
	plan: PlanBase & Partial<SourcePlan & DestinationPlan>,
	end: "source" | "destination",
): Promise<Facts> {
	const { references, secretErrors } = endpoint;
	if (secretErrors.length > 0) return { references, secretErrors };
	try {
		return { references, secretErrors, status: await connectionStatus(endpoint, plan, end) };
	} catch (thrown) {
		return { references, secretErrors, statusErrors: allErrors(thrown) };
	}
}

/** The connector's sentence; throws what it says is wrong. */
async function connectionStatus(
	{ connector, ask, config }: Endpoint,
	plan: PlanBase & Partial<SourcePlan & DestinationPlan>,
	end: "source" | "destination",
): Promise<string> {
	const { status, message, error, errors } = await askCheck(ask, config);
	if (status === "SUCCEEDED") return message ? `${connector.name}: ${redact(message)}` : connector.name;
	const traces = errors ?? (error ? [error] : []);
	if (traces.length === 0) {
		throw new ConnectorError(
			"config.check_failed",
			message ? redact(message) : `${connector.program} refuses its settings`,
			{
				where: plan.where([end, "config"]),
				why: `${connector.program} says so`,
				next: "correct the settings",
			},
		);
	}
	throw asOne(distinctErrors(traces, connector.program).map((error) => placedInFile(error, plan, { end })));
}

/** "orders -> purchase, refunds -> refund"; `works`: the source could be reached. */
async function mappingFacts(plan: SourcePlan, works: boolean): Promise<NonNullable<Facts["mapping"]>> {
	try {
		const streams = configureFor(plan, await discoverStreams(plan));
		const makes = streams.flatMap(({ stream }) =>
			[...new Set((stream.conversions ?? []).map(({ type }) => type))].map((type) => `${stream.name} -> ${type}`),
		);
		return { makes: makes.length > 0 ? makes.join(", ") : "no stream has conversions" };
	} catch (thrown) {
		const errors = allErrors(thrown);
		// what is wrong with the secret or the connection is told already
		const own = errors.filter(
			({ code }) => works || code.startsWith("config.mapping") || code === "config.unknown_stream",
		);
		return own.length > 0 ? { errors: own } : {};
	}
}
