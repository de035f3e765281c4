/** Whole runs of a source into the memory destination: from the states that it keeps to the tables that it has after. */
import type { Message } from "@growthnav/spec";
import type { Source } from "../../src/source/definition.ts";
import { type ReadInputs, readSource, savedStreams } from "../../src/source/index.ts";
import { type Memory, memory, type Written } from "../destination/memory-run.ts";
import { collect, settings } from "./sample.ts";

export interface Runs extends Memory {
	/** `upTo` cuts the output of the source off behind so many messages. */
	run(
		source: Source,
		inputs?: Partial<ReadInputs> & { upTo?: number },
	): Promise<{ messages: Message[]; written: Written }>;
}

export function runsIntoMemory(): Runs {
	const store = memory();
	return {
		...store,
		async run(source, { upTo, ...inputs } = {}) {
			const state = savedStreams((await store.states()) as never);
			const messages = await collect(readSource(source, { config: settings, state, ...inputs }));
			// text, since exact numbers are exact only there
			const lines = messages.slice(0, upTo).map((message) => JSON.stringify(message));
			return { messages, written: await store.write(lines) };
		},
	};
}
