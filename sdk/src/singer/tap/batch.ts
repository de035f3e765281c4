/** BATCH: records that a tap left in files. One JSON object a line, plain or in gzip, on this machine. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream";
import { fileURLToPath } from "node:url";
import { createGunzip } from "node:zlib";
import type { JsonObject } from "@growthnav/spec";
import { ConnectorError, isConnectorError } from "../../errors.ts";
import { isObject } from "../../pipeline/file/shape.ts";
import { lineBatches, parseJson } from "../../protocol/index.ts";
import type { SingerBatch } from "../messages.ts";

/** The records of all files, some at a time. Throws config.batch_format, and data.batch_file for what cannot be read. */
export async function* batchRecords({ stream, encoding, manifest }: SingerBatch): AsyncGenerator<JsonObject[]> {
	const { format = "jsonl", compression = "none" } = encoding;
	if (format !== "jsonl" || !["none", "gzip"].includes(compression ?? "none")) {
		throw new ConnectorError("config.batch_format", `The tap sends ${stream} as files of ${format} in ${compression}`, {
			where: `stream ${stream}, BATCH`,
			why: "only jsonl, plain or in gzip, is read",
			next: "set batch_config of the tap to format jsonl, or leave it out",
			stream,
		});
	}
	for (const url of manifest) yield* fileRecords(url, compression === "gzip", stream);
}

async function* fileRecords(url: string, zipped: boolean, stream: string): AsyncGenerator<JsonObject[]> {
	const file = createReadStream(pathOf(url, stream));
	const bytes: Readable = zipped ? pipeline(file, createGunzip(), () => {}) : file;
	let number = 0;
	try {
		for await (const lines of lineBatches(bytes)) {
			const records: JsonObject[] = [];
			for (const line of lines) {
				number = line.number;
				if (line.oversize !== undefined) throw new Error(`a record of ${line.oversize.bytes} bytes is too long`);
				if (!line.utf8) throw new Error("a line that is not UTF-8");
				const text = line.bytes.toString().trim();
				if (text === "") continue;
				const record = parseJson(text);
				if (!isObject(record)) throw new Error("a line that is no JSON object");
				records.push(record);
			}
			yield records;
		}
	} catch (thrown) {
		if (isConnectorError(thrown) && !thrown.code.startsWith("data.json")) throw thrown;
		throw unreadable(url, stream, number, thrown as Error);
	} finally {
		file.destroy();
	}
}

function pathOf(url: string, stream: string): string {
	if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return url;
	if (url.startsWith("file://")) return fileURLToPath(url);
	throw new ConnectorError("config.batch_format", `The tap leaves ${stream} in files that are not on this machine`, {
		where: `stream ${stream}, BATCH`,
		why: `${url.slice(0, url.indexOf(":"))} is not read here`,
		next: "set storage.root in batch_config of the tap to a file:// folder, or leave batch_config out",
		stream,
	});
}

function unreadable(url: string, stream: string, line: number, cause: Error): ConnectorError {
	return new ConnectorError("data.batch_file", `A file of records of ${stream} cannot be read`, {
		where: line > 0 ? `${url}:${line}` : url,
		why: cause.message,
		next: "run it again: what has no state yet is read again",
		stream,
		cause,
	});
}
