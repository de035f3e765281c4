/** Where every program begins: growthnav itself, or the executable of a source or destination. */
import { setFlagsFromString } from "node:v8";
import { toConnectorError } from "../errors.ts";

/**
 * Runs a command line and sets the exit code. `load` imports a connector's package, whose default export is what
 * `defineSource` or `defineDestination` returned; without it growthnav runs.
 */
export async function main(load?: () => Promise<unknown>): Promise<void> {
	const argv = process.argv.slice(2);
	if (load === undefined) {
		const { growthnav } = await import("./growthnav.ts");
		keepYoungGenerationSmall();
		return end(await growthnav(argv));
	}
	// a store and what lies beside it hold what people bought: whoever else may read it is the operator's to say
	process.umask(0o077);
	const [{ executable, isDefinition }, { fatal }] = await Promise.all([
		import("./executable.ts"),
		import("./run-commands.ts"),
	]);
	process.on("uncaughtException", (thrown) => fatal(toConnectorError(thrown)));
	const module = (await load()) as { default?: unknown };
	if (!isDefinition(module.default)) throw new Error("The package's default export is no source and no destination");
	keepYoungGenerationSmall();
	end(await executable(module.default, argv));
}

/**
 * Objects here live for one record: a young generation that stays small takes 60 to 140 MB less, at the same speed. Only
 * from now on: what is loaded at the start stays, and would be copied many times.
 */
function keepYoungGenerationSmall(): void {
	setFlagsFromString("--semi-space-growth-factor=1");
}

/** Milliseconds; a program that was told to stop does not linger. */
const LINGERING = 2_000;
const FIRST_SIGNAL_CODE = 129;

/** Everything is written by now; what a connector forgot to close (a socket, a timer) may not keep the program alive. */
function end(code: number): void {
	process.exitCode = code;
	setTimeout(() => process.exit(code), code < FIRST_SIGNAL_CODE ? LINGERING : 0).unref();
}
