/** `source-file`: CSV, TSV and JSON Lines, plain or gzipped, as streams; see README.md. */
import { defineSource, listOf } from "@growthnav/sdk";
import { config } from "./config.ts";

export default defineSource({
	name: "file",
	version: "0.1.0",
	title: "Files",
	config,
	// what reads files is loaded when files are read
	async check(context) {
		const { streamsOf } = await import("./streams.ts");
		const streams = await streamsOf(context);
		return listOf([...streams].map(([name, { files }]) => `${name} (${files} file${files === 1 ? "" : "s"})`));
	},
	async streams(context) {
		const { streamsOf } = await import("./streams.ts");
		return Object.fromEntries([...(await streamsOf(context))].map(([name, { stream }]) => [name, stream]));
	},
});
