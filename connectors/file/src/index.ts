/** `source-file`: CSV, TSV and JSON Lines, plain or gzipped, as streams; see README.md. */
import { ConnectorError, defineSource, listOf, type SourceContext } from "@growthnav/sdk";
import { type Config, config } from "./config.ts";
import { settingsOf } from "./settings.ts";
import { type FileStream, fileStream } from "./stream.ts";

export default defineSource({
	name: "file",
	version: "0.1.0",
	title: "Files",
	docs: "connectors/file/README.md",
	config,
	async check(context) {
		const streams = await streamsOf(context);
		return `${listOf(Object.keys(streams))}`;
	},
	streams: streamsOf,
});

async function streamsOf(context: SourceContext<Config>): Promise<Record<string, FileStream>> {
	const streams = new Map<string, FileStream>();
	for (const settings of settingsOf(context.config)) {
		const [name, stream] = await fileStream(settings, context);
		if (streams.has(name)) throw twice(name, settings.at);
		streams.set(name, stream);
	}
	return Object.fromEntries(streams);
}

function twice(name: string, at: string): ConnectorError {
	return new ConnectorError("config.wrong_value", `Two streams have the name ${name}`, {
		where: `${at}stream`,
		why: "a stream is known by its name, and so is its table",
		next: "give one of them another name with stream",
	});
}
