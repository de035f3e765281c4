/** Bulk operations: a query whose connections are read whole, in the background, into a file of JSON Lines elsewhere. */
import type { Json, JsonObject } from "@growthnav/sdk";
import type { Thing } from "./connection.ts";
import { isListed, type Listed } from "./connection.ts";
import { deniedIn, execute } from "./execute.ts";
import { type Field, literalOf, parseQuery, type Selection } from "./query.ts";
import { gid, instant } from "./records.ts";

export interface BulkOperations {
	run(query: string, grouped: boolean, now: number): Thing;
	look(id: string): Thing | null;
	/** The file of an operation; undefined when there is none of that name. */
	file(name: string): { lines: string; expired: boolean } | undefined;
	/** So many of the next operations are refused, since another one is under way. */
	busy(times: number): void;
	/** So many of the next looks find an operation still running. */
	slow(looks: number): void;
	/** The next operation fails, with a file of the first half of its lines; EXPIRED and CANCELED are states. */
	fail(code: "TIMEOUT" | "INTERNAL_SERVER_ERROR" | "EXPIRED" | "CANCELED"): void;
	/** The next file ends before its last record, as if it were whole. */
	shorten(): void;
	/** The files that exist can be had no more. */
	expire(): void;
}

interface Operation {
	id: string;
	query: string;
	created: number;
	lines: string[];
	/** Objects, and those at the root. */
	counts: [number, number];
	state: { status: string; errorCode: string | null };
	expired: boolean;
}

/** `root`: what can be asked for; `filesAt`: where files are, once the server that gives them listens. */
export function bulkOperations(
	root: () => Thing,
	filesAt: () => string,
	deny: (type: string) => Error | undefined,
): BulkOperations {
	const operations = new Map<string, Operation>();
	let refusals = 0;
	let runningLooks = 0;
	let failure: string | undefined;
	let isShort = false;

	const refused = (message: string, code: string): Thing => ({
		...{ __typename: "BulkOperationRunQueryPayload", bulkOperation: null },
		userErrors: [{ __typename: "BulkOperationUserError", field: code === "INVALID" ? ["query"] : null, message, code }],
	});

	function thing({ id, query, created, counts, state, lines }: Operation, running: boolean): Thing {
		const url = `${filesAt()}/shopify-tiers-assets-prod/bulk-${id.split("/").at(-1)}.jsonl?Expires=604800`;
		const isDone = !running && state.status === "COMPLETED";
		const isPartial = !running && state.status === "FAILED" && lines.length > 0;
		return {
			...{ __typename: "BulkOperation", id, query, type: "QUERY", createdAt: instant(created) },
			...{ status: running ? "RUNNING" : state.status, errorCode: running ? null : state.errorCode },
			...{ objectCount: String(counts[0]), rootObjectCount: String(counts[1]), fileSize: null },
			...{
				completedAt: isDone ? instant(created + 5000) : null,
				url: isDone && lines.length > 0 ? url : null,
			},
			partialDataUrl: isPartial ? url : null,
		};
	}

	return {
		run(query, grouped, now) {
			if (refusals > 0) {
				refusals--;
				return refused("A bulk query operation for this app and shop is already in progress.", "OPERATION_IN_PROGRESS");
			}
			const wrong = wrongWith(query);
			if (wrong !== undefined) return refused(wrong, "INVALID");
			const id = gid("BulkOperation", 4_000_000_000_001 + operations.size);
			const whole = exported(root(), query, grouped, deny);
			const state = whole.denied ? { status: "FAILED", errorCode: "ACCESS_DENIED" } : outcome(failure);
			const lines = state.status === "FAILED" ? whole.lines.slice(0, whole.lines.length / 2) : whole.lines;
			const operation: Operation = { id, query, created: now, expired: false, lines, counts: whole.counts, state };
			failure = undefined;
			operations.set(id, operation);
			const created = { ...thing(operation, true), status: "CREATED" };
			return { __typename: "BulkOperationRunQueryPayload", bulkOperation: created, userErrors: [] };
		},
		look(id) {
			const operation = operations.get(id);
			return operation === undefined ? null : thing(operation, runningLooks-- > 0);
		},
		file(name) {
			const operation = operations.get(gid("BulkOperation", name.replace(/^bulk-|\.jsonl$/g, "")));
			if (isShort) operation?.lines.splice(operation.lines.findLastIndex((line) => !line.includes("__parentId")));
			isShort = false;
			return operation && { lines: operation.lines.map((line) => `${line}\n`).join(""), expired: operation.expired };
		},
		busy: (times) => {
			refusals = times;
		},
		slow: (looks) => {
			runningLooks = looks;
		},
		fail: (code) => {
			failure = code;
		},
		shorten: () => {
			isShort = true;
		},
		expire: () => {
			for (const operation of operations.values()) {
				operation.expired = true;
				operation.state = { status: "EXPIRED", errorCode: null };
			}
		},
	};
}

