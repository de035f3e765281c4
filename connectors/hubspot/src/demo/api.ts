/** The documented endpoints over the story: authorization, scopes, validation, paging, the recycle bin. */
import type { JsonObject } from "@growthnav/sdk";
import type { ScriptedAnswer, ScriptedRequest } from "@growthnav/sdk/testing";
import { type CrmRecord, type History, isArchived, isLive, isMerged, madeAt, survivorOf, versionAt } from "./events.ts";
import { ACCOUNT, KINDS, type Kind, owners, pipelines, propertyDefinitions } from "./portal.ts";
import { archivedRecordOf, recordOf } from "./record.ts";
import { errorAnswer, invalid, missingScopes, noCredentials } from "./refusal.ts";
import { search } from "./search.ts";

export interface Api {
	history: History;
	token: string;
	scopes: Set<string>;
	/** The server's clock, in milliseconds: what happened later is not there yet. */
	now: () => number;
	/** Milliseconds that the index of the search is behind. */
	indexLag: number;
	/** Associations of one record on a page. */
	associationsPage: number;
}

type Handler = (api: Api, request: ScriptedRequest, ...parts: string[]) => ScriptedAnswer;
interface Route {
	path: RegExp;
	/** One of them is enough. */
	scopes: (parts: string[]) => string[];
	handler: Handler;
}

const ofObject = ([kind]: string[]) => [`crm.objects.${kind}.read`];
const kinds = `(${KINDS.join("|")})`;
const route = (path: string, handler: Handler, scopes: Route["scopes"] = ofObject): Route => ({
	...{ path: new RegExp(`^${path}$`), handler, scopes },
});

const ROUTES: Route[] = [
	route(
		"GET /account-info/v3/details",
		() => ({ json: ACCOUNT }),
		() => [],
	),
	route("GET /crm/v3/owners", listOwners, () => ["crm.objects.owners.read"]),
	route(
		"GET /crm/v3/pipelines/deals",
		() => ({ json: { results: pipelines() } }),
		() => ["crm.objects.deals.read"],
	),
	route(`GET /crm/v3/properties/${kinds}`, (_, __, kind) => ({ json: { results: propertyDefinitions(kind as Kind) } })),
	route(`POST /crm/v3/objects/${kinds}/search`, searchObjects),
	route(`GET /crm/v3/objects/${kinds}`, listObjects),
	route(`POST /crm/v3/objects/${kinds}/batch/read`, readObjects),
	route(`POST /crm/v4/associations/${kinds}/${kinds}/batch/read`, readAssociations),
];

/** Longer ones are refused before anybody looks at them. */
const LONGEST_QUERY = 15_000;

/** Answers any request to the account; errors have HubSpot's shape. */
export function answer(api: Api, request: ScriptedRequest): ScriptedAnswer {
	if (request.headers.authorization !== `Bearer ${api.token}`) return noCredentials();
	if (JSON.stringify(request.query).length > LONGEST_QUERY)
		return { status: 414, body: "<html>414 Request-URI Too Large</html>" };
	for (const { path, handler, scopes } of ROUTES) {
		const found = path.exec(`${request.method} ${request.path}`);
		if (found === null) continue;
		const parts = found.slice(1);
		const wanted = scopes(parts);
		if (wanted.length > 0 && !wanted.some((scope) => api.scopes.has(scope))) return missingScopes(wanted);
		return handler(api, request, ...parts);
	}
	return errorAnswer(404, "OBJECT_NOT_FOUND", "Unable to find the requested resource.");
}

function searchObjects({ history, now, indexLag }: Api, request: ScriptedRequest, kind = ""): ScriptedAnswer {
	const records = history.records[kind as Kind];
	return search({ kind: kind as Kind, records, now: now(), indexed: now() - indexLag }, request);
}

/** By id. The deleted lie apart, for ninety days. */
function listObjects({ history, now }: Api, { query }: ScriptedRequest, kind = ""): ScriptedAnswer {
	const limit = Number(query.limit ?? 10);
	if (!(limit >= 1 && limit <= 100)) return invalid("limit must be between 1 and 100");
	const asked = (query.properties ?? "").split(",");
	const isWanted = (record: CrmRecord) =>
		query.archived === "true"
			? isArchived(record, now()) && now() - record.archivedAt! < 90 * 86_400_000
			: isLive(record, now());
	const all = history.records[kind as Kind].filter(isWanted).sort((a, b) => Number(a.id) - Number(b.id));
	const rest = all.filter(({ id }) => Number(id) > Number(query.after ?? 0));
	const page = rest.slice(0, limit);
	return {
		json: {
			results: page.map((record) => shown(record, now(), asked)),
			...(rest.length > limit && { paging: { next: { after: page.at(-1)!.id } } }),
		},
	};
}

