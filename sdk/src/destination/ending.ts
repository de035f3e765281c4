/** What a run must say of itself at its end, although every commit went well. */
import type { CommitReport } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import { listOf } from "../nearest.ts";
import type { Run } from "./run.ts";
import { DEAD_LETTERS } from "./tables/layout.ts";

/** What all commits of a run came to, stream by stream. */
export interface Sums {
	add(report: CommitReport): void;
	/** By table; streams that the catalog does not have by name. */
	known: Map<string, StreamSum>;
	unknown: Map<string, number>;
}

interface StreamSum {
	stream: string;
	read: number;
	rejected: number;
	/** The first reason for which a record was refused. */
	reason: string | undefined;
}

export function openSums(): Sums {
	const known = new Map<string, StreamSum>();
	const unknown = new Map<string, number>();
	return {
		known,
		unknown,
		add({ streams }) {
			for (const { stream, table, read, rejected, reasons } of streams) {
				if (table === DEAD_LETTERS) {
					if (stream !== "") unknown.set(stream, (unknown.get(stream) ?? 0) + read);
					continue;
				}
				const sum = known.get(table) ?? { stream, read: 0, rejected: 0, reason: undefined };
				sum.read += read;
				sum.rejected += rejected;
				sum.reason ??= reasons?.find((reason) => reason.kind === "record")?.reason;
				known.set(table, sum);
			}
		},
	};
}

/** `ended`: the input came to its end by itself; `reason`: why, where it is known. */
export function endingErrors(
	run: Run | undefined,
	ended: boolean,
	reason: string | undefined,
	sums: Sums,
): ConnectorError[] {
	const errors: (ConnectorError | undefined)[] = [];
	if (ended) errors.push(run === undefined ? noCatalog(reason) : incomplete(run, reason));
	errors.push(unknownStreams(sums));
	if (ended) errors.push(...allRefused(sums));
	return errors.filter((error) => error !== undefined);
}

function noCatalog(reason: string | undefined): ConnectorError {
	return new ConnectorError("transient.incomplete", "The input ended before it said which streams there are", {
		where: "the input, from its first line to its end",
		why: reason ?? "no CATALOG came, and none was given",
		next: "look at what the source says, then run again",
	});
}

function incomplete({ streams }: Run, reason: string | undefined): ConnectorError | undefined {
	const open = streams.filter((stream) => stream.status !== "complete" && !stream.failed);
	if (open.length === 0) return undefined;
	const names = listOf(open.map((stream) => stream.plan.stream));
	return new ConnectorError(
		"transient.incomplete",
		`The input ended before ${names} ${open.length === 1 ? "was" : "were"} complete`,
		{
			where: `${streams.length - open.length} of ${streams.length} streams ended`,
			why: reason ?? "the source ended without COMPLETE; it died, or it was stopped",
			next: "run again: everything up to the last STATE is committed, the rest is read again",
			...(open.length === 1 && { stream: open[0]!.plan.stream }),
		},
	);
}

function unknownStreams({ unknown }: Sums): ConnectorError | undefined {
	if (unknown.size === 0) return undefined;
	const rows = [...unknown.values()].reduce((sum, count) => sum + count, 0);
	return new ConnectorError("data.unknown_stream", `${rows} messages are of streams that the catalog does not have`, {
		where: listOf([...unknown.keys()]),
		why: "nothing says which columns and key their rows have; they are kept as dead letters",
		next: "add the streams to the catalog, or leave them out at the source",
	});
}

/** A stream of which nothing could be used is a failure, whatever is tolerated. */
function allRefused({ known }: Sums): ConnectorError[] {
	return [...known]
		.filter(([, { read, rejected }]) => read > 0 && read === rejected)
		.map(
			([table, { stream, read, reason }]) =>
				new ConnectorError("data.all_refused", `Every row of ${stream} was refused`, {
					where: `table ${table}, ${read} rows`,
					...(reason !== undefined && { why: reason }),
					next: "look at the dead letters; after a fix they can be tried again",
					stream,
				}),
		);
}
