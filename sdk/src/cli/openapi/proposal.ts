/** A literal proposed from an OpenAPI document: what it says is code, what it does not say is a comment. */
import type { OpenApi, Schema } from "./document.ts";
import { recordOf } from "./fields.ts";
import { type ListOperation, listOperations } from "./lists.ts";

export interface Proposal {
	/** The module: loads and compiles as it is. */
	text: string;
	streams: string[];
	/** Lists that need the ids of a parent first. */
	left: string[];
}

export function proposalOf(document: OpenApi, { name, title }: { name: string; title: string }): Proposal {
	const all = listOperations(document);
	const settings = accountSettings(all);
	const lists = all.filter(({ parents }) => parents.every((one) => settings.includes(one)));
	const left = all.filter((one) => !lists.includes(one)).map(({ method, path }) => `${method} ${path}`);
	const words = new Set(["bearer", "defineSource", "object", "secret", "string"]);
	const streams = lists.map((one) => streamText(one, document, settings, words));
	const base = document.servers?.[0]?.url.replace(/\/$/, "") ?? `https://api.${name}.example`;
	const text = [
		`/** Proposed from ${comment(document.info?.title ?? title)}'s OpenAPI document ${comment(document.info?.version ?? "")}`.trimEnd() +
			".",
		" * Nothing of it was tried: what is uncertain is a comment. Take what you need into index.ts, then delete this file. */",
		`import { ${[...words].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)).join(", ")} } from "@growthnav/sdk";`,
		"",
		...streams.map(({ schema }) => `${schema}\n`),
		"export default defineSource({",
		`\tname: ${JSON.stringify(name)},`,
		'\tversion: "0.1.0",',
		`\ttitle: ${JSON.stringify(title)},`,
		"\tconfig: object({",
		'\t\ttoken: secret(string()).describe("Where it comes from"),',
		...settings.map((one) => `\t\t${snake(one)}: string().describe("Of the account: ${one} in every path"),`),
		`\t\tbase_url: string().default(${JSON.stringify(base)}).describe("Another server, for tests"),`,
		"\t}),",
		"\t// uncertain: how requests prove who asks (bearer, apiKey, basic, refreshToken, ...), and the vendor's rates",
		`\thttp: ({ base_url, token }) => ({ vendor: ${JSON.stringify(title)}, baseUrl: base_url, auth: bearer(token) }),`,
		"\t// uncertain: the cheapest request that tells whose key it is",
		`\tcheck: async ({ http${settings.length > 0 ? ", config" : ""} }) => \`status \${(await http.${checkText(lists[0])}).status}\`,`,
		"\tstreams: {",
		...streams.map(({ stream }) => stream),
		"\t},",
		"});",
		...(left.length === 0
			? []
			: [
					"",
					"// These need the ids of what stands before them: `slices`, or `once` and a loop",
					...left.map((one) => `// ${comment(one)}`),
				]),
		"",
	].join("\n");
	return { text, streams: lists.map(({ stream }) => stream), left };
}

/** What stands in most paths is of the account, and a setting. */
function accountSettings(lists: readonly ListOperation[]): string[] {
	const counts = Map.groupBy(
		lists.flatMap(({ parents }) => parents),
		(parent) => parent,
	);
	return [...counts].filter(([, all]) => lists.length > 2 && all.length > lists.length / 2).map(([name]) => name);
}

function checkText(list: ListOperation | undefined): string {
	if (list === undefined) return 'get("/")';
	return list.method === "GET" ? `get(${pathText(list)})` : `post(${pathText(list)}, { body: {} })`;
}

/** "`/v3/merchants/${config.m_id}/items`" */
function pathText({ path, parents }: ListOperation): string {
	if (parents.length === 0) return JSON.stringify(path);
	return `\`${path.replace(/[\\`$]/g, "\\$&").replace(/\{(\w+)\}/g, (_, parent: string) => `\${config.${snake(parent)}}`)}\``;
}

