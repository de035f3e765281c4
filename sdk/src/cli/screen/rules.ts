/** Rules of a trial, one after the other: a line where it holds, what is wrong where it does not. */
import type { RunEvent } from "../../pipeline/events.ts";
import { visible } from "../../visible.ts";
import { duration } from "./numbers.ts";
import type { Style } from "./style.ts";
import { padEnd, wrap } from "./text.ts";

const NAME = 36;

export function ruleLines(event: Extract<RunEvent, { event: "rule" }>, style: Style): string[] {
	const { name, rule, status, findings, duration_s } = event;
	if (status === "not_tried") return [style.dim(`- ${padEnd(name, NAME)}  ${visible(findings.join(", "))}`)];
	const took = duration_s >= 1 ? `  ${style.dim(duration(duration_s))}` : "";
	if (status === "holds") return [`${style.good(style.ok)} ${padEnd(name, NAME)}${took}`.trimEnd()];
	const told = [`must hold: ${rule}`, ...findings].flatMap((text) => wrap(visible(text), style.width - 4));
	return [`${style.bad(style.failed)} ${name}${took}`, ...told.map((line) => `    ${line}`)];
}
