/** The body of an answer: bounded, decompressed, and parsed with exact numbers. */

import { promisify } from "node:util";
import zlib from "node:zlib";
import type { Json } from "@growthnav/spec";
import { count } from "../count.ts";
import { ConnectorError, isConnectorError } from "../errors.ts";
import { parseJson } from "../protocol/parse.ts";
import type { HttpLimits } from "./client.ts";
import { limitSetting } from "./limits.ts";

export const ACCEPT_ENCODING = "gzip, deflate, br";

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

type SizeLimit = "answerBytes" | "downloadMegabytes" | "decompressionRatio";

export function tooLarge(limit: SizeLimit, limits: HttpLimits, request: string): ConnectorError {
	const bound = {
		answerBytes: `larger than ${count(limits.answerBytes)} bytes`,
		downloadMegabytes: `larger than ${count(limits.downloadMegabytes)} megabytes`,
		decompressionRatio: `more than ${limits.decompressionRatio} times larger than its compressed form`,
	};
	return new ConnectorError("data.answer_too_large", "The answer is too large", {
		where: request,
		why: `it is ${bound[limit]}`,
		next: `if that is right, raise ${limitSetting(limit)}`,
	});
}

export function unknownEncoding(encoding: string, request: string): ConnectorError {
	return new ConnectorError("data.answer_encoding", `The answer is compressed as ${JSON.stringify(encoding)}`, {
		where: request,
		why: `only ${ACCEPT_ENCODING} were asked for`,
		next: "report it to the vendor",
	});
}

/** A body that is not whole: the next try may bring it. */
export function cutOff(request: string, why: string, cause?: unknown): ConnectorError {
	return new ConnectorError("transient.answer_cut_off", "The answer did not arrive whole", {
		where: request,
		why,
		next: "run again; what is committed stays",
		cause,
	});
}

/** The JSON of a body, null for an empty one. What is not JSON is `transient.*`: a proxy's page, a cut-off answer. */
export function parseBody(bytes: Buffer, contentType: string | undefined, request: string): Json {
	if (bytes.length === 0) return null;
	try {
		return parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
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
