/** `growthnav check`: every test is made; failures come together. */
import { checkPipeline } from "../../pipeline/check.ts";
import { loadPipeline } from "../../pipeline/file/file.ts";
import { checkLine } from "../screen/connectors.ts";
import { nextLines } from "../screen/verdict.ts";
import type { World } from "../world.ts";
import { commandOf, commandsOn } from "./source-argument.ts";

export async function check(world: World, _options: object, [path]: [string]): Promise<number> {
	const style = world.terminal.outStyle;
	let made = 0;
	let failed = 0;
	const { exitCode, errors } = await checkPipeline(await loadPipeline(path, world.host), world.host, {
		demoHost: world.demoHost,
		signal: world.signal,
		...commandsOn(path, world),
		onEvent(event) {
			made++;
			if (event.status === "failed") failed++;
			world.tell(event);
			world.say(checkLine(event, style));
		},
	});
	world.signal.throwIfAborted();
	if (errors.length === 0) {
		const next = nextLines([{ command: commandOf("preview", path, {}, world), shows: "" }], style);
		world.say(`${style.good(style.ok)} Ready.  ${next[1]}`);
		return 0;
	}
	world.fail(...errors);
	world.say(`${style.bad(style.failed)} ${failed} of ${made} failed. Nothing was written. Exit code ${exitCode}.`);
	return exitCode;
}
