/** A connector's scripted source, in a process of its own: code from outside is never loaded into the runner. */
import { once } from "node:events";
import { ConnectorError } from "../../errors.ts";
import type { Demo } from "../../source/demo.ts";
import type { Host } from "../host.ts";
import type { Connector } from "./connectors.ts";
import { whyItEnded } from "./death.ts";
import { startChild } from "./process.ts";

const DEADLINE_SECONDS = 60;

/**
 * Starts the demo of a connector; `close` ends its process. `demoHost` is the module that the process runs: it prints
 * the demo as one line of JSON and serves until its stdin ends. Throws config.no_demo.
 */
export async function startDemo(connector: Connector, demoHost: string, host: Host): Promise<Demo> {
	if (connector.demo === undefined) {
		throw new ConnectorError("config.no_demo", `${connector.name} has no demo`, {
			why: "its package exports no ./demo",
			next: "give its settings instead",
		});
	}
	const child = await startChild({
		argv: [host.node, demoHost, connector.demo],
		args: [],
		cwd: host.cwd,
		program: `demo of ${connector.name}`,
		host,
		input: true,
	});
	const deadline = setTimeout(() => void child.stop(0), DEADLINE_SECONDS * 1000);
	try {
		const line = await firstLine(child.stdout);
		if (line === undefined) {
			throw new ConnectorError("internal.demo_died", `The demo of ${connector.name} did not start`, {
				why: whyItEnded(await child.exited, child.lastLines()),
				next: "report it",
			});
		}
		// nobody reads what it may still write
		child.stdout.resume();
		const demo = JSON.parse(line) as Omit<Demo, "close">;
		return {
			...demo,
			async close() {
				child.stdin?.end();
				await Promise.race([child.exited, once(child.stdout, "close")]);
				await child.stop();
			},
		};
	} catch (thrown) {
		await child.stop(0);
		throw thrown;
	} finally {
		clearTimeout(deadline);
	}
}

async function firstLine(stream: AsyncIterable<Buffer>): Promise<string | undefined> {
	const pieces: Buffer[] = [];
	const chunks = stream[Symbol.asyncIterator]();
	for (let chunk = await chunks.next(); !chunk.done; chunk = await chunks.next()) {
		const end = chunk.value.indexOf(10);
		pieces.push(end < 0 ? chunk.value : chunk.value.subarray(0, end));
		if (end >= 0) return Buffer.concat(pieces).toString("utf8");
	}
	return undefined;
}
