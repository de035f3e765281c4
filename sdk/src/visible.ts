/** Text from outside is shown, never obeyed: one function for every terminal, log and table. */

// C0, DEL, C1, format characters (bidirectional controls, zero width), line and paragraph separators, lone surrogates
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;
const HIDDEN_ALL = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const JOINED_EMOJI = /^\p{Extended_Pictographic}[\p{Extended_Pictographic}\p{M}\p{Emoji_Modifier}\u200d]*$/u;

let segmenter: Intl.Segmenter | undefined;

/** What people take for one character. */
export function graphemes(text: string): Intl.Segments {
	// its tables take some 15 ms to load: only where a text needs them
	segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
	return segmenter.segment(text);
}

/**
 * The text with everything that a terminal would obey or hide made visible: `\x1b`, `\u202e`, line ends as `\n`.
 * The joiners inside an emoji stay.
 */
export function visible(text: string): string {
	if (!HIDDEN.test(text)) return text;
	let shown = "";
	for (const { segment } of graphemes(text)) {
		shown += segment.includes("\u200d") && JOINED_EMOJI.test(segment) ? segment : segment.replace(HIDDEN_ALL, escaped);
	}
	return shown;
}

function escaped(character: string): string {
	if (character === "\n") return "\\n";
	if (character === "\r") return "\\r";
	if (character === "\t") return "\\t";
	const code = character.codePointAt(0) ?? 0;
	if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
	return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\u{${code.toString(16)}}`;
}

/** A value as one line of JSON in which hidden characters are escapes; `JSON.stringify` alone leaves many as they are. */
export function visibleJson(value: unknown): string {
	return escapedJson(JSON.stringify(value));
}

/** The same for a text that is JSON already: one line of it. */
export function escapedJson(text: string): string {
	if (!HIDDEN.test(text)) return text;
	return text.replace(HIDDEN_ALL, (character) =>
		[...character]
			.flatMap((one) => Array.from({ length: one.length }, (_, unit) => one.charCodeAt(unit)))
			.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
			.join(""),
	);
}
