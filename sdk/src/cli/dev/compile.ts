/** The author's own compiler: what Node takes out of the sources unseen, it looks at. */
import { text } from "node:stream/consumers";
import type { ConnectorError } from "../../errors.ts";
import { startChild } from "../../pipeline/connectors/process.ts";
import type { World } from "../world.ts";
import type { Subject } from "./subject.ts";
import { compilerErrors } from "./where.ts";

/** Nothing is written; its memory of earlier runs would be. */
const WITHOUT_TRACE = ["--noEmit", "--pretty", "false", "--composite", "false", "--incremental", "false"];

/** What is wrong with the types; nothing where the package brings no compiler, or was asked to stop. */
export async function typeErrors(
	{ compiler, folder }: Subject,
	{ host }: World,
	signal: AbortSignal,
): Promise<ConnectorError[]> {
	if (compiler === undefined) return [];
	const child = await startChild({
		argv: [host.node, compiler.tsc],
		args: ["-p", compiler.project, ...WITHOUT_TRACE],
		cwd: folder,
		program: "tsc",
		host,
	});
	const end = () => void child.stop(0);
	signal.addEventListener("abort", end, { once: true });
	if (signal.aborted) end();
	try {
		return compilerErrors(await text(child.stdout), folder);
	} catch {
		return [];
	} finally {
		signal.removeEventListener("abort", end);
		await child.stop(0);
	}
}
