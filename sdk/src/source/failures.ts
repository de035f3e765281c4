/** Slices that failed: what concerns one of them alone, and how it is told. */
import { allErrors, type ConnectorError, inPlace, isConnectorError } from "../errors.ts";
import { listOf } from "../nearest.ts";

export interface Failure {
	/** Its id; "" where the stream has none, or where slices could not be found. */
	slice: string;
	error: unknown;
}

const OF_ONE = ["config.forbidden", "config.not_found"];
/** So many slices of one cause are named. */
const NAMED = 5;

/** A right that is missing, a place that is gone: as long as others can be read, the rest has no part in it. */
export function isOfOneSlice(error: unknown): boolean {
	return isConnectorError(error) && OF_ONE.includes(error.code);
}

/** One error for each cause, since slices often fail of the same; it says which they are. */
export function causesOf(failures: readonly Failure[]): ConnectorError[] {
	const causes = new Map<string, { error: ConnectorError; slices: Set<string> }>();
	for (const failure of failures) {
		for (const error of allErrors(failure.error)) {
			const kind = JSON.stringify([error.code, error.message, error.why]);
			const cause = causes.get(kind) ?? { error, slices: new Set() };
			causes.set(kind, cause);
			if (failure.slice !== "") cause.slices.add(failure.slice);
		}
	}
	return [...causes.values()].map(({ error, slices }) => inPlace(error, placesOf(error, [...slices])));
}

/** What is wrong with the key, or with the settings, is so for every slice. */
function placesOf(error: ConnectorError, slices: string[]): string[] {
	if (slices.length === 0 || (error.kind === "config" && !isOfOneSlice(error))) return [];
	return [`${slices.length === 1 ? "slice" : "slices"} ${listOf(slices, NAMED)}`];
}
