/** What each line of the input is, and who deals with it. */
import type { Catalog, ConfiguredCatalog, LogPayload, Message, TraceError, TracePayload } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { Arrived, ArrivedMessage } from "../protocol/message.ts";
import { redact } from "../redact.ts";
import type { Crash } from "./crash.ts";
import type { Strays } from "./rejects/strays.ts";
import type { Run } from "./run.ts";

export interface Intake {
	/** A promise where it takes time: a catalog. */
	take(arrived: Arrived): Promise<void> | undefined;
	run(): Run | undefined;
	/** The input is over. A torn last line is a line that is no message only where nothing is missing: else it is read again. */
	end(nothingMissing: boolean): void;
	/** The last line breaks off in its middle. */
	isTorn(): boolean;
	/** What the source said last of its own failure. */
	sourceError(): TraceError | undefined;
}

export interface IntakeContext {
	strays: Strays;
	/** Makes the run of a catalog. */
	open(catalog: ConfiguredCatalog | Catalog): Promise<Run>;
	/** Mappings of a source whose catalog was given. */
	describe(run: Run, catalog: Catalog): void;
	say(message: Message): void;
	crash: Crash | undefined;
}

/** Lines of a source that are no messages and are shown; more are counted. */
const MOST_LOGS = 100;
const LONGEST_LOG = 1_000;

export function openIntake(context: IntakeContext, given: Run | undefined): Intake {
	const { strays, crash } = context;
	let run = given;
	let describedBy: string | undefined;
	let sourceError: TraceError | undefined;
	let logs = 0;
	let torn: Extract<Arrived, { torn?: true }> | undefined;

	const takeCatalog = async (catalog: Catalog, text: string, number: number) => {
		if (given !== undefined) return context.describe(given, catalog);
		if (run === undefined) {
			run = await context.open(catalog);
			describedBy = text;
		} else if (describedBy !== text) {
			throw new ConnectorError("data.two_catalogs", "The source described its streams twice", {
				where: placeOf(number),
				why: "the second CATALOG is not the first; records before it were read by the first",
				next: "give the catalog with --catalog, or report it to the author of the source",
			});
		}
		crash?.("catalog");
	};

	const takeMessage = ({ message, text, number, bytes }: ArrivedMessage): Promise<void> | undefined => {
		switch (message.type) {
			case "RECORD":
				if (run === undefined) throw beforeCatalog(message.record.stream, number);
				run.takeRecord(message.record, number, bytes);
				crash?.("record");
				return undefined;
			case "STATE":
				if (run === undefined)
					throw beforeCatalog(message.state.stream?.stream_descriptor.name ?? "all streams", number);
				if (!KNOWN_STATES.has(message.state.type))
					takeLine(number, bytes, text, "unknown_state", "a STATE of no known type");
				else run.takeState(message.state, text, number);
				crash?.("state");
				return undefined;
			case "CATALOG":
				return takeCatalog(message.catalog, text, number);
			case "TRACE":
				takeTrace(message.trace, number);
				crash?.("trace");
				return undefined;
			case "LOG":
				takeLog(message.log, number, bytes);
				crash?.("log");
				return undefined;
			default:
				return undefined;
		}
	};

	const takeTrace = ({ error, stream_status: status }: TracePayload, number: number) => {
		if (error !== undefined) sourceError = error;
		if (status !== undefined) run?.takeStatus(status.stream_descriptor, status.status, number);
	};

	const takeLog = ({ reject }: LogPayload, number: number, bytes: number) => {
		if (reject === undefined || run === undefined) return;
		run.takeReject(reject, number, bytes);
	};

	const takeLine = (seq: number, bytes: number, raw: string, code: string, reason: string) =>
		strays.take(
			{ stream: "", namespace: undefined, bytes, seq },
			{ kind: "line", code, reason: `${placeOf(seq)}: ${reason}`, raw },
		);

	const takeLong = (arrived: Extract<Arrived, { oversize: object }>) => {
		const { stream = "", namespace, ...raw } = arrived.oversize;
		const reason = `${placeOf(arrived.number)} has ${raw.bytes} bytes, more than record_limit`;
		const letter = { kind: "line", code: "record_too_long", reason, raw } as const;
		const known = run?.find(stream, namespace);
		if (known === undefined)
			strays.take({ stream: "", namespace: undefined, bytes: raw.bytes, seq: arrived.number }, letter);
		else run!.refuse(known, letter, arrived.number, raw.bytes);
	};

	const takeUnread = (arrived: Extract<Arrived, { torn?: true }>) => {
		if (arrived.oversize !== undefined) takeLong(arrived);
		else takeLine(arrived.number, arrived.bytes, arrived.text, "no_message", arrived.garbage);
	};

	const takeText = (text: string) => {
		if (++logs > MOST_LOGS) return;
		const more = logs === MOST_LOGS ? " (more such lines are not shown)" : "";
		const message = `[source] ${redact(text).slice(0, LONGEST_LOG).toWellFormed()}${more}`;
		context.say({ type: "LOG", log: { level: "INFO", message } });
	};

	return {
		run: () => run,
		sourceError: () => sourceError,
		take(arrived) {
			if (arrived.message !== undefined) return takeMessage(arrived);
			if (arrived.log !== undefined) takeText(arrived.text);
			else if (arrived.torn === true) torn = arrived;
			else takeUnread(arrived);
			return undefined;
		},
		isTorn: () => torn !== undefined,
		end(nothingMissing) {
			if (nothingMissing && torn !== undefined) takeUnread(torn);
		},
	};
}

const KNOWN_STATES: ReadonlySet<string | undefined> = new Set([undefined, "STREAM", "GLOBAL", "LEGACY"]);

function placeOf(number: number): string {
	return `line ${number} of the input`;
}

function beforeCatalog(stream: string, number: number): ConnectorError {
	return new ConnectorError("data.record_before_catalog", `A message of ${stream} came before the catalog`, {
		where: placeOf(number),
		why: "nothing says yet which columns and key its rows have",
		next: "give the catalog with --catalog, or use a source that sends CATALOG first",
	});
}
