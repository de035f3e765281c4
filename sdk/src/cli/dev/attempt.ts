/** One try of a connector: its process started, what it tells gathered, and what its rows become. */
import type {
	Catalog,
	ConfiguredStream,
	ConnectionStatusPayload,
	Json,
	Message,
	TraceError,
	Waiting,
} from "@growthnav/spec";
import { allErrors, ConnectorError, fromTraceError } from "../../errors.ts";
import type { BudgetLevel } from "../../http/budget.ts";
import { diedError } from "../../pipeline/connectors/death.ts";
import { type Child, startChild } from "../../pipeline/connectors/process.ts";
import { configureCatalog } from "../../pipeline/file/catalog.ts";
import { mappingErrors } from "../../pipeline/file/mapping-check.ts";
import { registerSecrets } from "../../pipeline/file/settings.ts";
import { pathText } from "../../pipeline/host.ts";
import { becoming, type PreviewedRow, type Row } from "../../pipeline/preview.ts";
import type { RenewedConfig } from "../../pipeline/run/renewed.ts";
import { shownLine } from "../../pipeline/run/run-log.ts";
import { lineBatches } from "../../protocol/lines.ts";
import { parseJson } from "../../protocol/parse.ts";
import type { TriedRequest } from "../screen/dev-requests.ts";
import type { World } from "../world.ts";
import { settingsOf } from "./settings.ts";
import type { Subject } from "./subject.ts";
import type { StreamRead, Told, Trying } from "./told.ts";
import { placed } from "./where.ts";

export interface TriedStream {
	configured: ConfiguredStream;
	rows: PreviewedRow[];
	/** What it would save; undefined where no state came. */
	state: Json | undefined;
	read: StreamRead;
}

export interface Attempt {
	/** "teahouse 0.1.0" */
	connector: string;
	/** What its scripted source says of itself; undefined with settings. */
	demo: string | undefined;
	/** What its check said; undefined where it failed, or was not reached. */
	check: string | undefined;
	streams: TriedStream[];
	/** In their order. */
	requests: (TriedRequest | Waiting)[];
	budgets: BudgetLevel[];
	/** Its warnings, and what it printed: the last lines. */
	said: string[];
	errors: ConnectorError[];
	/** The module could be loaded. */
	loaded: boolean;
	seconds: number;
}

/** Seconds; so long nobody waits for a save. */
const DEADLINE = 120;
/** Milliseconds from the wish to stop to the end by force: a renewed token must reach us. */
const GRACE = 3_000;
const MOST_SAID = 10;

/** Answers also where it failed. Aborted: what came until then. The process is gone in any case. */
export async function attempt(subject: Subject, trying: Trying, world: World, signal: AbortSignal): Promise<Attempt> {
	const begun = performance.now();
	const gathered = gatherer(subject);
	const child = await startChild({
		argv: [world.host.node, world.devHost],
		args: [JSON.stringify(trying)],
		cwd: world.host.cwd,
		program: subject.name,
		host: world.host,
		input: true,
		onStderr: (line) => gathered.said(shownLine(line)),
	});
	const end = () => {
		child.terminate();
		setTimeout(() => void child.stop(0), GRACE).unref();
	};
	let late = false;
	const deadline = setTimeout(() => {
		late = true;
		end();
	}, DEADLINE * 1000);
	signal.addEventListener("abort", end, { once: true });
	if (signal.aborted) end();
	try {
		await listen(child, gathered, subject, world);
		const exit = await child.exited;
		if (late) gathered.failed(tooLate());
		else if (!signal.aborted && exit.code !== 0)
			gathered.failed(diedError("try_died", exit, child.lastLines(), `source-${subject.name}`));
	} catch (thrown) {
		gathered.failed(...allErrors(thrown));
	} finally {
		clearTimeout(deadline);
		signal.removeEventListener("abort", end);
		await child.stop();
	}
	return gathered.attempt(world, (performance.now() - begun) / 1000);
}

async function listen(child: Child, gathered: Gatherer, subject: Subject, world: World): Promise<void> {
	let renewed: RenewedConfig | undefined;
	for await (const lines of lineBatches(child.stdout)) {
		for (const { bytes } of lines.filter((line) => line.oversize === undefined)) {
			const told = parseJson(bytes.toString()) as unknown as Told;
			if ("loaded" in told && subject.config !== undefined) {
				renewed = await settingsOf(subject.config, subject.name, told.loaded.spec, world);
				child.stdin?.write(`${JSON.stringify(renewed.config)}\n`);
			}
			if ("message" in told && told.message.type === "CONTROL")
				await renewed?.keep(told.message.control.connectorConfig.config);
			gathered.heard(told);
		}
	}
}

