/** YAML or JSON text to plain JSON, with the line and column of every key and value. One reader for both. */
import type { Json } from "@growthnav/spec";
import type { Alias, Document, LineCounter, Node, Scalar } from "yaml";
import { ConnectorError, isConnectorError } from "../../errors.ts";
import { type Parts, pathText } from "../host.ts";

/** Bytes of a file of settings. */
export const LARGEST_FILE = 1_000_000;

/**
 * Nodes after aliases are expanded, nesting, and brackets that are open at once, wherever they stand: far above any
 * pipeline, far below harm.
 */
const LIMITS = { nodes: 100_000, depth: 64, brackets: 1_000 };

export interface TextDocument {
	value: Json;
	/** "acme.yaml:9:19": the place of a key or value, or of its nearest parent that is there. */
	at(path: Parts, part?: "key" | "value"): string;
}

type Yaml = typeof import("yaml");
type Place = (offset: number | undefined) => string;
type Offsets = Map<string, { key: number | undefined; value: number | undefined }>;

/**
 * Numbers keep their exact text where a double cannot hold them; dates stay text. Custom tags, aliases that grow
 * without end, duplicate keys and several documents in one file are errors (`config.yaml_*`), reported together.
 */
export async function readDocument(text: string, name: string): Promise<TextDocument | ConnectorError[]> {
	if (Buffer.byteLength(text) > LARGEST_FILE) {
		return [fault("file_too_large", `${name} is larger than 1 MB`, name, "it should hold settings, no data")];
	}
	if (mostOpen(text) > LIMITS.brackets) return [unfolds(name, "its brackets nest without end")];
	const yaml = await import("yaml");
	const lines = new yaml.LineCounter();
	const place: Place = (offset) => {
		const { line, col } = lines.linePos(offset ?? 0);
		return `${name}:${Math.max(1, line)}:${Math.max(1, col)}`;
	};
	const document = parsed(yaml, text, lines);
	if (document === undefined) return [unfolds(name, "it nests without end")];
	const wrong = [...document.errors, ...document.warnings].slice(0, MOST_FAULTS);
	if (wrong.length > 0) return wrong.map(({ code, message, pos }) => syntaxFault(name, code, message, place(pos[0])));
	const offsets: Offsets = new Map();
	try {
		const value = toJson(yaml, document, offsets, place);
		const at: TextDocument["at"] = (path, part = "value") => place(nearestOffset(offsets, path, part));
		return { value, at };
	} catch (thrown) {
		if (isConnectorError(thrown)) return [thrown];
		throw thrown;
	}
}

/** One fault brings others with it: so many are told. */
const MOST_FAULTS = 20;

/** Undefined where the text nests deeper than the reader's stack. */
function parsed(yaml: Yaml, text: string, lineCounter: LineCounter): Document | undefined {
	try {
		return yaml.parseDocument(text, {
			version: "1.2",
			schema: "core",
			lineCounter,
			prettyErrors: false,
			merge: false,
			logLevel: "error",
			// looked for below: the library compares every key with every other one
			uniqueKeys: false,
		}) as Document;
	} catch (thrown) {
		if (thrown instanceof RangeError) return undefined;
		throw thrown;
	}
}

/** Brackets that are open at once, those in texts and comments too. */
function mostOpen(text: string): number {
	let open = 0;
	let most = 0;
	for (let at = 0; at < text.length; at++) {
		const letter = text.charCodeAt(at);
		if (letter === 91 || letter === 123) most = Math.max(most, ++open);
		else if (letter === 93 || letter === 125) open = Math.max(0, open - 1);
	}
	return most;
}

function unfolds(where: string, why: string): ConnectorError {
	return fault("yaml_limits", "The file unfolds without end", where, why);
}

function fault(word: string, message: string, where: string, why: string): ConnectorError {
	return new ConnectorError(`config.${word}`, message, { where, why, next: "correct it there, or just before" });
}

