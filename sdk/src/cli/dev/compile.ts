/** The author's own compiler: what Node takes out of the sources unseen, it looks at. */
import { text } from "node:stream/consumers";
import type { ConnectorError } from "../../errors.ts";
import { diedError } from "../../pipeline/connectors/death.ts";
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
		const errors = compilerErrors(await text(child.stdout), folder);
		const exit = await child.exited;
		if (errors.length > 0 || exit.code === 0 || signal.aborted) return errors;
		const next = `look at what it says: node ${compiler.tsc} -p ${compiler.project}`;
		return [diedError("compiler_died", exit, child.lastLines(), "tsc", { next })];
	} catch {
		return [];
	} finally {
		signal.removeEventListener("abort", end);
		await child.stop(0);
	}
}
