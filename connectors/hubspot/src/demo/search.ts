/** `POST /crm/v3/objects/{object}/search`, as strict and as late as HubSpot's. */
import type { ScriptedAnswer, ScriptedRequest } from "@growthnav/sdk/testing";
import { type CrmRecord, isLive, versionAt } from "./events.ts";
import { CHANGED, type Kind, typesOf } from "./portal.ts";
import { recordOf, valueIn } from "./record.ts";
import { invalid } from "./refusal.ts";

const CAP = 10_000;
const MOST = 200;
const LONGEST_BODY = 3000;
const OPERATORS: Record<string, (order: number) => boolean> = {
	EQ: (order) => order === 0,
	GT: (order) => order > 0,
	GTE: (order) => order >= 0,
	LT: (order) => order < 0,
	LTE: (order) => order <= 0,
};

interface Filter {
	propertyName: string;
	operator: string;
	value: string;
}

interface Search {
	filterGroups?: { filters: Filter[] }[];
	sorts?: { propertyName: string; direction: string }[];
	properties?: string[];
	limit?: number;
	after?: string | number;
}

export interface Searched {
	kind: Kind;
	records: CrmRecord[];
	now: number;
	/** What the index knows: records are found and sorted by how they were then, and shown as they are now. */
	indexed: number;
}

export function search({ kind, records, now, indexed }: Searched, { body }: ScriptedRequest): ScriptedAnswer {
	const asked = (body ?? {}) as Search;
	if (JSON.stringify(body).length > LONGEST_BODY) return invalid("The request body is longer than 3,000 characters");
	const wrong = whatIsWrong(asked, typesOf(kind));
	if (wrong !== undefined) return invalid(wrong);
	const { filterGroups = [], sorts = [], properties = [], limit = 10 } = asked;
	const after = Number(asked.after ?? 0);
	if (after + limit > CAP)
		return invalid(`The search endpoints are limited to ${CAP} total results for any given query.`);
	const found = records.filter((record) => {
		if (!isLive(record, indexed) || !isLive(record, now)) return false;
		return (
			filterGroups.length === 0 ||
			filterGroups.some(({ filters }) => filters.every((one) => holds(one, record, indexed)))
		);
	});
	const { propertyName = "hs_object_id", direction = "ASCENDING" } = sorts[0] ?? {};
	const sign = direction === "DESCENDING" ? -1 : 1;
	const placed = found.map((record) => ({
		record,
		at: comparable(record, propertyName, indexed),
	}));
	// nothing is promised about equal ones: here the younger stand first
	placed.sort((a, b) => sign * order(a.at, b.at) || order(Number(b.record.id), Number(a.record.id)));
	const page = placed.slice(after, after + limit);
	const next = after + limit;
	return {
		json: {
			total: found.length,
			results: page.map(({ record }) => recordOf(record, versionAt(record, now)!, properties)),
			...(next < found.length && { paging: { next: { after: String(next) } } }),
		},
	};
}

function whatIsWrong(
	{ filterGroups = [], sorts = [], limit = 10, after = 0 }: Search,
	types: ReadonlyMap<string, string>,
) {
	const filters = filterGroups.flatMap((group) => group.filters);
	if (!Number.isInteger(limit) || limit < 1 || limit > MOST) return `Page size must be between 1 and ${MOST}`;
	if (!/^\d+$/.test(String(after))) return "after must be a number";
	if (filterGroups.length > 5 || filters.length > 18 || filterGroups.some((group) => group.filters.length > 6))
		return "Too many filters";
	if (sorts.length > 1) return "Only one sort is allowed";
	for (const { propertyName, operator, value } of filters) {
		const type = types.get(propertyName);
		if (type === undefined) return `There was a problem with the request: property '${propertyName}' does not exist`;
		if (!Object.hasOwn(OPERATORS, operator)) return `operator ${operator} is not scripted`;
		if (typeof value !== "string") return "value must be a string";
		if ((type === "datetime" || type === "number") && !/^-?\d+(\.\d+)?$/.test(value))
			return `${value} is not a valid ${type} (milliseconds since the epoch)`;
	}
	const sort = sorts[0];
	if (sort !== undefined && (!types.has(sort.propertyName) || !/^(A|DE)SCENDING$/.test(sort.direction)))
		return `cannot sort by ${sort.propertyName} ${sort.direction}`;
	return undefined;
}

function holds({ propertyName, operator, value }: Filter, record: CrmRecord, indexed: number): boolean {
	const found = comparable(record, propertyName, indexed);
	const wanted = typeof found === "number" ? Number(value) : value;
	return found !== undefined && OPERATORS[operator]!(order(found, wanted));
}

/** Times and numbers as numbers. */
function comparable(record: CrmRecord, name: string, indexed: number): string | number | undefined {
	if (name === "hs_object_id") return Number(record.id);
	if (name === CHANGED[record.kind]) return versionAt(record, indexed)?.at;
	const value = valueIn(record, name, indexed);
	const type = typesOf(record.kind).get(name);
	if (value === undefined) return undefined;
	return type === "datetime" ? Date.parse(value) : type === "number" ? Number(value) : value;
}

const order = (a: string | number = "", b: string | number = ""): number => (a < b ? -1 : a > b ? 1 : 0);
