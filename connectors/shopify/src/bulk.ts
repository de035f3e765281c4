/** Bulk operations: Shopify runs a query over all records on its own, and gives a file of JSON Lines. */
import { ConnectorError, type HttpClient, type JsonObject, jsonLines } from "@growthnav/sdk";
import type { Children, List, Listing } from "./listing.ts";

const RUN = `mutation ($query: String!) {
	bulkOperationRunQuery(query: $query, groupObjects: true) {
		bulkOperation { id }
		userErrors { code message }
	}
}`;
const LOOK = "query ($id: ID!) { bulkOperation(id: $id) { status errorCode url rootObjectCount } }";

/** Five may be under way for an app and a shop. */
const BUSY = ["OPERATION_IN_PROGRESS", "LIMIT_REACHED"];
const GIVEN_UP = ["FAILED", "CANCELED", "EXPIRED"];

/** Points of a mutation; a look costs less. */
export const CHEAP = { cost: 10 };

const whole: List = (field, _, node) => `${field} { edges { node { ${node} } } }`;

interface UserError {
	code: string;
	message: string;
}

/** The rows of a search. Throws `transient.job_failed` where Shopify gave up: then nothing of the file was used. */
export async function* exported<Row>({ root, node, children }: Listing, search: string, http: HttpClient) {
	const query = `{ ${root}(query: ${JSON.stringify(search)}, sortKey: UPDATED_AT) { edges { node { ${node(whole)} } } } }`;
	const run = () => http.graphql(RUN, { query }, CHEAP).then((data) => data.bulkOperationRunQuery);
	const id: string = await http.poll(run, {
		until: ({ bulkOperation }) => bulkOperation?.id,
		failed: ({ userErrors }) => userErrors.find(({ code }: UserError) => !BUSY.includes(code))?.message,
		atMost: 6 * 3600,
	});
	const look = () => http.graphql(LOOK, { id }, CHEAP).then((data) => data.bulkOperation);
	const done = await http.poll(look, {
		until: (operation) => operation.status === "COMPLETED" && operation,
		failed: ({ status, errorCode }) => GIVEN_UP.includes(status) && (errorCode ?? status),
		atMost: 24 * 3600,
	});
	let rows = 0;
	// an export without a record has no file
	const batches = done.url === null ? [] : assembled<Row>(http.download<Part>(done.url, jsonLines()), children);
	for await (const batch of batches) {
		rows += batch.length;
		yield batch;
	}
	if (rows !== Number(done.rootObjectCount)) throw notWhole(rows, done.rootObjectCount);
}

const notWhole = (rows: number, promised: string) =>
	new ConnectorError("transient.answer_cut_off", "An export is not whole", {
		where: "bulk operation",
		why: `its file has ${rows} records, and Shopify counted ${promised}`,
		next: "run again; if it stays, raise bulk_from, so that records are read page by page",
	});

type Part = JsonObject & { __parentId?: string };

/** Records out of lines: the parts of a record stand behind it, each names what it is a part of. */
export async function* assembled<Row>(batches: AsyncIterable<Part[]>, children: Children): AsyncGenerator<Row[]> {
	let record: JsonObject | undefined;
	const open = new Map<string, { node: JsonObject; children: Children }>();
	const add = (node: JsonObject, has: Children) => {
		for (const field of Object.keys(has)) node[field] = [];
		open.set(String(node.id), { node, children: has });
	};
	for await (const lines of batches) {
		const rows: JsonObject[] = [];
		for (const { __parentId: parentId, ...node } of lines) {
			if (parentId === undefined) {
				if (record !== undefined) rows.push(record);
				record = node;
				open.clear();
				add(node, children);
				continue;
			}
			const parent = open.get(parentId);
			const type = /^gid:\/\/shopify\/(\w+)\//.exec(String(node.id))?.[1] ?? "";
			const field = Object.entries(parent?.children ?? {}).find(([, one]) => one.type.test(type));
			if (parent === undefined || field === undefined) throw strayPart(String(node.id), parentId);
			(parent.node[field[0]] as JsonObject[]).push(node);
			add(node, field[1].children ?? {});
		}
		if (rows.length > 0) yield rows as Row[];
	}
	if (record !== undefined) yield [record] as Row[];
}

function strayPart(id: string, parentId: string): ConnectorError {
	return new ConnectorError("data.unexpected_answer", `A part of an export has no place: ${id}`, {
		where: `bulk operation, behind its record, part of ${parentId}`,
		why: "parts stand behind the record that they belong to, and this one does not",
		next: "raise bulk_from, so that records are read page by page, and report it",
	});
}
