/** The bytes of a body, however large: where the connection breaks, from where it broke on, if the server can. */
import { ConnectorError } from "../../errors.ts";
import type { Time } from "../budget.ts";
import type { HttpLimits } from "../client.ts";
import type { AnswerHead } from "../exchange.ts";
import { timeout } from "../failure.ts";
import type { Download, Format } from "./contract.ts";
import { unpacked } from "./unpack.ts";

/** An answer whose body has not been read. */
export interface OpenAnswer extends AnswerHead {
	body: AsyncIterable<Buffer> & { destroy(): void };
}

export interface Downloading {
	/** Begins the download, with tries of its own; with headers that ask for a part of it. */
	open: (headers: Record<string, string>) => Promise<OpenAnswer>;
	/** What a break of the connection is called. */
	failureOf: (thrown: unknown) => ConnectorError;
	limits: HttpLimits;
	time: Time;
	signal: AbortSignal;
	vendor: string;
	request: string;
}

/** The rows of a download, as its format finds them. */
export async function* downloaded<Row>(format: Format<Row>, how: Downloading): AsyncGenerator<Row[], void, undefined> {
	const { request, limits } = how;
	const first = await how.open({});
	try {
		if (first.status === 204) return;
		if (first.headers["content-type"]?.includes("text/html")) throw htmlPage(request);
		const download: Download = { request, rowBytes: limits.rowBytes };
		yield* format.rows(unpacked(wholeBody(first, how), first.headers["content-encoding"], limits, request), download);
	} finally {
		// also where nothing of it was read
		first.body.destroy();
	}
}

const LONGEST_PAUSE = 60_000;

async function* wholeBody(first: OpenAnswer, how: Downloading): AsyncGenerator<Buffer, void, undefined> {
	const { limits, time, signal, vendor, request } = how;
	const tag = tagForParts(first);
	let answer = first;
	let received = 0;
	let broken = 0;
	let late = false;
	const timer = setTimeout(() => {
		late = true;
		answer.body.destroy();
	}, limits.downloadTimeout).unref();
	try {
		while (true) {
			try {
				for await (const chunk of answer.body) {
					received += chunk.length;
					broken = 0;
					yield chunk;
				}
				if (late) throw timeout("downloadTimeout", vendor, request, limits);
				return;
			} catch (error) {
				signal.throwIfAborted();
				if (late) throw timeout("downloadTimeout", vendor, request, limits);
				const failure = how.failureOf(error);
				if (failure.kind !== "transient" || tag === undefined || ++broken >= limits.tries) throw failure;
				await time.sleep(Math.min(LONGEST_PAUSE, 1_000 * 2 ** (broken - 1)), signal);
				answer = await restOf(received, tag, how, failure);
			}
		}
	} finally {
		clearTimeout(timer);
	}
}

/** What proves that a later answer is part of the same body: a strong ETag of a server that gives parts. */
function tagForParts({ headers, status }: OpenAnswer): string | undefined {
	const { etag } = headers;
	const isStrong = etag !== undefined && /^"[^"]*"$/.test(etag);
	return status === 200 && isStrong && headers["accept-ranges"]?.includes("bytes") ? etag : undefined;
}

async function restOf(from: number, tag: string, { open }: Downloading, failure: ConnectorError): Promise<OpenAnswer> {
	const rest = await open({ range: `bytes=${from}-`, "if-range": tag });
	const isRest = rest.status === 206 && rest.headers["content-range"]?.startsWith(`bytes ${from}-`);
	if (isRest && (rest.headers.etag ?? tag) === tag) return rest;
	rest.body.destroy();
	throw failure;
}

function htmlPage(request: string): ConnectorError {
	return new ConnectorError("transient.html_page", "The answer is an HTML page", {
		where: request,
		why: "often a proxy, a login page or a vendor's maintenance page stands between",
		next: "run again; if it stays, open the address in a browser from this machine",
	});
}
