/** The pipeline file: text to a `Pipeline` with its defaults, or everything that is wrong with it, with line and column. */
import { basename, dirname, resolve } from "node:path";
import type { Json, JsonObject, Pipeline, PipelineDestination } from "@growthnav/spec";
import { readUpTo } from "../../bounded-file.ts";
import { checkOrigin, checkStructure, type Where } from "../../conversion/check.ts";
import { ConnectorError } from "../../errors.ts";
import { type Host, type Parts, pathText } from "../host.ts";
import { LARGEST_FILE, readDocument, type TextDocument } from "./document.ts";
import { pipelineShape } from "./pipeline-shape.ts";
import { isObject, type Problem, valueAt } from "./shape.ts";

export interface PipelineFile {
	pipeline: Pipeline & { version: 1; name: string; destination: PipelineDestination };
	/** As it was named, for messages: `acme.yaml`. */
	file: string;
	/** Absolute. Connectors start here, so relative paths in their settings count from the file's folder. */
	folder: string;
	/** "acme.yaml:9:19, source.config.access_token" */
	where(path: Parts, part?: "key" | "value"): string;
	/** "acme.yaml:9:19" */
	at(path: Parts, part?: "key" | "value"): string;
}

export type Loaded = { file: PipelineFile; errors?: never } | { errors: ConnectorError[]; file?: never };

/** Reads and checks a pipeline file; secrets are not resolved and no connector is started. */
export async function loadPipeline(path: string, host: Pick<Host, "cwd">): Promise<Loaded> {
	const absolute = resolve(host.cwd, path);
	let text: string;
	try {
		text = (await readUpTo(absolute, LARGEST_FILE + 1)).toString();
	} catch (thrown) {
		return { errors: [unreadable(path, thrown)] };
	}
	return parsePipeline(text, path, absolute);
}

/** The same for text that was read already; `absolute` is where it stands. */
export async function parsePipeline(text: string, name: string, absolute: string): Promise<Loaded> {
	const document = await readDocument(text, name);
	if (Array.isArray(document)) return { errors: document };
	const problems: Problem[] = [];
	pipelineShape(document.value, [], problems);
	const errors = problems.map((problem) => asError(problem, document));
	errors.push(...mappingFaults(document));
	return errors.length > 0 ? { errors } : { file: pipelineFile(document, name, absolute) };
}

/** Mappings and origins, as far as they can be judged without the stream; also in a file with other faults. */
function mappingFaults(document: TextDocument): ConnectorError[] {
	const streams = valueAt(document.value, ["streams"]);
	return Object.entries(isObject(streams) ? streams : {}).flatMap(([name, stream]) => {
		const { conversions, origin } = isObject(stream as Json) ? (stream as JsonObject) : {};
		const below =
			(...path: Parts): Where =>
			({ keys }) =>
				whereIn(document, ["streams", name, ...path, ...keys]);
		const mappings = Array.isArray(conversions) ? conversions : [];
		return [
			...mappings.flatMap((mapping, index) => checkStructure(mapping, below("conversions", index))),
			...checkOrigin(origin, below("origin")),
		];
	});
}

function pipelineFile(document: TextDocument, name: string, absolute: string): PipelineFile {
	const read = document.value as unknown as Pipeline;
	const destination = typeof read.destination === "string" ? { connector: read.destination } : read.destination;
	return {
		pipeline: { ...read, version: 1, name: read.name ?? nameOf(absolute), destination },
		file: name,
		folder: dirname(absolute),
		where: (path, part) => whereIn(document, path, part),
		at: document.at,
	};
}

function whereIn(document: TextDocument, path: Parts, part: "key" | "value" = "value"): string {
	// an unknown key is named in the message; the place is its parent
	const shown = pathText(part === "key" ? path.slice(0, -1) : path);
	return shown === "" ? document.at(path, part) : `${document.at(path, part)}, ${shown}`;
}

function asError({ code, path, part, message, why, next }: Problem, document: TextDocument): ConnectorError {
	return new ConnectorError(`config.${code}`, message, { where: whereIn(document, path, part), why, next });
}

/** `/data/acme.yaml` → `acme`: names of connections hold letters, digits, `_`, `-` and `.` only. */
function nameOf(absolute: string): string {
	return basename(absolute)
		.replace(/\.(ya?ml|json)$/i, "")
		.replace(/[^\w.-]/g, "_")
		.slice(0, 200);
}

function unreadable(path: string, thrown: unknown): ConnectorError {
	const { code } = thrown as NodeJS.ErrnoException;
	const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(thrown);
	return new ConnectorError("config.file_unreadable", `${path} cannot be read`, {
		where: path,
		why,
		next: "name a pipeline file; growthnav --help shows the commands",
	});
}

export { valueAt } from "./shape.ts";
