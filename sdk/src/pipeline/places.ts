/** Errors of connectors speak of the private files they were given; people know the pipeline file. */
import type { ConfiguredStream } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { Parts } from "./host.ts";
import type { Endpoint, PlanBase } from "./plan.ts";

/** A plan of either end or both. */
type AnyPlan = PlanBase & { source?: Endpoint; destination?: Endpoint };

/** The error with its place in the pipeline file, where it stands in a config or catalog that was made from that file. */
export function placedInFile(
	error: ConnectorError,
	plan: AnyPlan,
	{ end, streams = [] }: { end?: "source" | "destination"; streams?: readonly ConfiguredStream[] } = {},
): ConnectorError {
	const { where } = error;
	if (where === undefined || !where.includes(plan.scratch.folder)) return error;
	const found =
		inConfig(where, plan, end) ?? inCatalog(where, plan, streams) ?? where.replaceAll(`${plan.scratch.folder}/`, "");
	const { why, next, stream, retryAfter, cause } = error;
	return new ConnectorError(error.code as `${ConnectorError["kind"]}.${string}`, error.message, {
		where: found,
		...(why !== undefined && { why }),
		...(next !== undefined && { next }),
		...(stream !== undefined && { stream }),
		...(retryAfter !== undefined && { retryAfter }),
		cause,
	});
}

/** "…/3-config.json:9:5, access_token": a place in the settings of one end, or of either where it is not said which. */
function inConfig(where: string, plan: AnyPlan, end?: "source" | "destination"): string | undefined {
	const path = /[\\/]\d+-config\.json(?::\d+:\d+)?(?:, (.+))?$/.exec(where)?.[1];
	if (path === undefined) return undefined;
	const parts = partsOf(path);
	const first = String(parts[0]);
	const owner =
		end ?? (plan.source && first in plan.source.config ? "source" : plan.destination ? "destination" : "source");
	const known = Object.hasOwn(plan[owner]?.written ?? {}, first);
	return plan.where([owner, "config", ...parts], known ? "value" : "key");
}

/** "…/5-catalog.json, streams[2].stream.conversions[0].columns.value" */
function inCatalog(where: string, plan: AnyPlan, streams: readonly ConfiguredStream[]): string | undefined {
	const found = /[\\/]\d+-catalog\.json(?::\d+:\d+)?, streams\[(\d+)\](?:\.stream)?(?:\.(.+))?$/.exec(where);
	const name = streams[Number(found?.[1])]?.stream.name;
	return found && name !== undefined ? plan.where(["streams", name, ...partsOf(found[2] ?? "")]) : undefined;
}

/** `a.b[0].c` → a, b, 0, c */
function partsOf(path: string): Parts {
	return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
		index === undefined ? name! : Number(index),
	);
}
