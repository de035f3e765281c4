/** Where every program begins: growthnav itself, or the executable of a source or destination. */
import { toConnectorError } from "../errors.ts";

/**
 * Runs a command line and sets the exit code. `load` imports a connector's package, whose default export is what
 * `defineSource` or `defineDestination` returned; without it growthnav runs.
 */
export async function main(load?: () => Promise<unknown>): Promise<void> {
	const argv = process.argv.slice(2);
	if (load === undefined) {
		const { growthnav } = await import("./growthnav.ts");
		return end(await growthnav(argv));
	}
	// a store and what lies beside it hold what people bought: whoever else may read it is the operator's to say
	process.umask(0o077);
	const { executable, fatal, isDefinition } = await import("./executable.ts");
	process.on("uncaughtException", (thrown) => fatal(toConnectorError(thrown)));
	const module = (await load()) as { default?: unknown };
	if (!isDefinition(module.default)) throw new Error("The package's default export is no source and no destination");
	end(await executable(module.default, argv));
}

/** Milliseconds; a program that was told to stop does not linger. */
const LINGERING = 2_000;
const FIRST_SIGNAL_CODE = 129;

/** Everything is written by now; what a connector forgot to close (a socket, a timer) may not keep the program alive. */
function end(code: number): void {
	process.exitCode = code;
	setTimeout(() => process.exit(code), code < FIRST_SIGNAL_CODE ? LINGERING : 0).unref();
}