function streamText(list: ListOperation, document: OpenApi, settings: readonly string[], words: Set<string>) {
	const key = keyOf(list);
	const record = recordOf(list.row, key === undefined ? [] : [key], document);
	for (const word of record.words) words.add(word);
	const paging = pagingOf(list);
	if (paging.imports !== undefined) words.add(paging.imports);
	const rows =
		list.rows === undefined
			? "body"
			: /^\w+$/.test(list.rows)
				? `body.${list.rows}`
				: `body[${JSON.stringify(list.rows)}]`;
	const asked =
		paging.asks.length === 0
			? []
			: [`\t\t\t\t\t${list.method === "GET" ? "query" : "body"}: { ${paging.asks.join(", ")} },`];
	const stream = [
		`\t\t// ${list.method} ${comment(list.path)}${list.summary === "" ? "" : `: ${list.summary}`}`,
		`\t\t${list.stream}: {`,
		`\t\t\tschema: ${variable(list)},`,
		key === undefined
			? "\t\t\t// uncertain: the key; without one nothing can be told apart"
			: `\t\t\tprimaryKey: ${JSON.stringify(key)},`,
		...incremental(list),
		`\t\t\tread: ({ http${settings.length > 0 ? ", config" : ""} }) =>`,
		`\t\t\t\thttp.pages(${pathText(list)}, {`,
		...(list.method === "POST" ? ['\t\t\t\t\tmethod: "POST",'] : []),
		...asked,
		`\t\t\t\t\trows: (body) => ${rows},`,
		`\t\t\t\t\tnext: ${paging.next},${paging.note === undefined ? "" : ` // ${paging.note}`}`,
		"\t\t\t\t}),",
		"\t\t},",
	].join("\n");
	return { schema: `const ${variable(list)} = ${record.text};`, stream };
}

/** Names of constants may not be words of the language or of the vocabulary. */
function variable({ stream }: ListOperation): string {
	return `${stream.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}Fields`;
}

function keyOf({ row, stream }: ListOperation): string | undefined {
	const names = Object.keys(row.properties ?? {});
	const single = stream.replace(/_\d+$/, "").replace(/s$/, "");
	return ["id", "uuid", `${single}_id`, "uid"].find((name) => names.includes(name));
}

interface Paging {
	asks: string[];
	next: string;
	note?: string;
	imports?: string;
}

function pagingOf(list: ListOperation): Paging {
	const names = [...list.asks.keys()];
	const asked = (pattern: RegExp) => names.find((name) => pattern.test(name));
	const size = asked(/^(limit|per_page|page_size|pageSize|perPage|count|max_results|maxResults)$/);
	const asks = size === undefined ? [] : [`${size}: ${largest(list.asks.get(size)!)}`];
	const cursor = asked(/^(cursor|after|page_token|pageToken|next_token|starting_after|continuation_token)$/);
	const told = list.tells.find((name) =>
		/^(cursor|next_cursor|nextCursor|next|next_page_token|nextPageToken|next_token|after)$/.test(name),
	);
	const part = list.method === "GET" ? "query" : "body";
	const inBody = list.method === "GET" ? "" : '{ in: "body" }';
	if (cursor !== undefined && told !== undefined)
		return { asks, next: `({ body }) => body.${told} && { ${part}: { ${cursor}: body.${told} } }` };
	const offset = asked(/^(offset|start|skip)$/);
	if (offset === "offset")
		return { asks, next: `nextOffset(${inBody})`, imports: "nextOffset", note: "until a page is empty" };
	const page = asked(/^(page|page_number|pageNumber)$/);
	if (page !== undefined) {
		const how = [page === "page" ? "" : `param: "${page}"`, inBody === "" ? "" : 'in: "body"']
			.filter(Boolean)
			.join(", ");
		return {
			asks,
			next: `nextPage(${how === "" ? "" : `{ ${how} }`})`,
			imports: "nextPage",
			note: "until a page is empty",
		};
	}
	return {
		asks,
		next: '() => ""',
		note: `uncertain: no paging was found among ${comment(names.slice(0, 6).join(", ")) || "no parameters"}`,
	};
}

function largest({ maximum, description = "" }: Schema): number {
	const told = /max(?:imum)?(?: limit| value)?(?: is|:| of)? *`?(\d{2,4})/i.exec(description)?.[1];
	return maximum ?? (told === undefined ? 100 : Number(told));
}

/** A cursor and a filter that go together are for the author to say: order, time zone and boundary are not in a document. */
function incremental({ row, asks }: ListOperation): string[] {
	const fields = Object.keys(row.properties ?? {});
	const cursor = fields.find((name) => /^(updated|modified|last_?modified|date_?modified)/i.test(name));
	const filter = [...asks.keys()].find((name) =>
		/updat|modif|since|begin_time|start_(time|date)|filter|query/i.test(name),
	);
	if (cursor === undefined) return ["\t\t\t// uncertain: no field tells the last change, so each read brings all"];
	const hint = filter === undefined ? "no parameter asks for what changed since" : `perhaps ${comment(filter)}: since`;
	return [`\t\t\t// uncertain: cursor: ${JSON.stringify(cursor)}; ${hint}`];
}

function snake(name: string): string {
	return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

/** Words of the document in a comment, which they may not leave. */
function comment(text: string): string {
	return text.replace(/\s+/g, " ").replaceAll("*/", "* /").trim();
}
