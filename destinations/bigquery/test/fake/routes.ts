/** Which function answers which path below `/bigquery/v2/projects/{project}/`. */
import { notFound } from "./refusal.ts";

export interface Asked {
	project: string;
	/** What stands for `:name` in the path. */
	parts: Record<string, string>;
	query: Record<string, string>;
	body: Record<string, unknown>;
	headers: Record<string, string>;
}

export interface Route {
	method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
	/** Segments, those with a colon standing for any. */
	path: string;
	answer(asked: Asked): Promise<Record<string, unknown> | undefined>;
}

export function routeFor(
	routes: readonly Route[],
	method: string,
	path: string,
): { route: Route; parts: Record<string, string> } {
	const given = path.split("/");
	for (const route of routes) {
		const parts = route.method === method ? matched(route.path.split("/"), given) : undefined;
		if (parts !== undefined) return { route, parts };
	}
	throw notFound(`Not found: ${method} ${path}`);
}

function matched(pattern: readonly string[], given: readonly string[]): Record<string, string> | undefined {
	if (pattern.length !== given.length) return undefined;
	const parts: Record<string, string> = {};
	for (const [at, segment] of pattern.entries()) {
		if (segment.startsWith(":")) parts[segment.slice(1)] = given[at]!;
		else if (segment !== given[at]) return undefined;
	}
	return parts;
}