function syntaxFault(name: string, code: string, message: string, where: string): ConnectorError {
	if (code === "TAG_RESOLVE_FAILED") return fault("yaml_tag", `${name} uses a tag, which it must not`, where, message);
	return fault("yaml_syntax", `${name} is neither YAML nor JSON`, where, message);
}

function toJson(yaml: Yaml, document: Document, offsets: Offsets, place: Place): Json {
	let nodes = 0;
	const targets = targetsOf(yaml, document);
	const visit = (node: Node | null | undefined, path: Parts): Json => {
		const offset = node?.range?.[0];
		if (++nodes > LIMITS.nodes || path.length > LIMITS.depth) {
			throw unfolds(place(offset), "its aliases repeat one another, or it nests without end");
		}
		const known = offsets.get(pathText(path));
		offsets.set(pathText(path), { key: known?.key, value: offset });
		if (yaml.isAlias(node)) return visit(aliased(node, targets, place), path);
		if (yaml.isSeq(node)) return node.items.map((item, index) => visit(item as Node | null, [...path, index]));
		if (!yaml.isMap(node)) return yaml.isScalar(node) ? scalar(node, place) : null;
		const words = new Set<string>();
		return Object.fromEntries(
			node.items.map(({ key, value }) => {
				const word = keyText(yaml, key as Node | null, place);
				if (words.has(word)) throw twice(word, place((key as Node).range?.[0]));
				words.add(word);
				const inner = [...path, word];
				offsets.set(pathText(inner), { key: (key as Node | null)?.range?.[0], value: undefined });
				return [word, visit(value as Node | null, inner)];
			}),
		);
	};
	return visit(document.contents as Node | null, []);
}

function keyText(yaml: Yaml, key: Node | null, place: Place): string {
	if (yaml.isScalar(key) && key.value !== null) return key.source ?? String(key.value);
	throw fault("yaml_key", "A key must be a word", place(key?.range?.[0]), "lists, objects and nothing cannot be keys");
}

function twice(word: string, where: string): ConnectorError {
	return fault("yaml_duplicate", "A key stands here twice", where, `${word} stands above it in the same object`);
}

/** What each alias means: the last anchor of its name before it. One walk for all, where the library takes one for each. */
function targetsOf(yaml: Yaml, document: Document): Map<Alias, Node> {
	const anchors = new Map<string, Node>();
	const targets = new Map<Alias, Node>();
	yaml.visit(document, {
		Alias(_key, alias) {
			const target = anchors.get(alias.source);
			if (target !== undefined) targets.set(alias, target);
		},
		Value(_key, node) {
			if (node.anchor !== undefined) anchors.set(node.anchor, node);
		},
	});
	return targets;
}

function aliased(alias: Alias, targets: ReadonlyMap<Alias, Node>, place: Place): Node {
	const node = targets.get(alias);
	if (node) return node;
	throw fault(
		"yaml_syntax",
		`*${alias.source} names nothing`,
		place(alias.range?.[0]),
		"no &anchor before it has that name",
	);
}

function scalar({ value, source, tag, range }: Scalar, place: Place): Json {
	if (typeof value === "object" && value !== null) {
		throw fault("yaml_tag", "A tag that a pipeline file must not use", place(range?.[0]), `${tag} is not JSON`);
	}
	if (typeof value !== "number" || source === undefined) return value as Json;
	const literal = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(source);
	if (literal && String(value) !== source) return JSON.rawJSON(source);
	return Number.isFinite(value) ? value : source;
}

function nearestOffset(offsets: Offsets, path: Parts, part: "key" | "value"): number | undefined {
	const here = offsets.get(pathText(path));
	const offset = part === "key" ? (here?.key ?? here?.value) : (here?.value ?? here?.key);
	if (offset !== undefined || path.length === 0) return offset;
	return nearestOffset(offsets, path.slice(0, -1), "value");
}
