/** Operations of an OpenAPI document that list records, and how they are paged. */
import { followed, type OpenApi, type Operation, type Parameter, type Schema, schemaOf } from "./document.ts";

export interface ListOperation {
	/** "payments" */
	stream: string;
	method: "GET" | "POST";
	/** "/v2/payments" */
	path: string;
	/** Names in braces of the path. */
	parents: string[];
	summary: string;
	/** The member of the answer that holds the rows; undefined where the answer is the list. */
	rows: string | undefined;
	row: Schema;
	/** Members of the request: of the query, or of the body of a POST. */
	asks: Map<string, Schema>;
	/** Members of the answer. */
	tells: string[];
}

/** In the order of the document; names are distinct. */
export function listOperations(document: OpenApi): ListOperation[] {
	const found = Object.entries(document.paths).flatMap(([path, item]) =>
		(["get", "post"] as const).flatMap((method) => {
			const operation = item?.[method];
			return operation === undefined ? [] : (listOf(path, method, operation, item?.parameters ?? [], document) ?? []);
		}),
	);
	const names = new Map<string, number>();
	return found.map((one) => {
		const times = (names.get(one.stream) ?? 0) + 1;
		names.set(one.stream, times);
		return times === 1 ? one : { ...one, stream: `${one.stream}_${times}` };
	});
}

function listOf(
	path: string,
	method: "get" | "post",
	operation: Operation,
	common: Parameter[],
	document: OpenApi,
): ListOperation | undefined {
	const answer = schemaOf(jsonOf(operation.responses?.["200"]?.content), document);
	const body = schemaOf(jsonOf(operation.requestBody?.content), document).properties ?? {};
	// a POST lists only where it is a search
	if (method === "post" && !/\/(search|query|list)[^/]*$/.test(path)) return undefined;
	const rows = rowsOf(answer, path, document);
	if (rows === undefined) return undefined;
	const parameters = [...common, ...(operation.parameters ?? [])].map((one) => followed(one, document));
	const query = parameters
		.filter((one) => one.in === "query")
		.map((one) => [one.name, { ...one.schema, description: one.description ?? "" }] as const);
	const told = Object.keys(answer.properties ?? {});
	return {
		stream: streamName(path, rows.name),
		method: method === "get" ? "GET" : "POST",
		path,
		parents: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!),
		summary: sentence(operation.summary ?? operation.description ?? ""),
		rows: rows.name,
		row: rows.schema,
		asks: new Map<string, Schema>(method === "get" ? query : Object.entries(body)),
		tells: told,
	};
}

function jsonOf(content: Record<string, { schema?: Schema } | undefined> | undefined): Schema | undefined {
	return Object.entries(content ?? {}).find(([type]) => /json/.test(type))?.[1]?.schema;
}

/** The list of objects that an answer is or has; of several the one that the path names. */
function rowsOf(
	answer: Schema,
	path: string,
	document: OpenApi,
): { name: string | undefined; schema: Schema } | undefined {
	const itemsOf = (schema: Schema) => {
		const list = schemaOf(schema, document);
		const items = schemaOf(list.items, document);
		return list.type === "array" && Object.keys(items.properties ?? {}).length > 1 ? items : undefined;
	};
	const whole = itemsOf(answer);
	if (whole !== undefined) return { name: undefined, schema: whole };
	const lists = Object.entries(answer.properties ?? {}).flatMap(([name, schema]) => {
		const items = /^(errors|warnings|links)$/.test(name) ? undefined : itemsOf(schema);
		return items === undefined ? [] : [{ name, schema: items }];
	});
	return lists.length === 1 ? lists[0] : lists.find(({ name }) => path.split("/").includes(name));
}

const VAGUE = /^(elements|data|items|results|records|objects|list|value|values|rows|entries)$/;

/** "payments": as the answer calls its rows, else as the path does. */
function streamName(path: string, rows: string | undefined): string {
	const last = path
		.split("/")
		.filter((part) => part !== "" && !part.includes("{") && !/^(search|query|list|v\d+)$/.test(part))
		.at(-1);
	const name = rows === undefined || VAGUE.test(rows) ? (last ?? rows ?? "records") : rows;
	const snake = name
		.replace(/([a-z0-9])([A-Z])/g, "$1_$2")
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "_");
	return snake.replace(/^[^a-z]+|_+$/g, "") || "records";
}

/** The first one, on one line. */
function sentence(text: string): string {
	const line = text.replace(/\s+/g, " ").trim();
	const first = /^.*?[.!?](?= |$)/.exec(line)?.[0] ?? line;
	return first.length > 100 ? `${first.slice(0, 99)}…` : first;
}
