/** Bodies of answers, disguised in their own form: JSON, JSON Lines, CSV, XML. What is none of them is left out. */
import type { Json } from "@growthnav/spec";
import { parseJson } from "../../protocol/parse.ts";
import type { TapedExchange } from "./contract.ts";
import type { Disguise } from "./disguise.ts";
import { isCard, isEmail, isIp, isJwt, isNumber, isPhone, isTime, isUrl } from "./forms.ts";

type Body = Pick<TapedExchange["answer"], "json" | "text">;

export async function disguisedBody(bytes: Buffer, contentType: string, disguise: Disguise): Promise<Body> {
	const text = new TextDecoder().decode(bytes);
	if (text.trim() === "") return text === "" ? {} : { text: "" };
	const json = parsed(text);
	if (json !== undefined) return { json: disguise.value(json) };
	const lines = jsonLines(text, disguise);
	if (lines !== undefined) return { text: lines };
	if (/^\s*</.test(text)) return { text: /html/.test(contentType) ? leftOut(bytes) : xml(text, disguise) };
	return { text: (await csv(text, disguise)) ?? leftOut(bytes) };
}

const leftOut = (bytes: Buffer) => `(${bytes.length} bytes of a form that is not known are left out)`;

function parsed(text: string): Json | undefined {
	try {
		return parseJson(text);
	} catch {
		return undefined;
	}
}

function jsonLines(text: string, disguise: Disguise): string | undefined {
	const lines: string[] = [];
	for (const line of text.split(/\r?\n/)) {
		const value = line.trim() === "" ? "" : parsed(line);
		if (value === undefined) return undefined;
		lines.push(value === "" ? "" : JSON.stringify(disguise.value(value)));
	}
	return lines.join("\n");
}

/** Texts by the name of their element, attributes by theirs; what stands before the root, and comments, are left out. */
function xml(text: string, disguise: Disguise): string {
	const open: string[] = [];
	const part =
		/<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<![^>[]*(?:\[[\s\S]*?\]\s*)?>|<(\/?)([^\s/>?!]+)((?:"[^"]*"|'[^']*'|[^"'>])*)>|([^<]+)/g;
	return text.replace(part, (all, cdata, closing, name, attributes, words) => {
		if (words !== undefined)
			return words.trim() === "" ? words : escaped(disguise.text(unescaped(words.trim()), open.at(-1) ?? ""));
		if (cdata !== undefined) return escaped(disguise.text(cdata, open.at(-1) ?? ""));
		if (name === undefined) return "";
		const bare = String(name).replace(/^.*:/, "");
		if (closing) open.pop();
		else if (!/\/\s*$/.test(attributes)) open.push(bare);
		return String(all).replace(/([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g, (given, key: string, value: string) =>
			key.startsWith("xmlns") ? given : `${key}="${escaped(disguise.text(unescaped(value.slice(1, -1)), key))}"`,
		);
	});
}

const ENTITIES: { [entity: string]: string } = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };

function unescaped(text: string): string {
	return text
		.replace(/&#(x?)([\da-f]+);/gi, (_, hex, code) => String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10)))
		.replace(/&(lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity]!);
}

function escaped(text: string): string {
	return text.replace(/[<>&"]/g, (one) => Object.keys(ENTITIES).find((entity) => ENTITIES[entity] === one)!);
}

/** By the heads of its columns. A text with one column, or with rows of several widths, is no CSV. */
async function csv(text: string, disguise: Disguise): Promise<string | undefined> {
	const head = text.split(/\r?\n/, 1)[0]!;
	const delimiter = [",", ";", "\t", "|"].find((one) => head.includes(one));
	if (delimiter === undefined) return undefined;
	const { parse } = await import("csv-parse/sync");
	try {
		const [heads = [], ...rows] = parse(text, { delimiter, bom: true, skip_empty_lines: true }) as string[][];
		const first = heads.some(isValue) ? heads.map((value) => disguise.text(value, "")) : heads;
		const cell = (value: string) => (/[",;\t|\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
		const lines = rows.map((row) =>
			row.map((value, at) => cell(disguise.text(value, heads[at] ?? ""))).join(delimiter),
		);
		return [first.map(cell).join(delimiter), ...lines, ""].join("\n");
	} catch {
		return undefined;
	}
}

/** Hardly a column is called so: the first line is a row already. */
function isValue(cell: string): boolean {
	return [isTime, isNumber, isEmail, isPhone, isIp, isUrl, isJwt, isCard].some((is) => is(cell));
}