interface Gatherer {
	heard(told: Told): void;
	said(line: string): void;
	failed(...errors: ConnectorError[]): void;
	attempt(world: World, seconds: number): Attempt;
}

function gatherer(subject: Subject): Gatherer {
	const program = `source-${subject.name}`;
	let loaded: Extract<Told, { loaded: object }>["loaded"] | undefined;
	let demo: string | undefined;
	let check: string | undefined;
	let catalog: Catalog | undefined;
	const rows = new Map<string, Row[]>();
	const states = new Map<string, Json>();
	const reads = new Map<string, StreamRead>();
	const requests: Attempt["requests"] = [];
	const budgets = new Map<string, BudgetLevel>();
	const said: string[] = [];
	const errors: ConnectorError[] = [];
	const say = (line: string) => {
		said.push(line);
		if (said.length > MOST_SAID) said.shift();
	};
	const failed = (...traces: TraceError[]) =>
		errors.push(
			...traces.flatMap((trace) => placed(fromTraceError(trace, program), trace.stack_trace, subject.folder)),
		);
	const add = (stream: string, row: Row) => {
		const before = rows.get(stream);
		if (before === undefined) rows.set(stream, [row]);
		else before.push(row);
	};

	const message = (one: Message) => {
		if (one.type === "CATALOG") catalog = one.catalog;
		else if (one.type === "RECORD") add(one.record.stream, { record: one.record.data });
		else if (one.type === "STATE" && one.state.stream !== undefined)
			states.set(one.state.stream.stream_descriptor.name, one.state.stream.stream_state ?? null);
		else if (one.type === "TRACE" && one.trace.error !== undefined) failed(one.trace.error);
		else if (one.type === "LOG") {
			const { reject, waiting, level, message: text } = one.log;
			if (reject !== undefined) add(reject.stream, { reject });
			else if (waiting !== undefined) requests.push(waiting);
			else if (level !== "INFO") say(shownLine(text));
		}
	};

	return {
		said: say,
		failed: (...more) => void errors.push(...more),
		heard(told) {
			if ("loaded" in told) loaded = told.loaded;
			else if ("demo" in told) {
				registerSecrets(loaded!.spec.connectionSpecification, told.demo.config);
				demo = told.demo.says;
			} else if ("check" in told) {
				if (told.check.status === "SUCCEEDED") check = told.check.message ?? "";
				else failed(...failuresOf(told.check));
			} else if ("request" in told) requests.push(told.request);
			else if ("budget" in told) budgets.set(told.budget.of, told.budget);
			else if ("message" in told) message(told.message);
			else if ("read" in told) reads.set(told.read.stream, told.read);
			else failed(told.failed);
		},
		attempt(world, seconds) {
			const streams = streamsOf(catalog, subject, world, errors).map((configured) => {
				const { name } = configured.stream;
				const read = reads.get(name) ?? { stream: name, pages: 0, rows: 0, whole: false };
				const became = becoming(rows.get(name) ?? [], configured, undefined);
				return { configured, rows: became, state: states.get(name), read };
			});
			return {
				connector: loaded === undefined ? subject.name : `${loaded.name} ${loaded.version}`,
				...{ demo, check, streams, requests, budgets: [...budgets.values()], said },
				errors: onceEach(errors),
				loaded: loaded !== undefined,
				seconds,
			};
		},
	};
}

function failuresOf({ errors, error, message }: ConnectionStatusPayload): TraceError[] {
	return errors ?? [error ?? { message: message ?? "its check failed" }];
}

/** As they would be read; what is wrong with their mappings joins the errors. */
function streamsOf(
	catalog: Catalog | undefined,
	{ name }: Subject,
	{ host }: World,
	errors: ConnectorError[],
): ConfiguredStream[] {
	if (catalog === undefined) return [];
	const where = (path: readonly (string | number)[]) => pathText(path);
	const wishes = { streams: undefined, account: undefined, source: name, destination: "", writes: undefined };
	const { streams, errors: wrong } = configureCatalog(catalog, { ...wishes, startedAt: host.now(), where });
	errors.push(...wrong, ...mappingErrors(streams, where));
	return streams;
}

/** A source may tell the same error for every slice. */
function onceEach(errors: readonly ConnectorError[]): ConnectorError[] {
	return [
		...new Map(errors.map((error) => [JSON.stringify([error.code, error.message, error.where]), error])).values(),
	];
}

function tooLate(): ConnectorError {
	return new ConnectorError("transient.try_too_long", `The try was ended after ${DEADLINE} s`, {
		why: "the vendor was slow, or limits the rate",
		next: "--stream <name> reads less; save again to try again",
	});
}
