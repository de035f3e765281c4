/** The streams that a config asks for: of plain files, or of a preset. Looks into the files. */
import { ConnectorError, type SourceContext } from "@growthnav/sdk";
import type { Config } from "./config.ts";
import { quickbooksStreams } from "./quickbooks/preset.ts";
import { settingsOf } from "./settings.ts";
import { type FileStream, fileStream } from "./stream.ts";

/** By name, in the order of the config; `files` are how many each has. */
export type Streams = Map<string, { stream: FileStream; files: number }>;

/** Throws config errors. */
export async function streamsOf(context: SourceContext<Config>): Promise<Streams> {
	const all = settingsOf(context.config);
	if (context.config.preset === "quickbooks") {
		const { streams, files } = await quickbooksStreams(all[0]!, context);
		return new Map([
			["sales", { stream: streams.sales, files: files.sales.length }],
			["journal", { stream: streams.journal, files: files.journal.length }],
		]);
	}
	const streams: Streams = new Map();
	for (const settings of all) {
		const { name, ...stream } = await fileStream(settings, context);
		if (streams.has(name)) throw twice(name, settings.at);
		streams.set(name, stream);
	}
	return streams;
}

function twice(name: string, at: string): ConnectorError {
	return new ConnectorError("config.wrong_value", `Two streams have the name ${name}`, {
		where: `${at}stream`,
		why: "a stream is known by its name, and so is its table",
		next: "give one of them another name with stream",
	});
}
