/** An error for people: what, where, why, next. */
import type { ErrorEvent } from "../../pipeline/events.ts";
import { redact } from "../../redact.ts";
import { visible } from "../../visible.ts";
import { count, plural } from "./numbers.ts";
import type { Style } from "./style.ts";
import { wrap } from "./text.ts";

export interface ShownError {
	code: string;
	message: string;
	where?: string | null | undefined;
	why?: string | null | undefined;
	/** What is safe already, where the run knows it. */
	kept?: string | undefined;
	next?: string | null | undefined;
}

/** Cells of "✗ ", or of the indent below it. */
const MARK = 4;

/** Lines of one error; long parts wrap under their label. `!` marks what did not stop the run. */
export function errorLines(error: ShownError, style: Style, mark = style.bad(style.failed)): string[] {
	const [head, ...rest] = wrap(`${error.code}   ${text(error.message)}`, Math.max(20, style.width - MARK));
	const lines = [`${mark} ${head!.replace(error.code, style.bold)}`, ...rest.map((line) => `    ${line}`)];
	for (const label of ["where", "why", "kept", "next"] as const) {
		const part = error[label];
		if (!part) continue;
		const [first, ...more] = wrap(text(part), Math.max(20, style.width - 9));
		lines.push(`  ${style.dim(label.padEnd(5))}  ${first}`, ...more.map((line) => `         ${line}`));
	}
	return lines;
}

function text(part: string): string {
	return visible(redact(part));
}

/** The `kept` line of an error in a run. */
export function keptLine({ kept_rows, again_rows }: Pick<ErrorEvent, "kept_rows" | "again_rows">): string | undefined {
	if (kept_rows === null || (kept_rows === 0 && again_rows === 0)) return undefined;
	const kept = kept_rows === 0 ? "nothing is committed" : `${plural(kept_rows, "row")} ${isAre(kept_rows)} committed`;
	const rows = kept_rows === 0 ? plural(again_rows ?? 0, "row") : count(again_rows ?? 0);
	const again =
		again_rows === null
			? "later ones are read again"
			: again_rows === 0
				? "none is read again"
				: `${rows} ${isAre(again_rows)} read again`;
	return `${kept}; ${again}; nothing is lost`;
}

function isAre(rows: number): string {
	return rows === 1 ? "is" : "are";
}
