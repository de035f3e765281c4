/**
 * Toast's rate limits: fixed slices of time, counted apart for each restaurant (by the header), and for an address where
 * none is named. Every answer but a login's tells of the limit that is closest to being exceeded.
 */

interface Limit {
	by: "GLOBAL" | "API" | "ENDPOINT";
	requests: number;
	seconds: number;
	of?: RegExp;
}

const LIMITS: Limit[] = [
	{ by: "GLOBAL", requests: 20, seconds: 1 },
	{ by: "GLOBAL", requests: 10_000, seconds: 900 },
	{ by: "ENDPOINT", requests: 5, seconds: 1, of: /\/ordersBulk$/ },
];

export interface Counted {
	refused: boolean;
	headers: Record<string, string>;
}

/** Counts by `clock`; `date` is what the server's clock says at that moment. Milliseconds. */
export function counting(clock: () => number, date: () => number) {
	const used = new Map<string, number>();
	return (restaurant: string, path: string): Counted => {
		const now = clock();
		const states = LIMITS.filter(({ of }) => of === undefined || of.test(path)).map((limit, n) => {
			const slice = Math.floor(now / (limit.seconds * 1000));
			const key = `${restaurant} ${limit.of?.source ?? n} ${slice}`;
			const ends = (slice + 1) * limit.seconds * 1000;
			return { key, ends, by: limit.by, left: limit.requests - (used.get(key) ?? 0) };
		});
		const refused = states.some(({ left }) => left <= 0);
		if (!refused) for (const { key } of states) used.set(key, (used.get(key) ?? 0) + 1);
		const closest = states.reduce((a, b) => (b.left < a.left ? b : a));
		const seconds = Math.ceil((closest.ends - now) / 1000);
		return {
			refused,
			headers: {
				"x-toast-ratelimit-by": closest.by,
				"x-toast-ratelimit-remaining": String(Math.max(0, closest.left - 1)),
				"x-toast-ratelimit-reset": String(Math.floor(date() / 1000) + seconds),
				...(refused && { "retry-after": String(seconds) }),
			},
		};
	};
}
