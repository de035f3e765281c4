/** The requests of a try and where its rate budget stands, as lines of a panel. */
import type { Waiting } from "@growthnav/spec";
import { count } from "../../count.ts";
import type { BudgetLevel } from "../../http/budget.ts";
import { visible } from "../../visible.ts";
import { bytes, plural } from "./numbers.ts";
import type { Style } from "./style.ts";
import { type TableColumn, table } from "./table.ts";
import { wrapped } from "./text.ts";

/** A request as a person may see it: secrets and what is personal are taken out of its address. */
export interface TriedRequest {
	/** "check", "streams", or the stream that is being read. */
	for: string;
	method: string;
	/** Path and query; the whole address where it is not the base URL's. */
	url: string;
	status: number;
	/** Which try of it, from 1. */
	tried: number;
	ms: number;
	/** Of the answer, unpacked; null where it was read bit by bit. */
	bytes: number | null;
}

const COLUMNS: TableColumn[] = [
	{ head: "For", fit: "end" },
	{ head: "Request", fit: "end" },
	{ head: "Status", align: "right" },
	{ head: "Try", align: "right" },
	{ head: "ms", align: "right" },
	{ head: "Bytes", align: "right" },
];
/** Of more the first and the last are shown. */
const MOST = 12;
const MOST_WAITS = 3;

export function requestLines(requests: readonly TriedRequest[], waits: readonly Waiting[], style: Style): string[] {
	if (requests.length === 0 && waits.length === 0) return ["  none: it asked no server"];
	const shown =
		requests.length <= MOST ? [...requests] : [...requests.slice(0, MOST / 2), ...requests.slice(-MOST / 2)];
	const tries = requests.filter(({ tried }) => tried > 1).length;
	const columns = COLUMNS.filter(({ head }) => head !== "Try" || tries > 0);
	const cells = shown.map((one) => columns.map(({ head }) => CELLS[head]!(one)));
	const lines = table(columns, cells, style);
	if (requests.length > MOST) lines.splice(1 + MOST / 2, 0, `  ${count(requests.length - MOST)} more`);
	const size = requests.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
	const again = tries === 0 ? "" : `, ${tries} of them tried again`;
	return [...lines, `${plural(requests.length, "request")}${again}, ${bytes(size)}`, ...waitLines(waits, style)];
}

const CELLS: { [head: string]: (one: TriedRequest) => string } = {
	For: (one) => visible(one.for),
	Request: ({ method, url }) => visible(`${method} ${url}`),
	Status: ({ status }) => String(status),
	Try: ({ tried }) => (tried > 1 ? String(tried) : ""),
	// as wide in the next try, so that the eye finds everything where it was
	ms: ({ ms }) => count(ms).padStart(5),
	Bytes: ({ bytes: size }) => (size === null ? "-" : bytes(size)),
};

function waitLines(waits: readonly Waiting[], style: Style): string[] {
	const lines = waits.slice(-MOST_WAITS).flatMap(({ reason, wait_s, try: nth, of, request }) => {
		const why = {
			rate_limited: "the vendor limits the rate",
			retry: "trying again",
			locked: "locked",
			job: "the vendor is at work",
		}[reason];
		const tries = nth === undefined ? "" : `, try ${nth}${of === undefined ? "" : ` of ${of}`}`;
		return wrapped(visible(`! ${request ?? "it"}: ${why}, waited ${wait_s} s${tries}`), style.width).map(style.warn);
	});
	return waits.length > MOST_WAITS ? [...lines, `  and ${plural(waits.length - MOST_WAITS, "earlier wait")}`] : lines;
}

export function budgetLines(levels: readonly BudgetLevel[], style: Style): string[] {
	if (levels.length === 0) return ["  not asked"];
	return levels.flatMap(({ of, facts, waited_s }) => {
		const told = facts.map(factText);
		if (waited_s >= 0.1) told.push(`${waited_s.toFixed(1)} s waited for turns`);
		const whose = of === "" ? "" : `${of}: `;
		return wrapped(visible(`${whose}${told.join("; ")}`), style.width - 2).map((line) => `  ${line}`);
	});
}

function factText(fact: BudgetLevel["facts"][number]): string {
	switch (fact.rule) {
		case "at_once":
			return `at most ${count(fact.most)} at once`;
		case "evenly":
			return `at most ${number(fact.per_second)} a second`;
		case "window":
			return `${count(fact.used)} of ${count(fact.most)} in ${number(fact.seconds)} s`;
		case "points":
			return `${count(Math.floor(fact.left))} of ${count(Math.floor(fact.most))} points left, ${number(fact.per_second)} come back a second`;
		case "left":
			return `${count(Math.floor(fact.left))} left, full again in ${Math.ceil(fact.resets_in_s)} s`;
		case "pause":
			return `the vendor asked for silence, ${Math.ceil(fact.wait_s)} s more`;
	}
}

function number(value: number): string {
	return Number.isInteger(value) ? count(value) : String(Math.round(value * 100) / 100);
}
