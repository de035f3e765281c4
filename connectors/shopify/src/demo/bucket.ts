/** The bucket of points that queries are paid from. A query needs room for what it may cost, and pays what it did. */
import type { JsonObject } from "@growthnav/sdk";

export interface BucketOptions {
	most: number;
	/** Points per second. */
	restores: number;
	/** The most that one query may ask for. */
	single?: number;
}

export interface Bucket {
	/** What is answered in place of data where there is no room; undefined where there is. */
	take(requested: number): JsonObject | undefined;
	/** Gives back what was not used; says how the bucket stands. */
	pay(requested: number, actual: number): JsonObject;
}

/** By the clock that a client waits by, in milliseconds. */
export function bucketOf({ most, restores, single = 1000 }: BucketOptions, clock: () => number): Bucket {
	let left = most;
	let at = clock();
	const refill = () => {
		const now = clock();
		left = Math.min(most, left + ((now - at) / 1000) * restores);
		at = now;
	};
	const cost = (requestedQueryCost: number, actualQueryCost: number | null): JsonObject => ({
		...{ requestedQueryCost, actualQueryCost },
		throttleStatus: { maximumAvailable: most, currentlyAvailable: Math.floor(left), restoreRate: restores },
	});
	return {
		take(requested) {
			refill();
			if (requested > single) {
				const message = `Query cost is ${requested}, which exceeds the single query max cost limit (${single}).`;
				const extensions = { code: "MAX_COST_EXCEEDED", cost: requested, maxCost: single };
				return { errors: [{ message, extensions }] };
			}
			if (requested > left) {
				const extensions = { code: "THROTTLED", documentation: "https://shopify.dev/api/usage/rate-limits" };
				return { errors: [{ message: "Throttled", extensions }], extensions: { cost: cost(requested, null) } };
			}
			left -= requested;
			return undefined;
		},
		pay(requested, actual) {
			left = Math.min(most, left + requested - actual);
			return cost(requested, actual);
		},
	};
}
