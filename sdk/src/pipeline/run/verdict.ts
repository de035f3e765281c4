/** The end of a run: which failures are causes and which only follow from them, and the exit code. Pure. */
import { count } from "../../count.ts";
import { ConnectorError, exitCodeOf, worstExitCode } from "../../errors.ts";
import { distinctErrors, endInWords, kindOfExit, whyItEnded } from "../connectors/death.ts";
import { placedInFile } from "../file/places.ts";
import { dataErrors } from "./data-errors.ts";
import type { RunState } from "./run-state.ts";
import { readOf } from "./tally.ts";
import type { ConversionsEvent } from "./totals.ts";

export interface Verdict {
	/** Causes first. */
	errors: ConnectorError[];
	exitCode: number;
	status: "done" | "nothing_new" | "stopped" | "failed";
}

export function verdictOf(run: RunState, conversions: readonly ConversionsEvent[]): Verdict {
	const ofData = dataErrors(run, conversions);
	// what the destination says of refused rows is said here with the next step
	const ofProcesses = processErrors(run).filter(({ code }) => !ofData.some((error) => error.code === code));
	const found = [...run.ownErrors, ...ofProcesses, ...limitErrors(run), ...ofData];
	const errors = found.map((error) => placedInFile(error, run.plan, { streams: run.streams }));
	const codes = errors.map(exitCodeOf);
	const reason = run.stop.reason();
	const signalCode = reason === "SIGINT" ? 130 : reason === "SIGTERM" ? 143 : 0;
	const exitCode = codes.length > 0 ? worstExitCode(codes) : signalCode;
	const status =
		errors.length > 0 ? "failed" : reason !== undefined ? "stopped" : isNothingNew(run) ? "nothing_new" : "done";
	return { errors, exitCode, status: reason === "time_limit" && onlyTheLimit(errors) ? "stopped" : status };
}

function onlyTheLimit(errors: readonly ConnectorError[]): boolean {
	return errors.every(({ code }) => code === "transient.time_limit");
}

function isNothingNew(run: RunState): boolean {
	return (
		run.totals.counts().loaded === 0 &&
		run.tallies.all().every(({ committed }) => committed.loaded === 0 && committed.rejected === 0)
	);
}

/** The end that went away first is the cause; what the other one says of it is not news. */
function processErrors(run: RunState): ConnectorError[] {
	const stopped = run.stop.reason() !== undefined;
	const destinationErrors = errorsOfDestination(run);
	if (run.firstGone === "destination" && destinationErrors.length > 0) return destinationErrors;
	const sourceErrors = errorsOfSource(run, stopped);
	const cut = sourceErrors.length > 0 || stopped || run.ownErrors.length > 0;
	return [...sourceErrors, ...destinationErrors.filter((error) => !(cut && isAboutTheEnd(error)))];
}

/** A destination whose input ended too early says so; the reason is known better here. */
function isAboutTheEnd({ code }: ConnectorError): boolean {
	return code === "transient.incomplete" || code === "transient.destination_died" || code === "transient.stopped";
}

function errorsOfSource(run: RunState, stopped: boolean): ConnectorError[] {
	const { source, plan } = run;
	const told = distinctErrors(run.sourceErrors, plan.source.connector.program);
	// who was asked to stop may say so, and may end in any way
	if (stopped) return told.filter(({ kind }) => kind === "config" || kind === "data");
	if (told.length > 0 || !source || source.ended || source.exit.code === 0) return told.map((one) => placed(one, run));
	const reading = run.reading === undefined ? "" : `, reading ${run.reading}`;
	return [
		new ConnectorError(
			`${kindOfExit(source.exit)}.source_died`,
			`${plan.source.connector.program} ${endInWords(source.exit)}${reading}`,
			{
				where: placeOf(run),
				why: whyItEnded(source.exit, source.lastLines),
				next: `${plan.again} continues there; logs: ${logName(run)}`,
				...(run.reading !== undefined && { stream: run.reading }),
			},
		),
	];
}

function errorsOfDestination(run: RunState): ConnectorError[] {
	const { destination, plan } = run;
	const told = distinctErrors(run.destinationErrors, plan.destination.connector.program);
	if (told.length > 0 || !destination || destination.ended) return told.map((one) => placed(one, run));
	if (destination.exit.code === 0) return run.unconfirmed > 0 ? [notConfirmed(run)] : [];
	const epoch = run.epochs + 1;
	const table = run.tallies.all().find(({ stream }) => stream === run.reading)?.table;
	return [
		new ConnectorError(
			destination.exit.signal === null ? "internal.destination_died" : "transient.destination_died",
			`${plan.destination.connector.program} ${endInWords(destination.exit)} in epoch ${epoch}`,
			{
				where: `${plan.file}, run ${run.record.run}${table === undefined ? "" : `, table ${table}`}; the source was stopped`,
				why: whyItEnded(destination.exit, destination.lastLines),
				next: `${plan.again}; if it fails again, report it with ${logName(run)}, which holds no secret`,
			},
		),
	];
}

function notConfirmed(run: RunState): ConnectorError {
	const { program } = run.plan.destination.connector;
	return new ConnectorError("internal.not_confirmed", `${program} ended well and did not confirm what it was given`, {
		where: placeOf(run),
		why: `of ${run.statesSent} states ${run.unconfirmed} did not come back, so their rows may be lost`,
		next: `${run.plan.again} reads them again; report it to whoever made ${program}`,
	});
}

/** An error without a place of its own gets the run's. */
function placed(error: ConnectorError, run: RunState): ConnectorError {
	if (error.where !== undefined && error.next !== undefined) return error;
	return new ConnectorError(error.code as `${ConnectorError["kind"]}.${string}`, error.message, {
		where: error.where ?? placeOf(run),
		...(error.why !== undefined && { why: error.why }),
		next: error.next ?? `${run.plan.again}; logs: ${logName(run)}`,
		...(error.stream !== undefined && { stream: error.stream }),
	});
}

/** "acme.yaml, run 1, after orders row 9,384" */
export function placeOf(run: RunState): string {
	const tally = run.tallies.all().find(({ stream }) => stream === run.reading);
	const row = tally === undefined ? "" : `, after ${tally.stream} row ${count(readOf(tally))}`;
	return `${run.plan.file}, run ${run.record.run}${row}`;
}

/** ".growthnav/acme/1.log" */
export function logName({ plan, record }: Pick<RunState, "plan" | "record">): string {
	return `.growthnav/${plan.name}/${record.run}.log`;
}

function limitErrors(run: RunState): ConnectorError[] {
	if (run.stop.reason() !== "time_limit") return [];
	const { minutes } = run.plan.limits;
	return [
		new ConnectorError(
			"transient.time_limit",
			`The run reached its limit of ${minutes} ${minutes === 1 ? "minute" : "minutes"}`,
			{
				where: run.plan.where(["limits", "minutes"]),
				why: "it was stopped cleanly; what had a state is committed",
				next: `${run.plan.again} continues there; a longer limit is limits.minutes`,
			},
		),
	];
}
