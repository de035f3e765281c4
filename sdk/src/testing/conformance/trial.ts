/** A connector on trial: its demo started, a proxy before it, and reads of every kind. */
import type { JsonObject, Message } from "@growthnav/spec";
import { checkSource, discoverSource } from "../../source/commands.ts";
import type { Source } from "../../source/definition.ts";
import { readBatches } from "../../source/read.ts";
import { outcomesOf } from "../becoming.ts";
import { quickTime } from "../quick-time.ts";
import { readingOf } from "../reading.ts";
import { identifier, latest } from "./committed.ts";
import type { Subject, Trial } from "./contract.ts";
import { openProgram } from "./program.ts";
import { openProxy } from "./proxy.ts";

/** Short, so that a silence is over soon; none of them is reached by what answers. Milliseconds. */
const PATIENCE = { headersTimeout: 600, bodyTimeout: 600, totalTimeout: 5_000 };
/** Nothing that a trial reads takes longer than this; what does, hangs. */
const A_MINUTE = 60_000;

export async function openTrial({ source, start, released, known = {}, program: argv }: Subject): Promise<Trial> {
	const time = quickTime();
	const demo = await start({ clock: time.clock, small: true });
	const upstream = source.http === undefined ? undefined : originIn(demo.config);
	const proxy = upstream === undefined ? undefined : await openProxy(upstream);
	const config = proxy === undefined ? demo.config : moved(demo.config, upstream!, proxy.origin);
	const program = argv === undefined ? undefined : await openProgram(argv);
	const hasty = hurried(source);

	const read: Trial["read"] = async (options = {}) => {
		const stop = new AbortController();
		const late = setTimeout(() => stop.abort(new Error("the read hung")), A_MINUTE);
		const messages: Message[] = [];
		let batches = 0;
		try {
			const inputs = { config: options.config ?? config, time, signal: stop.signal };
			const { state, now } = options;
			for await (const batch of readBatches(hasty, { ...inputs, ...(state && { state }), ...(now && { now }) })) {
				messages.push(...batch);
				if (++batches === options.stopAfter) break;
			}
		} finally {
			clearTimeout(late);
		}
		return { ...readingOf(messages), batches };
	};

	const discover = () => discoverSource(hasty, { config, time, signal: AbortSignal.timeout(A_MINUTE) });
	const whole = once(async () => {
		const reading = await read();
		return { ...reading, identify: identifier(reading.catalog ?? { streams: [] }) };
	});
	return {
		...{ source, demo, config, proxy, program, known, released, read, discover, whole },
		check: (given = config) => checkSource(hasty, { config: given, time, signal: AbortSignal.timeout(A_MINUTE) }),
		outcomes: once(async () => {
			const { catalog, records, identify } = await whole();
			return [...outcomesOf(catalog, latest(catalog, records, identify))];
		}),
		async close() {
			await program?.close();
			await proxy?.close();
			await demo.close();
		},
	};
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
	let made: Promise<T> | undefined;
	return () => {
		made ??= make();
		return made;
	};
}

function hurried(source: Source): Source {
	const { http } = source;
	if (http === undefined) return source;
	return {
		...source,
		http: (config) => {
			const options = http(config);
			return { ...options, limits: { ...options.limits, ...PATIENCE } };
		},
	};
}

/** The address of the demo's server: the first text of its config that is one on loopback. */
function originIn(config: JsonObject): string | undefined {
	const texts = Object.values(config).flatMap((value) => (typeof value === "string" ? [value] : []));
	const address = texts.find((text) => /^https?:\/\/(127\.0\.0\.1|localhost)[:/]/.test(text));
	return address === undefined ? undefined : new URL(address).origin;
}

function moved(config: JsonObject, from: string, to: string): JsonObject {
	return Object.fromEntries(
		Object.entries(config).map(([name, value]) => [
			name,
			typeof value === "string" && value.startsWith(from) ? to + value.slice(from.length) : value,
		]),
	);
}
