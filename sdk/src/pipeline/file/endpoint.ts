/** One end of a pipeline: its connector found, its spec asked, its settings checked, complete and resolved. */
import type { JsonObject, SpecPayload } from "@growthnav/spec";
import { ConnectorError, isConnectorError } from "../../errors.ts";
import type { Demo } from "../../source/demo.ts";
import { type Connector, type ConnectorKind, findConnector } from "../connectors/connectors.ts";
import { asOne } from "../connectors/death.ts";
import { startDemo } from "../connectors/demo.ts";
import { askSpec, type OneShot } from "../connectors/one-shot.ts";
import type { Scratch } from "../connectors/scratch.ts";
import { type Host, type Parts, pathText } from "../host.ts";
import type { RunFolder } from "../run/folder.ts";
import { type RenewedConfig, withRenewals } from "../run/renewed.ts";
import type { PipelineFile } from "./file.ts";
import { isReference, resolveReferences } from "./references.ts";
import { plainSecrets, registerSecrets, typedReferences, unknownKeys } from "./settings.ts";
import { valueAt } from "./shape.ts";

/** One end of a pipeline, ready to be started. */
export interface Endpoint {
	connector: Connector;
	spec: SpecPayload;
	/** As the pipeline file has it, with what growthnav adds; references unresolved. */
	written: JsonObject;
	/** What the process gets. */
	config: JsonObject;
	/** "env:SQUARE_TOKEN" */
	references: string[];
	/** Of those, or of plain secrets by their settings' names, the ones too short to be removed from texts safely. */
	short: string[];
	/** Missing or plain secrets; empty unless `keepSecretErrors`. The config then has a placeholder in their place. */
	secretErrors: ConnectorError[];
	renewed: RenewedConfig;
	/** For commands of this connector alone. */
	ask: OneShot;
}

export interface PlanOptions {
	/** Module that hosts demos in a process; needed for `demo: true`. */
	demoHost?: string;
	/** A store that is asked as a whole, without a pipeline: no connection of its own. */
	wholeStore?: boolean;
	/** Configs were given by hand, not in a pipeline file: plain secrets may stand in them. */
	plainSecrets?: boolean;
	/** How to run this again; left out: `growthnav run <file>`. */
	again?: string;
	/** How to see what the source offers; left out: `growthnav discover <file>`. */
	discover?: string;
	/** How to see its rejects, by the destination's settings; left out: `growthnav rejects <file>`. */
	rejects?: (config: JsonObject) => string;
	/** How to read a stream again from its start; left out: `growthnav state reset <file> --stream <name>`. */
	reset?: (stream: string) => string;
	/** What connectors write to stderr or as LOG while they are asked; redacted. */
	onLog?: (from: ConnectorKind, line: string) => void;
	/** Ends what is being asked. */
	signal?: AbortSignal;
	/** For `check`: what is wrong with secrets is kept in `secretErrors` of the end, not an error of the plan. */
	keepSecretErrors?: boolean;
	/** Variables for connectors beside the few they get; for tests. */
	env?: Readonly<Record<string, string>>;
}

/** What both ends of a plan are made with. */
export interface Workshop {
	file: PipelineFile;
	host: Host;
	scratch: Scratch;
	runs: RunFolder;
	options: PlanOptions;
	keep(demo: Demo): void;
}

/** Throws all that is wrong with this end. */
export async function endpoint(kind: ConnectorKind, shop: Workshop): Promise<Endpoint> {
	const { file, host, scratch, options, runs } = shop;
	const named = file.pipeline[kind];
	const connector = await findConnector(named, kind, host).catch((thrown) => {
		throw placedAt(file.where([kind, named.command === undefined ? "connector" : "command"]), thrown);
	});
	const ask: OneShot = {
		connector,
		folder: file.folder,
		host,
		scratch,
		...(options.env && { env: options.env }),
		...(options.signal && { signal: options.signal }),
		onLog: (line) => options.onLog?.(kind, line),
	};
	const spec = await askSpec(ask);
	const written = await writtenConfig(kind, shop, connector, spec);
	const settings = await settle(kind, written, spec, connector, shop);
	const renewed = await withRenewals(settings.config, `${kind}.json`, runs);
	return {
		connector: connector.ours || speaksOurs(spec) ? { ...connector, ours: true } : connector,
		spec,
		written,
		config: renewed.config,
		references: settings.references,
		short: settings.short,
		secretErrors: settings.secretErrors,
		renewed,
		ask: { ...ask, onConfig: renewed.keep },
	};
}

