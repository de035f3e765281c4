/** A tap's settings that were renewed while it ran (a rotated token) go into its config file, as is Singer's custom. */
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import type { Message } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { Source } from "../source/definition.ts";

/** Answers when the new settings are on disk: whole, beside the old file, in its place. Throws config.not_writable. */
export function keepInFile(file: string, { name }: Source): (message: Message) => Promise<void> {
	return async (message) => {
		if (message.type !== "CONTROL") return;
		const text = `${JSON.stringify(message.control.connectorConfig.config, undefined, 2)}\n`;
		await replace(file, text).catch((thrown) => {
			throw new ConnectorError("config.not_writable", `The new settings of source-${name} cannot be kept`, {
				where: file,
				why: (thrown as Error).message.replace(/, \w+ '.*$/, ""),
				next: "make the file and its folder writable, with a new token in it: the old one may be used up",
				cause: thrown,
			});
		});
	};
}

async function replace(file: string, text: string): Promise<void> {
	const real = await realpath(file);
	const { mode } = await stat(real);
	const beside = `${real}.new`;
	await rm(beside, { force: true });
	const handle = await open(beside, "wx", mode & 0o777);
	try {
		await handle.writeFile(text).then(handle.sync.bind(handle)).finally(handle.close.bind(handle));
		await rename(beside, real);
	} catch (thrown) {
		// it holds secrets
		await rm(beside, { force: true });
		throw thrown;
	}
}
