/**
 * The first file of every executable. It is plain JavaScript so that an old Node can still say what is wrong, and
 * small so that `spec` and `--help` answer at once.
 */
import module from "node:module";

/**
 * Runs a connector's or destination's command line, or growthnav's own when `load` is left out.
 * `load` imports the package; its default export is what `defineSource` or `defineDestination` returned.
 */
export async function start(load) {
	const [major, minor] = process.versions.node.split(".").map(Number);
	if (major < 22 || (major === 22 && minor < 19)) {
		process.stderr.write(`Node ${process.versions.node} is too old: 22.19 or newer is needed.\n`);
		process.exitCode = 10;
		return;
	}
	module.enableCompileCache?.();
	const { main } = await import("./dist/cli/main.js");
	await main(load);
}
