/** From the catalog to streams that can be written: tables made and widened, row writers and mappings compiled. */
import type { Catalog, ConfiguredCatalog, Message, Reject } from "@growthnav/spec";
import type { CoreConfig } from "./config.ts";
import type { Crash } from "./crash.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { planStreams, type StreamPlan } from "./plan.ts";
import type { Spool } from "./spool/spool.ts";
import type { Store, StoreContents } from "./store.ts";
import { type StreamRun, startStream } from "./stream-run.ts";
import { openStreamWriter } from "./stream-writer.ts";
import { planTables } from "./tables/tables.ts";

export interface PrepareContext {
	config: CoreConfig;
	store: Store;
	contents: StoreContents;
	ledger: Ledger;
	spool: Spool;
	onReject(reject: Reject): void;
	say(message: Message): void;
	crash: Crash | undefined;
}

/** Throws what the catalog asks for and cannot be had, before anything is written. */
export async function prepareStreams(
	catalog: ConfiguredCatalog | Catalog,
	context: PrepareContext,
): Promise<StreamRun[]> {
	const { config, store, contents, ledger, crash } = context;
	const plans = planStreams(catalog);
	const { tables, evolution, changes, notes } = planTables(plans, contents, ledger.streams, config.connection);
	// mappings are compiled before tables are touched: a wrong one leaves nothing behind
	const streams = plans.map((plan, at) => startStream(openStreamWriter(plan, tables[at]!, writerContext(context))));
	crash?.("before_evolve");
	if (evolution.tables.length > 0 || evolution.names.length > 0) await store.evolve(evolution);
	crash?.("after_evolve");
	for (const note of notes) context.say({ type: "LOG", log: { level: "WARN", message: note } });
	for (const change of changes) {
		const message = `${change.table}: ${change.path} ${change.change}${change.column === undefined ? "" : `, column ${change.column}`}`;
		context.say({ type: "LOG", log: { level: "INFO", message, schema_change: change } });
	}
	return streams;
}

function writerContext({ config, spool, onReject, crash }: PrepareContext) {
	return {
		connection: config.connection,
		customerId: config.customer_id,
		recordLimit: config.record_limit,
		rawData: config.raw_data,
		spool,
		onReject,
		crash,
	};
}

/** Mappings that the source knows and the given catalog does not. */
export function addMappings(streams: readonly StreamRun[], catalog: Catalog): void {
	const described = new Map(planMappings(catalog));
	for (const stream of streams) {
		const mapped = described.get(stream.plan.id);
		if (mapped === undefined || stream.plan.conversions.length > 0 || stream.status !== "unseen") continue;
		// its shadow was made without one for conversions
		if (stream.table.shadow) continue;
		const { conversions, origin, connector } = mapped;
		stream.plan = { ...stream.plan, conversions, origin, connector: stream.plan.connector ?? connector };
		stream.convertWith(stream.plan);
	}
}

function planMappings(catalog: Catalog): [string, StreamPlan][] {
	return planStreams({
		streams: catalog.streams.map((stream) => ({ ...stream, destination_sync_mode: "append" as const })),
	}).flatMap((plan): [string, StreamPlan][] => (plan.conversions.length > 0 ? [[plan.id, plan]] : []));
}
