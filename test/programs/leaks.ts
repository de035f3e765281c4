/** What a careless author, library or vendor puts where a secret may be seen. */

/** Settings with many secrets: `s0`, `s1`, ... */
export const SECRETS = 500;

export function secretNames(): string[] {
	return Array.from({ length: SECRETS }, (_, n) => `s${n}`);
}

/** The forms in which texts carry a secret. */
export function formsOf(secret: string): string[] {
	return [
		secret,
		JSON.stringify(secret).slice(1, -1),
		encodeURIComponent(secret),
		new URLSearchParams({ key: secret }).toString(),
		Buffer.from(secret).toString("base64"),
		Buffer.from(`user:${secret}`).toString("base64"),
		Buffer.from(`${secret}:`).toString("base64"),
	];
}

/** All of them in one text, each in a form of its own, as in a dump of an object. */
export function dumpOf(config: Record<string, unknown>): string {
	return secretNames()
		.flatMap((name, n) => {
			const secret = config[name];
			if (typeof secret !== "string") return [];
			const forms = formsOf(secret);
			return [forms[n % forms.length]];
		})
		.join(" | ");
}
