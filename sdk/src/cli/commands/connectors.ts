/** `growthnav connectors`: what can be read and written here. */
import { type Connector, listConnectors } from "../../pipeline/connectors/connectors.ts";
import type { RunEvent } from "../../pipeline/events.ts";
import { connectorsScreen } from "../screen/connectors.ts";
import { count } from "../screen/numbers.ts";
import type { World } from "../world.ts";

export async function connectors(world: World): Promise<number> {
	const found = await listConnectors(world.host);
	for (const one of found) world.tell(connectorEvent(one));
	const lines = found.map((one) => ({
		...connectorEvent(one),
		reads: one.entry ? (one.entry.reads ?? count(one.entry.streams?.length ?? 0)) : null,
		makes: one.entry ? (one.entry.conversions ?? (connectorEvent(one).conversions.join(", ") || "none")) : null,
		writes: one.entry?.modes?.join(", ") ?? null,
	}));
	world.say(...connectorsScreen(lines, world.terminal.outStyle));
	return 0;
}

function connectorEvent(one: Connector): Extract<RunEvent, { event: "connector" }> {
	const streams = one.entry?.streams ?? [];
	return {
		event: "connector",
		name: one.name,
		kind: one.kind,
		package: one.package ?? "",
		version: one.version ?? "",
		streams: streams.map(({ name }) => name),
		conversions: [...new Set(streams.flatMap(({ conversions }) => conversions))].sort(),
		status: one.status ?? "draft",
		found_in: one.foundIn,
	};
}
