/**
 * Removal of every secret value from any text that leaves the process. Secrets are registered once, where a config is
 * resolved; whoever writes to stdout, stderr, a log or a file calls `redact`, before cutting the text to a length.
 */

const SHORTEST = 6;
const forms = new Set<string>();
let search: Search | undefined;

/**
 * Remembers a secret in every encoding in which it may turn up: as it is, URL-encoded, base64 (also the inside of
 * Basic auth), JSON-escaped, in HTML; of several lines also each long line. Values shorter than six characters cannot
 * be removed without harm: they answer false, and the caller warns.
 */
export function registerSecret(value: string): boolean {
	const secret = value.toWellFormed();
	if (secret.trim().length < SHORTEST) return false;
	const lines = secret.split(/[\r\n]+/).filter((line) => line.length >= 16);
	for (const text of new Set([secret, secret.trim(), ...lines])) {
		for (const form of formsOf(text)) if (form.length >= SHORTEST) forms.add(form);
	}
	search = undefined;
	return true;
}

function formsOf(text: string): string[] {
	const escaped = JSON.stringify(text).slice(1, -1);
	const ascii = escaped.replace(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
	const json = [escaped, ascii, escaped.replaceAll("/", "\\/"), ascii.replaceAll("/", "\\/")];
	return [
		text,
		...urlForms(text),
		...json,
		...json.map((form) => JSON.stringify(form).slice(1, -1)),
		...base64Forms(text),
		text.replace(/[&<>"]/g, (one) => HTML[one]!),
		text.replace(/[&<>"']/g, (one) => HTML[one]!),
	];
}

const HTML: { [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Encoders differ in `!'()*~`, in blanks and in the case of their digits; a URL in a URL is encoded twice. */
function urlForms(text: string): string[] {
	const once = encodeURIComponent(text);
	const strict = once.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
	const form = new URLSearchParams({ v: text }).toString().slice(2);
	const upper = [once, strict, form, encodeURIComponent(once), encodeURI(text)];
	return [...upper, ...upper.map((one) => one.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

/** `user:secret` and `secret:` put the value at any of three offsets of the base64 text. */
function base64Forms(text: string): string[] {
	const bytes = Buffer.from(text);
	return [0, 1, 2].flatMap((offset) => {
		const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
		// characters that also depend on what stands before and after the secret are left out
		const own = whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
		return [own, own.replaceAll("+", "-").replaceAll("/", "_"), encodeURIComponent(own)];
	});
}

/** The text with every registered secret replaced by `***`; the same string where it holds none. */
export function redact(text: string): string {
	if (forms.size === 0 || text.length < SHORTEST) return text;
	search ??= searchFor(forms);
	let clean = "";
	let copied = 0;
	let [start, end] = [-1, -1];
	for (const [from, to] of matches(search, text)) {
		// secrets that overlap go as one
		if (from > end) {
			if (end > 0) {
				clean += `${text.slice(copied, start)}***`;
				copied = end;
			}
			start = from;
		}
		end = Math.max(end, to);
	}
	return end < 0 ? text : `${clean}${text.slice(copied, start)}***${text.slice(end)}`;
}

/** Of Wu and Manber: how far a window may move on, by the two characters at its end. */
interface Search {
	window: number;
	shifts: Uint8Array;
	/** Forms whose first `window` characters end in these two. */
	byEnd: Map<number, string[]>;
}

function searchFor(texts: Iterable<string>): Search {
	const all = [...texts];
	const window = Math.min(64, ...all.map((one) => one.length));
	const shifts = new Uint8Array(65_536).fill(window - 1);
	const byEnd = new Map<number, string[]>();
	for (const one of all) {
		for (let at = 1; at < window; at++) {
			const pair = pairAt(one, at);
			shifts[pair] = Math.min(shifts[pair]!, window - 1 - at);
		}
		const end = pairAt(one, window - 1);
		byEnd.set(end, [...(byEnd.get(end) ?? []), one]);
	}
	return { window, shifts, byEnd };
}

function pairAt(text: string, at: number): number {
	return (text.charCodeAt(at - 1) * 251 + text.charCodeAt(at)) & 0xffff;
}

function* matches({ window, shifts, byEnd }: Search, text: string): Generator<[from: number, to: number]> {
	for (let at = window - 1; at < text.length; ) {
		const pair = pairAt(text, at);
		const shift = shifts[pair]!;
		if (shift === 0) {
			const from = at - window + 1;
			for (const form of byEnd.get(pair)!) if (text.startsWith(form, from)) yield [from, from + form.length];
		}
		at += shift || 1;
	}
}

/** For tests. */
export function forgetSecrets(): void {
	forms.clear();
	search = undefined;
}
