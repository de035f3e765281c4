/** Errors of connectors speak of the private files they were given; people know the pipeline file. */
import type { ConfiguredStream } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import type { Parts } from "../host.ts";
import type { Endpoint, PlanBase } from "./plan.ts";
import { secretReferences } from "./settings.ts";

/** A plan of either end or both. */
type AnyPlan = PlanBase & { source?: Endpoint; destination?: Endpoint };

interface Circumstances {
	end?: "source" | "destination";
	streams?: readonly ConfiguredStream[];
}

/**
 * The error with its place in the pipeline file, where it stands in a config or catalog that was made from that file, and
 * with commands that can be typed as they stand.
 */
export function placedInFile(error: ConnectorError, plan: AnyPlan, about: Circumstances = {}): ConnectorError {
	const found = placed(error, plan, about);
	const { where, next } = found;
	if (where === undefined || !next?.includes(DISCOVER)) return found;
	return renewed(found, { where, next: next.replace(DISCOVER, `${plan.discover} lists`) });
}

/** What rooms say that do not know how growthnav was started, and with what. */
const DISCOVER = "growthnav discover lists";

function placed(error: ConnectorError, plan: AnyPlan, { end, streams = [] }: Circumstances): ConnectorError {
	const { where } = error;
	if (where === undefined) return error;
	if (error.code === "config.state_incompatible" && error.stream !== undefined) {
		const next = `${plan.reset(error.stream)}; keyed rows replace themselves, so nothing doubles`;
		return renewed(error, { where: `the ledger of ${plan.name}${storeWords(plan)}`, next });
	}
	if (where.includes(plan.scratch.folder)) {
		const inScratch = () => where.replaceAll(`${plan.scratch.folder}/`, "");
		return renewed(error, { where: inConfig(where, plan, end) ?? inCatalog(where, plan, streams) ?? inScratch() });
	}
	const found = inSettings(where, plan);
	switch (error.code) {
		case "transient.database_locked":
			return renewed(error, { where: found ?? where, next: `close it, or ${plan.again} --wait 5m` });
		case "config.credentials":
			return withReference(error, where, plan);
		default:
			return found === undefined ? error : renewed(error, { where: found });
	}
}

/** Which secret was refused, and where it stands, where there is one only. */
function withReference(error: ConnectorError, where: string, { source, at }: AnyPlan): ConnectorError {
	const secrets = source ? secretReferences(source.spec.connectionSpecification, source.written) : [];
	const [secret] = secrets;
	if (secrets.length !== 1 || secret === undefined) return error;
	const place = `${where} (${at(["source", "config", ...secret.path])})`;
	return renewed(error, { message: `${error.message} of ${secret.reference}`, where: place });
}

function storeWords({ destination }: AnyPlan): string {
	const path = destination?.config.path;
	return typeof path === "string" ? ` in ${path.split(/[\\/]/).at(-1)}` : "";
}

function renewed(error: ConnectorError, parts: { message?: string; where: string; next?: string }): ConnectorError {
	const { why, stream, retryAfter, cause } = error;
	const next = parts.next ?? error.next;
	return new ConnectorError(error.code as `${ConnectorError["kind"]}.${string}`, parts.message ?? error.message, {
		where: parts.where,
		...(why !== undefined && { why }),
		...(next !== undefined && { next }),
		...(stream !== undefined && { stream }),
		...(retryAfter !== undefined && { retryAfter }),
		cause,
	});
}

/** "path in the settings of duckdb", "customer_id in the settings of the destination", or a setting of the source alone */
function inSettings(where: string, plan: AnyPlan): string | undefined {
	if (plan.source && Object.hasOwn(plan.source.written, where)) return plan.where(["source", "config", where]);
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
