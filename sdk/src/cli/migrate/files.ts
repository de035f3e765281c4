/** The files of an export: one, or those of a folder. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Json, JsonObject } from "@growthnav/spec";
import { isConnectorError } from "../../errors.ts";
import { readDocument } from "../../pipeline/file/document.ts";
import { parseJson } from "../../protocol/parse.ts";
import { readInput } from "../input-file.ts";
import { exportError, type Placed } from "./move.ts";

const MELTANO = "meltano.yml";
/** Beside the files of an export a folder may hold much else. */
const MOST_FILES = 100;

export type Export =
	| { kind: "airbyte"; files: Placed[] }
	| { kind: "meltano"; project: Placed<JsonObject>; folder: string };

/** Throws config.export for what is no export of a program that is known. */
export async function readExport(given: string, cwd: string): Promise<Export> {
	const path = resolve(cwd, given);
	if (!existsSync(path)) throw unknownExport(given, "there is no such file or folder");
	const isFolder = statSync(path).isDirectory();
	const project = isFolder ? join(path, MELTANO) : path;
	if (existsSync(project) && /^meltano\.ya?ml$/.test(basename(project))) {
		const value = (await readYaml(project, isFolder ? `${given.replace(/\/$/, "")}/${MELTANO}` : given)) as JsonObject;
		return {
			kind: "meltano",
			project: { value, where: shown(given, isFolder, MELTANO) },
			folder: resolve(project, ".."),
		};
	}
	const names = isFolder ? readdirSync(path).filter((name) => /\.(json|jsonl|ndjson)$/i.test(name)) : [""];
	if (names.length === 0) throw unknownExport(given, `it holds neither ${MELTANO} nor files of JSON`);
	if (names.length > MOST_FILES) throw unknownExport(given, `it holds ${names.length} files of JSON`);
	const files = names.sort().map(async (name) => {
		const where = shown(given, isFolder, name);
		return { value: await readValue(join(path, name), where), where };
	});
	return { kind: "airbyte", files: await Promise.all(files) };
}

function shown(given: string, isFolder: boolean, name: string): string {
	return isFolder ? `${given.replace(/[/\\]$/, "")}/${name}` : given;
}

async function readYaml(path: string, where: string): Promise<Json> {
	const document = await readDocument(await readInput(path, "export"), where);
	if (Array.isArray(document)) throw new AggregateError(document, "the project cannot be read");
	return document.value;
}

/** JSON, or lines of it: then a list. */
export async function readValue(path: string, where: string): Promise<Json> {
	const text = await readInput(path, where);
	try {
		return parseJson(text);
	} catch (thrown) {
		const lines = text.split("\n").filter((line) => line.trim() !== "");
		// what a source printed: other lines are logs
		const messages = lines.filter((line) => line.startsWith("{"));
		try {
			if (lines.length > 1 && messages.length > 0) return messages.map((line) => parseJson(line));
		} catch {
			// told below
		}
		const why = isConnectorError(thrown) ? thrown.message : String(thrown);
		throw exportError(`${where} cannot be read`, where, why, "export it again; JSON is expected");
	}
}

function unknownExport(given: string, why: string) {
	return exportError(
		`${given} is no export that is known`,
		given,
		why,
		"name a folder with an Airbyte connection's source, catalog and state as JSON, or a Meltano project",
	);
}
