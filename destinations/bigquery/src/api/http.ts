/** One request that really ends: at its answer, at an error, or at its time limit, when its socket is closed. */
import type { IncomingMessage } from "node:http";
import { deadlineProblem, fault, networkProblem } from "../errors/problem.ts";

export interface Answer {
	status: number;
	/** Names in small letters. */
	headers: Record<string, string>;
	body: string;
}

export interface Sending {
	method: string;
	headers: Record<string, string>;
	data: Buffer;
	milliseconds: number;
}

/** Answers of uploads are job resources of some kilobytes. */
const LONGEST_BODY = 10_000_000;

/** Follows no redirect. Throws problems: `network`, `deadline`. */
export async function send(url: URL, { method, headers, data, milliseconds }: Sending): Promise<Answer> {
	const { request } = url.protocol === "https:" ? await import("node:https") : await import("node:http");
	const signal = AbortSignal.timeout(Math.max(1, Math.ceil(milliseconds)));
	try {
		return await new Promise<Answer>((resolve, reject) => {
			const sent = request(url, { method, headers: { ...headers, "content-length": data.length }, signal });
			let isAnswered = false;
			sent.on("response", (answer) => {
				isAnswered = true;
				answerOf(answer).then(resolve, reject);
			});
			// a service that has refused need not read the rest
			sent.on("error", (error) => isAnswered || reject(error));
			sent.end(data);
		});
	} catch (thrown) {
		throw fault(signal.aborted ? deadlineProblem(milliseconds, "upload") : networkProblem(thrown, "upload"));
	}
}

async function answerOf(answer: IncomingMessage): Promise<Answer> {
	const pieces: Buffer[] = [];
	let length = 0;
	for await (const piece of answer as AsyncIterable<Buffer>) {
		pieces.push(piece);
		length += piece.length;
		if (length > LONGEST_BODY) throw new Error("the answer is longer than an answer can be");
	}
	const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
	return {
		status: answer.statusCode ?? 0,
		headers: Object.fromEntries(headers),
		body: Buffer.concat(pieces).toString(),
	};
}