function outcome(failure: string | undefined): Operation["state"] {
	if (failure === undefined) return { status: "COMPLETED", errorCode: null };
	if (failure === "EXPIRED" || failure === "CANCELED") return { status: failure, errorCode: null };
	return { status: "FAILED", errorCode: failure };
}

/** The rules of shopify.dev, "Perform bulk operations with the GraphQL Admin API", operation restrictions. */
function wrongWith(query: string): string | undefined {
	let selections: Selection[];
	try {
		selections = parseQuery(query).selections;
	} catch (error) {
		return `Invalid bulk query: ${(error as Error).message}`;
	}
	if (selections.length !== 1) return "Bulk queries must select exactly one top-level field.";
	let connections = 0;
	let wrong: string | undefined;
	const visit = (list: Selection[], depth: number, inList: boolean) => {
		for (const one of list) {
			if (one.kind === "on") visit(one.selections, depth, inList);
			else if (one.selections !== undefined) {
				const isConnection = one.selections.some(
					(part) => part.kind === "field" && ["edges", "nodes"].includes(part.name),
				);
				if (isConnection && inList)
					wrong ??= "Queries that contain a connection field within a list field are not currently supported.";
				if (isConnection) connections++;
				if (isConnection && depth > 2) wrong ??= "Queries cannot contain connections nested more than two levels deep.";
				if (isConnection && depth < 2 && nestsConnection(one) && !selectsId(one))
					wrong ??= `The parent 'node' field for a nested connection must select the 'id' field: ${one.name}.`;
				visit(one.selections, isConnection ? depth + 1 : depth, inList || LISTS.includes(one.name));
			}
		}
	};
	visit(selections, 0, false);
	if (connections === 0) wrong ??= "Bulk queries must contain at least one connection.";
	if (connections > 5) wrong ??= "Bulk queries cannot contain more than 5 connections.";
	return wrong;
}

/** Fields of this API that are plain lists of objects. */
const LISTS = ["refunds", "transactions", "accessScopes", "taxLines", "fulfillments"];

function nodeOf({ selections = [] }: Field): Selection[] {
	for (const part of selections) {
		if (part.kind !== "field") continue;
		if (part.name === "nodes") return part.selections ?? [];
		if (part.name === "edges")
			for (const edge of part.selections ?? [])
				if (edge.kind === "field" && edge.name === "node") return edge.selections ?? [];
	}
	return [];
}

const nestsConnection = (field: Field): boolean =>
	nodeOf(field).some((one) => one.kind === "field" && nodeOf(one).length > 0);
const selectsId = (field: Field): boolean => nodeOf(field).some((one) => one.kind === "field" && one.name === "id");

/** A line per object; children name their parent and, when grouped, stand right behind it. */
function exported(root: Thing, query: string, grouped: boolean, deny: (type: string) => Error | undefined) {
	const [field] = parseQuery(query).selections as [Field];
	const lines: string[] = [];
	const late: string[] = [];
	let roots = 0;
	let denied = false;
	const args = Object.fromEntries(Object.entries(field.arguments).map(([name, value]) => [name, literalOf(value, {})]));

	const write = (list: Listed, wanted: Selection[], parent: string | undefined) => {
		list.keys.forEach((_, at) => {
			const node = list.node(at) as Thing;
			const nested = wanted.filter((one): one is Field => one.kind === "field" && nodeOf(one).length > 0);
			const plain = wanted.filter((one) => !nested.includes(one as Field));
			const { data, errors } = execute(node, plain, {}, deny);
			denied ||= errors.length > 0;
			const line = JSON.stringify({
				...data,
				...(parent !== undefined && { __parentId: parent }),
			} satisfies JsonObject);
			if (parent === undefined) roots++;
			(grouped || parent === undefined ? lines : late).push(line);
			for (const inner of nested) {
				const children = (node[inner.name] as () => unknown)();
				if (isListed(children)) write(children, nodeOf(inner), String(data.id as Json));
			}
		});
	};
	try {
		write((root[field.name] as (args: JsonObject) => Listed)(args), nodeOf(field), undefined);
	} catch (error) {
		if (deniedIn(error) === undefined) throw error;
		denied = true;
	}
	const all = [...lines, ...late];
	return { lines: denied ? [] : all, counts: [all.length, roots] as [number, number], denied };
}
