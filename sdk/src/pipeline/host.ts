/**
 * What this room is given of the world. It touches no `process`: the command line makes one of these from it, tests
 * make their own.
 */
export interface Host {
	/** Variables that `env:NAME` may name and from which connectors get the few they need; `--env` is merged in. */
	env: Readonly<Record<string, string | undefined>>;
	cwd: string;
	/** As `process.platform` has it. */
	platform: string;
	/** The Node that starts connectors of ours. */
	node: string;
	/** How growthnav was started, for next steps: "growthnav" or "npx growthnav". */
	program: string;
	version: string;
	pid: number;
	/** Where scratch folders are made. */
	tmpdir: string;
	/** Milliseconds since the epoch. */
	now(): number;
	/** Sends a signal to a process, or to a group by its negative id; 0 only asks. False: there is none. */
	signal(pid: number, signal: NodeJS.Signals | 0): boolean;
}

/** A place in a document: `["streams", "orders", "conversions", 0, "type"]`. */
export type Parts = readonly (string | number)[];

/** The same for people: `streams.orders.conversions[0].type`. */
export function pathText(parts: Parts): string {
	return parts.reduce<string>(
		(text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
		"",
	);
}