/** What is wrong with a connector's name is wrong where it is named. */
function placedAt(where: string, thrown: unknown): unknown {
	if (!isConnectorError(thrown) || thrown.where !== undefined) return thrown;
	const { why, next, cause } = thrown;
	return new ConnectorError(thrown.code as `config.${string}`, thrown.message, {
		where,
		...(why !== undefined && { why }),
		...(next !== undefined && { next }),
		cause,
	});
}

/** What a destination of ours asks for beside its own settings, so that a plain command is known too. */
function speaksOurs({ connectionSpecification }: SpecPayload): boolean {
	const known = connectionSpecification.properties ?? {};
	return "customer_id" in known && "connection" in known;
}

/** The config as it is written, a demo's in its place, and for destinations what growthnav knows anyway. */
async function writtenConfig(
	kind: ConnectorKind,
	{ file, host, options, keep }: Workshop,
	connector: Connector,
	spec: SpecPayload,
): Promise<JsonObject> {
	const { source, destination } = file.pipeline;
	if (kind === "destination")
		return options.wholeStore
			? (destination.config ?? {})
			: withDefaults(destination.config ?? {}, file, connector, spec);
	if (!source.demo) return source.config ?? {};
	const demo = await startDemo(connector, options.demoHost ?? "", host);
	keep(demo);
	return demo.config;
}

/** The customer, the connection, and for a store that is one file its name: `acme.duckdb` beside the pipeline file. */
function withDefaults(
	config: JsonObject,
	file: PipelineFile,
	{ fileExtensions }: Connector,
	spec: SpecPayload,
): JsonObject {
	const { customer, name } = file.pipeline;
	const known = spec.connectionSpecification.properties ?? {};
	const [ending] = fileExtensions;
	if (config.customer_id !== undefined && customer !== undefined && config.customer_id !== customer) {
		throw new ConnectorError("config.customer_differs", "The pipeline and its destination name different customers", {
			where: file.where(["destination", "config", "customer_id"]),
			why: `the pipeline is of ${customer}`,
			next: "remove customer_id from the destination's settings; the pipeline's customer is used",
		});
	}
	return {
		...("path" in known && ending !== undefined && customer !== undefined && { path: `${customer}${ending}` }),
		...("connection" in known && { connection: name }),
		...config,
		...("customer_id" in known && customer !== undefined && { customer_id: customer }),
	};
}

/** Everything that can be seen without starting the connector: plain secrets, unknown keys, references. */
async function settle(
	kind: ConnectorKind,
	written: JsonObject,
	spec: SpecPayload,
	connector: Connector,
	{ file, host, options }: Workshop,
) {
	const schema = spec.connectionSpecification;
	const where = (path: Parts, part?: "key" | "value") => file.where([kind, "config", ...path], part);
	const context = { owner: connector.name, where };
	const isFile = file.pipeline.source.demo !== true || kind === "destination";
	const errors = isFile && !options.plainSecrets ? plainSecrets(schema, written, context) : [];
	if (connector.ours) errors.push(...unknownKeys(schema, written, context));
	const resolved = await resolveReferences(written, { host, folder: file.folder, file: file.file, where });
	errors.push(...resolved.errors);
	const secretErrors = options.keepSecretErrors ? errors.filter(({ code }) => code.startsWith("config.secret_")) : [];
	const others = errors.filter((error) => !secretErrors.includes(error));
	if (others.length > 0) throw asOne(others);
	const config = typedReferences(schema, written, resolved.config);
	// a reference is told by its own name, what was written by hand by that of its setting
	const byHand = registerSecrets(schema, config).filter((path) => !isReference(valueAt(written, path)));
	const short = [...resolved.short, ...new Set(byHand.map(pathText))];
	return { config, references: resolved.references, short, secretErrors };
}
