/** The body of an answer: bounded, decompressed, and parsed with exact numbers. */

import { isAscii } from "node:buffer";
import { promisify } from "node:util";
import zlib from "node:zlib";
import type { Json } from "@growthnav/spec";
import { count } from "../count.ts";
import { ConnectorError, isConnectorError } from "../errors.ts";
import { parseJson } from "../protocol/parse.ts";
import { cutOff, tooLarge, unknownEncoding } from "./bodies/failures.ts";
import type { HttpLimits } from "./client.ts";

type Inflate = (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>;
const INFLATE = new Map<string, Inflate>([
	["gzip", promisify(zlib.gunzip) as Inflate],
	["x-gzip", promisify(zlib.gunzip) as Inflate],
	["deflate", promisify(zlib.inflate) as Inflate],
	["br", promisify(zlib.brotliDecompress) as Inflate],
]);

/** Small answers may compress as well as they like. */
export const RATIO_COUNTS_FROM = 1024 * 1024;

/** Reads a body whole. Throws `data.answer_too_large` above a limit, and what the stream throws when it breaks. */
export async function readBytes(
	chunks: AsyncIterable<Buffer>,
	encoding: string | undefined,
	limits: HttpLimits,
	request: string,
): Promise<Buffer> {
	const parts: Buffer[] = [];
	let size = 0;
	for await (const chunk of chunks) {
		size += chunk.length;
		if (size > limits.answerBytes) throw tooLarge("answerBytes", limits, request);
		parts.push(chunk);
	}
	const bytes = Buffer.concat(parts, size);
	return encoding === undefined || encoding === "identity" || size === 0
		? bytes
		: inflate(bytes, encoding, limits, request);
}

async function inflate(bytes: Buffer, encoding: string, limits: HttpLimits, request: string): Promise<Buffer> {
	const inflater = INFLATE.get(encoding.toLowerCase());
	if (inflater === undefined) throw unknownEncoding(encoding, request);
	const byRatio = Math.max(RATIO_COUNTS_FROM, bytes.length * limits.decompressionRatio);
	const maxOutputLength = Math.min(limits.answerBytes, byRatio);
	try {
		return await inflater(bytes, { maxOutputLength });
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE")
			throw tooLarge(byRatio < limits.answerBytes ? "decompressionRatio" : "answerBytes", limits, request);
		throw cutOff(request, "its compression is broken", error);
	}
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The JSON of a body, null for an empty one. What is not JSON is `transient.*`: a proxy's page, a cut-off answer. */
export function parseBody(bytes: Buffer, contentType: string | undefined, request: string): Json {
	if (bytes.length === 0) return null;
	try {
		return parseJson(isAscii(bytes) ? bytes.toString("latin1") : UTF8.decode(bytes), { bytes });
	} catch (cause) {
		if (isConnectorError(cause) && cause.code === "data.json_too_deep")
			throw new ConnectorError("data.json_too_deep", cause.message, { where: request });
		const start = bytes.subarray(0, 64).toString("latin1").trimStart();
		if (start.startsWith("{") || start.startsWith("["))
			throw cutOff(request, `its JSON ends or breaks within ${count(bytes.length)} bytes`, cause);
		const kind = start.startsWith("<") || contentType?.includes("html") ? "an HTML page" : "text that is not JSON";
		throw new ConnectorError("transient.not_json", `The answer is ${kind}`, {
			where: request,
			why: "often a proxy, a login page or a vendor's maintenance page stands between",
			next: "run again; if it stays, open the base URL in a browser from this machine",
			cause,
		});
	}
}
