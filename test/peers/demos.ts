/** The scripted servers of our sources, in this process, with what other programs need to read them. */
import { fileURLToPath } from "node:url";
import type { StartDemo } from "@growthnav/sdk";
import type { JsonObject } from "@growthnav/spec";

export const DEMOS = ["file", "square", "shopify", "hubspot", "woocommerce", "toast"] as const;

export interface Started {
	/** "source-square" */
	name: string;
	/** Its executable. */
	program: string;
	config: JsonObject;
	close(): Promise<void>;
}

/** Vendors' limits pass a hundred times as fast: no test is about waiting. */
const HASTE = 100;

export async function startDemos(names: readonly string[] = DEMOS): Promise<Started[]> {
	const begun = Date.now();
	const clock = () => begun + (Date.now() - begun) * HASTE;
	return Promise.all(
		names.map(async (name) => {
			const at = (path: string) => new URL(`../../connectors/${name}/${path}`, import.meta.url);
			const { start } = (await import(at("src/demo.ts").href)) as { start: StartDemo };
			const { config, close } = await start({ small: true, clock });
			return { name: `source-${name}`, program: fileURLToPath(at("bin.js")), config, close };
		}),
	);
}
