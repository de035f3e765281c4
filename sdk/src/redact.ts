/**
 * Removal of every secret value from any text that leaves the process. Secrets are registered once, where a config is
 * resolved; whoever writes to stdout, stderr, a log or a file calls `redact`.
 */

const forms = new Set<string>();
let pattern: RegExp | undefined;
const SHORTEST = 6;

/**
 * Remembers a secret in every encoding in which it may turn up: as it is, URL-encoded, base64 (also the inside of
 * Basic auth), JSON-escaped. Values shorter than six characters cannot be removed without harm: they answer false, and
 * the caller warns.
 */
export function registerSecret(value: string): boolean {
	if (value.length < SHORTEST) return false;
	const add = (form: string) => {
		if (form.length >= SHORTEST) forms.add(form);
	};
	add(value);
	add(encodeURIComponent(value));
	add(new URLSearchParams({ v: value }).toString().slice(2));
	add(JSON.stringify(value).slice(1, -1));
	add(JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1));
	for (const form of base64Forms(value)) add(form);
	for (const line of value.split(/\r?\n/)) if (line !== value && line.length >= 16) add(line);
	pattern = undefined;
	return true;
}

/** `user:secret` and `secret:` put the value at any of three offsets of the base64 text. */
function base64Forms(value: string): string[] {
	const bytes = Buffer.from(value);
	const texts = [bytes.toString("base64"), bytes.toString("base64url")];
	for (const offset of [0, 1, 2]) {
		const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
		// characters that also depend on what stands before and after the secret are left out
		texts.push(text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)));
	}
	return texts.map((text) => text.replace(/=+$/, ""));
}

/** The text with every registered secret replaced by `***`. */
export function redact(text: string): string {
	if (forms.size === 0) return text;
	pattern ??= new RegExp(
		[...forms]
			.sort((a, b) => b.length - a.length)
			.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
			.join("|"),
		"g",
	);
	return text.replace(pattern, "***");
}

/** For tests. */
export function forgetSecrets(): void {
	forms.clear();
	pattern = undefined;
}
