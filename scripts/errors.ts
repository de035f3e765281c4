/** Every error code of the project with what its message says, read from the sources. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { code, markdownTable } from "./blocks.ts";
import { ROOT } from "./packages.ts";

export interface KnownError {
	code: string;
	/** One per place that reports it; "…" stands for a value. */
	messages: string[];
}

/** Codes that are put together where they are thrown, so that no literal has them whole. */
const PUT_TOGETHER: [string, string][] = [
	["config.cursor_missing", "… is to be read in incremental mode and has no cursor"],
	["config.file_too_large", "… is larger than 1 MB"],
	["config.missing", "… is missing in …"],
	["config.write_mode", "… cannot be written as …"],
	["config.tap_failed", "… ended with …"],
	["config.wrong_type", "… in the settings of … is not …"],
	["config.wrong_value", "… is a word that it does not know"],
	["config.yaml_duplicate", "A key stands here twice"],
	["config.yaml_key", "A key must be a word"],
	["config.yaml_limits", "The file unfolds without end"],
	["config.yaml_syntax", "… is neither YAML nor JSON"],
	["config.yaml_tag", "… uses a tag, which it must not"],
	["transient.destination_silent", "… took nothing for …"],
	["transient.source_silent", "… sent nothing for …"],
	["transient.tap_failed", "… ended with …"],
	["internal.tap_failed", "… ended with …"],
	["internal.unexpected", "Whatever a bug says"],
];

const CODE = /"((?:config|transient|data|internal)\.[a-z_]+)"/g;
const LITERAL = /"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g;
/** The message ends where its parts begin. */
const PARTS = /\{\s*\n|\{ ?(?:where|why|next)|\b(?:where|why|next|keys)\b\s*[:,]|;\n/;
/** A message that was given a name before it is thrown. */
const NAMED = /const message = (?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`);/g;

export function knownErrors(): KnownError[] {
	const found = new Map<string, Set<string>>();
	const messagesOf = (code: string) => found.get(code) ?? found.set(code, new Set()).get(code)!;
	const sources = globSync("{sdk,connectors/*,destinations/*}/src/**/*.ts", { cwd: ROOT, exclude: ["**/demo/**"] });
	for (const file of sources.sort()) {
		const text = readFileSync(join(ROOT, file), "utf8");
		for (const match of text.matchAll(CODE)) {
			for (const message of messagesAt(text, match)) messagesOf(match[1]!).add(message);
		}
	}
	for (const [code, message] of PUT_TOGETHER) messagesOf(code).add(message);
	return [...found].map(([code, messages]) => ({ code, messages: [...messages] })).sort(byCode);
}

function messagesAt(text: string, { 0: whole, index }: RegExpExecArray): string[] {
	const after = text.slice(index + whole.length, index + 400).split(PARTS, 1)[0]!;
	if (/^,\s*message,/.test(after)) return literalsIn([...text.slice(0, index).matchAll(NAMED)].slice(-1));
	// else the code is compared, not thrown
	if (!/^(?:,| :)/.test(after)) return [];
	return literalsIn([...after.matchAll(LITERAL)]).filter((literal) => /^\S*[A-Z…]|^[a-z]+ /.test(literal));
}

function literalsIn(matches: RegExpExecArray[]): string[] {
	return matches.map(([, plain, template]) => plain ?? withoutValues(template!));
}

/** `${…}` may hold braces and texts with them. */
function withoutValues(template: string): string {
	let text = "";
	let depth = 0;
	for (let at = 0; at < template.length; at++) {
		if (depth === 0 && template.startsWith("${", at)) {
			text += "…";
			depth = 1;
			at++;
		} else if (depth === 0) text += template[at];
		else if (template[at] === "{") depth++;
		else if (template[at] === "}") depth--;
	}
	return text.replace(/…(?: …)+/g, "…");
}

const KINDS = ["config", "transient", "data", "internal"];

function byCode(a: KnownError, b: KnownError): number {
	const kind = ({ code }: KnownError) => KINDS.indexOf(code.split(".")[0]!);
	return kind(a) - kind(b) || (a.code < b.code ? -1 : 1);
}

export function errorTable(): string {
	const rows = knownErrors().map((one) => [code(one.code), one.messages.join("<br>")]);
	return markdownTable(["Code", "What happened"], rows);
}
