/**
 * Elements of XML, by sax, which is loaded with the first file. Values are text: XML has no numbers to lose. What
 * defines entities of its own (DOCTYPE) is refused.
 */
import type { QualifiedTag, SAXOptions, SAXParser, Tag } from "sax";
import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import { unexpected } from "../paging/answer.ts";
import type { Download, Format } from "./contract.ts";
import { cutOff, rowTooLarge, unreadable } from "./failures.ts";
import { textOf } from "./text.ts";

/** An element: its text alone; with attributes ("@name") or elements within, an object, in which "#text" is its own text. */
export type XmlValue = string | null | XmlValue[] | { [name: string]: XmlValue };

export interface XmlFormat {
	/** Elements that are lists also where there is only one of them. Others are lists where several stand side by side. */
	lists?: string[];
}

const DEEPEST = 500;

/** The elements at a dotted path from the root, "Report.Rows.Row"; without one, the root as the only row. `xsi:nil` is null. */
export function xml(path = "", { lists = [] }: XmlFormat = {}): Format<XmlValue> {
	return {
		accept: "application/xml, text/xml, */*",
		async *rows(bytes, download) {
			const { default: sax } = await import("sax");
			const parser = sax.parser(true, { strictEntities: true } as SAXOptions);
			const reader = elementReader(parser, path, new Set(lists), download);
			const [encoding, whole] = await withEncoding(bytes);
			for await (const text of textOf(whole, encoding, download)) {
				parser.write(text);
				const rows = reader.taken();
				if (rows.length > 0) yield rows;
			}
			reader.end();
		},
	};
}

/** The encoding of the declaration that a text begins with, and the bytes anew. */
async function withEncoding(bytes: AsyncIterable<Buffer>): Promise<[string, AsyncIterable<Buffer>]> {
	const source = bytes[Symbol.asyncIterator]();
	const { value: head, done } = await source.next();
	const start = done ? "" : (head as Buffer).subarray(0, 200).toString("latin1");
	const named = /^(?:\xef\xbb\xbf)?<\?xml[^>]*\bencoding\s*=\s*["']([\w-]+)["']/.exec(start)?.[1];
	async function* whole(): AsyncGenerator<Buffer> {
		if (!done) yield head;
		yield* { [Symbol.asyncIterator]: () => source };
	}
	return [
		named ?? (start.startsWith("\xff\xfe") ? "utf-16le" : start.startsWith("\xfe\xff") ? "utf-16be" : "utf-8"),
		whole(),
	];
}

/** An element that is being read. */
interface Open {
	name: string;
	/** Where it begins, in characters. */
	at: number;
	members: Map<string, XmlValue>;
	text: string;
	isNil: boolean;
}

function elementReader(parser: SAXParser, path: string, lists: ReadonlySet<string>, download: Download) {
	const names: string[] = [];
	const open: Open[] = [];
	let rows: XmlValue[] = [];
	let ended = false;
	let sawRow = false;
	const place = () => `line ${count(parser.line + 1)}`;

	const begin = ({ name, attributes }: Tag | QualifiedTag) => {
		names.push(name);
		if (names.length > DEEPEST) throw unreadable(download, place(), `it is nested more than ${DEEPEST} levels deep`);
		if (open.length === 0 && (path === "" ? names.length > 1 : names.join(".") !== path)) return;
		const members = new Map<string, XmlValue>();
		for (const [key, value] of Object.entries(attributes)) {
			if (key !== "xmlns" && !key.startsWith("xmlns:")) members.set(`@${key}`, String(value));
		}
		const isNil = /^(true|1)$/.test(String(members.get("@xsi:nil") ?? ""));
		members.delete("@xsi:nil");
		open.push({ name, at: parser.startTagPosition, members, text: "", isNil });
	};
	const finish = () => {
		names.pop();
		const element = open.pop();
		if (element === undefined) return;
		const value = elementValue(element);
		const parent = open.at(-1);
		if (parent !== undefined) addTo(parent.members, element.name, value, lists);
		else {
			rows.push(value);
			sawRow = true;
		}
	};

	parser.onopentag = begin;
	parser.onclosetag = finish;
	parser.ontext = parser.oncdata = (text) => {
		const element = open.at(-1);
		if (element !== undefined) element.text += text;
	};
	parser.ondoctype = () => {
		throw new ConnectorError("data.xml_doctype", "The XML brings definitions of its own", {
			where: download.request,
			why: "a DOCTYPE can define entities that grow without end or read files",
			next: "report it to the vendor",
		});
	};
	parser.onerror = (error) => {
		const why = error.message.split("\n")[0]!;
		throw ended ? cutOff(download.request, `its XML ends early: ${why}`) : unreadable(download, place(), why);
	};
	return {
		taken(): XmlValue[] {
			const outer = open[0];
			// characters, at least as many bytes
			if (outer !== undefined && parser.position - outer.at > download.rowBytes) throw rowTooLarge(download, place());
			const whole = rows;
			rows = [];
			return whole;
		},
		end(): void {
			ended = true;
			if (names.length > 0) throw cutOff(download.request, `its XML ends within ${names.at(-1)}`);
			parser.close();
			if (!sawRow && path === "") throw unexpected(download.request, "it has no XML");
		},
	};
}

function elementValue({ members, text, isNil }: Open): XmlValue {
	if (isNil) return null;
	if (members.size === 0) return text;
	if (text.trim() !== "") members.set("#text", text);
	return Object.fromEntries(members);
}

function addTo(members: Map<string, XmlValue>, name: string, value: XmlValue, lists: ReadonlySet<string>): void {
	const before = members.get(name);
	if (before === undefined) members.set(name, lists.has(name) ? [value] : value);
	else if (Array.isArray(before)) before.push(value);
	else members.set(name, [before, value]);
}
