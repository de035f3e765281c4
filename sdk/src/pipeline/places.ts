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
	const { where, next } = error;
	const locked = error.code === "transient.database_locked";
	if (where === undefined) return error;
	if (where.includes(plan.scratch.folder)) {
		const inScratch = () => where.replaceAll(`${plan.scratch.folder}/`, "");
		return renewed(error, inConfig(where, plan, end) ?? inCatalog(where, plan, streams) ?? inScratch(), next);
	}
	const found = inSettings(where, plan);
	return found === undefined && !locked
		? error
		: renewed(error, found ?? where, locked ? `close it, or ${plan.again} --wait 5m` : next);
}

function renewed(error: ConnectorError, where: string, next: string | undefined): ConnectorError {
	const { why, stream, retryAfter, cause } = error;
	return new ConnectorError(error.code as `${ConnectorError["kind"]}.${string}`, error.message, {
		where,
		...(why !== undefined && { why }),
		...(next !== undefined && { next }),
		...(stream !== undefined && { stream }),
		...(retryAfter !== undefined && { retryAfter }),
		cause,
	});
}

/** "path in the settings of duckdb", "customer_id in the settings of the destination" */
function inSettings(where: string, plan: AnyPlan): string | undefined {
	const [, setting, owner] = /^([\w.]+) in the settings of (?:the )?([\w-]+)$/.exec(where) ?? [];
	if (setting === undefined) return undefined;
	const end = (["destination", "source"] as const).find((one) => owner === one || plan[one]?.connector.name === owner);
	return end && plan.where([end, "config", ...partsOf(setting)]);
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
