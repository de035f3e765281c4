/** `growthnav check`: every test is made; failures come together. */
import { checkPipeline } from "../../pipeline/check.ts";
import { loadPipeline } from "../../pipeline/file.ts";
import { checkLine } from "../screen/connectors.ts";
import { plural } from "../screen/numbers.ts";
import { jsonLine } from "../screen/screen.ts";
import type { World } from "../world.ts";

export async function check(world: World, _options: object, [path]: [string]): Promise<number> {
	const style = world.terminal.outStyle;
	let made = 0;
	let failed = 0;
	const { exitCode, errors } = await checkPipeline(await loadPipeline(path, world.host), world.host, {
		demoHost: world.demoHost,
		onEvent(event) {
			made++;
			if (event.status === "failed") failed++;
			if (world.terminal.mode === "json") world.terminal.out(jsonLine(event, world.terminal.now(), null, null));
			else world.say(checkLine(event, style));
		},
	});
	if (errors.length === 0) {
		world.say(`${style.good(style.ok)} Ready.  Next  ${world.terminal.command} preview ${path}`);
		return 0;
	}
	world.fail(...errors);
	world.say(
		`${style.bad(style.failed)} ${failed} of ${plural(made, "test")} failed. Nothing was written. Exit code ${exitCode}.`,
	);
	return exitCode;
}