const shown = (record: CrmRecord, now: number, asked: string[]): JsonObject =>
	isArchived(record, now) ? archivedRecordOf(record, asked) : recordOf(record, versionAt(record, now)!, asked);

interface Inputs {
	inputs?: { id: string; after?: string }[];
	properties?: string[];
}

const TIMES = { startedAt: "2026-08-01T00:00:00.000Z", completedAt: "2026-08-01T00:00:00.010Z", status: "COMPLETE" };
type Problem = [subCategory: string, message: string];

/** Some could not be had: the status is 207, and says which. */
function several(results: JsonObject[], problems: Problem[]): ScriptedAnswer {
	if (problems.length === 0) return { json: { ...TIMES, results } };
	const errors = problems.map(([subCategory, message]) => ({
		...{ status: "error", category: "OBJECT_NOT_FOUND", subCategory, message, context: {}, errors: [], links: {} },
	}));
	return { status: 207, json: { ...TIMES, results, numErrors: errors.length, errors } };
}

const known = new WeakMap<CrmRecord[], ReadonlyMap<string, CrmRecord>>();
function recordsById(records: CrmRecord[]): ReadonlyMap<string, CrmRecord> {
	const byId = known.get(records) ?? new Map(records.map((record) => [record.id, record]));
	known.set(records, byId);
	return byId;
}

/** A merged id is answered by the record that it became part of, under that one's id. */
function readObjects({ history, now }: Api, { body, query }: ScriptedRequest, kind = ""): ScriptedAnswer {
	const { inputs = [], properties = [] } = body as Inputs;
	if (inputs.length === 0 || inputs.length > 100) return invalid("Between 1 and 100 inputs are allowed");
	const byId = recordsById(history.records[kind as Kind]);
	const wanted = query.archived === "true";
	const found: CrmRecord[] = [];
	const missing: Problem[] = [];
	for (const { id } of inputs) {
		const record = byId.has(id) ? survivorOf(byId.get(id)!, now()) : undefined;
		if (record !== undefined && madeAt(record) <= now() && isArchived(record, now()) === wanted) found.push(record);
		else missing.push(["crm.objects.OBJECT_NOT_FOUND", `Could not get some ${kind}, they may be deleted: ${id}`]);
	}
	return several(
		found.map((record) => shown(record, now(), properties)),
		missing,
	);
}

/** The records that an id is associated with, page by page; an id without any is an error among the results. */
function readAssociations(api: Api, { body }: ScriptedRequest, from = "", to = ""): ScriptedAnswer {
	const { inputs = [] } = body as Inputs;
	if (inputs.length === 0 || inputs.length > 1000) return invalid("Between 1 and 1000 inputs are allowed");
	const { history, associationsPage } = api;
	const now = api.now();
	const targets = recordsById(history.records[to as Kind]);
	const sources = recordsById(history.records[from as Kind]);
	const results: JsonObject[] = [];
	const none: Problem[] = [];
	for (const { id, after = "0" } of inputs) {
		const all = (sources.get(id)?.associations ?? [])
			.filter((one) => one.to === to && !isArchived(targets.get(one.id)!, now))
			.map(({ id: other, types }) => ({ id: survivorOf(targets.get(other)!, now).id, types }));
		const source = sources.get(id);
		if (all.length === 0 || source === undefined || isMerged(source, now)) {
			none.push(["crm.associations.NO_ASSOCIATIONS_FOUND", `No ${to} is associated with ${from} ${id}.`]);
			continue;
		}
		const next = Number(after) + associationsPage;
		results.push({
			from: { id },
			to: all.slice(Number(after), next).map((one) => ({
				toObjectId: one.id,
				associationTypes: one.types.map(({ typeId, label }) => ({
					category: "HUBSPOT_DEFINED",
					typeId,
					label: label ?? null,
				})),
			})),
			...(next < all.length && { paging: { next: { after: String(next) } } }),
		});
	}
	return several(results, none);
}

function listOwners(_: Api, { query }: ScriptedRequest): ScriptedAnswer {
	const limit = Number(query.limit ?? 100);
	if (!(limit >= 1 && limit <= 500)) return invalid("limit must be between 1 and 500");
	const all = owners().filter(
		({ archived, id }) => archived === (query.archived === "true") && Number(id) > Number(query.after ?? 0),
	);
	const page = all.slice(0, limit);
	const next = all.length > limit && { paging: { next: { after: page.at(-1)!.id as string } } };
	return { json: { results: page, ...next } };
}
