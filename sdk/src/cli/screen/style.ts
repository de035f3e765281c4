/** Colour and symbols. A word always says the same as the symbol or the colour. */
import { styleText } from "node:util";

export interface Style {
	/** Cells of a line. */
	width: number;
	bold(text: string): string;
	good(text: string): string;
	warn(text: string): string;
	bad(text: string): string;
	dim(text: string): string;
	ok: string;
	failed: string;
	cut: string;
	/** Sequences that move the cursor may be sent. */
	live: boolean;
	/** A person looks at it: long answers are shortened, ids may be cut. */
	isTerminal: boolean;
}

/** What decides the look; all of it comes from argv, the environment and the stream that is written to. */
export interface StyleFacts {
	env: Record<string, string | undefined>;
	isTerminal: boolean;
	columns: number | undefined;
	plain?: boolean;
	color?: boolean;
}

/** Order: --color, FORCE_COLOR, NO_COLOR, then whether that stream is a terminal. */
export function styleFor(facts: StyleFacts): Style {
	const { env, isTerminal } = facts;
	const symbols = !facts.plain && env.TERM !== "linux" && hasUtf8(env);
	const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
		wantsColor(facts) ? styleText(format, text, { validateStream: false }) : text;
	return {
		width: Math.min(facts.columns && facts.columns > 0 ? facts.columns : 80, 120),
		bold: paint("bold"),
		good: paint("green"),
		warn: paint("yellow"),
		bad: paint("red"),
		dim: paint("dim"),
		ok: symbols ? "✓" : "ok",
		failed: symbols ? "✗" : "FAILED",
		cut: symbols ? "…" : "...",
		isTerminal,
		live: isTerminal && !facts.plain && env.TERM !== "dumb" && !env.CI && (facts.columns ?? 80) >= 50,
	};
}

function wantsColor({ env, isTerminal, plain, color }: StyleFacts): boolean {
	if (plain) return false;
	if (color !== undefined) return color;
	if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "") return env.FORCE_COLOR !== "0";
	if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
	return isTerminal && env.TERM !== "dumb";
}

function hasUtf8(env: StyleFacts["env"]): boolean {
	const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
	return locale === undefined || locale === "" || /utf-?8/i.test(locale);
}
