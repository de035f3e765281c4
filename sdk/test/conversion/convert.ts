/** A stream of orders for the tests of this room: what is not under test is given once, here. */
import type { ConversionMapping, JsonObject } from "@growthnav/spec";
import { compileConversions } from "../../src/conversion/compile.ts";
import type { ConversionContext, Outcome } from "../../src/conversion/contract.ts";

export const context: ConversionContext = {
	customerId: "acme",
	stream: "orders",
	primaryKey: [["id"]],
	origin: { source: { const: "api" }, source_system: { const: "shop" }, source_account: { const: "A1" } },
	connectorVersion: "source-shop 0.1.0",
};

/** A mapping of type custom, which needs a time and nothing else; the time is given. */
export function mapping(parts: Partial<ConversionMapping>): ConversionMapping {
	const { columns, ...rest } = parts;
	return { type: "custom", ...rest, columns: { timestamp: { const: "2026-07-03T19:22:10Z" }, ...columns } };
}

export function outcomes(
	parts: Partial<ConversionMapping>,
	record: JsonObject,
	more: Partial<ConversionContext> = {},
): Outcome[] {
	return compileConversions([mapping(parts)], { ...context, ...more })({ id: "1", ...record });
}

/** The one outcome, with only the columns that exist. */
export function outcome(
	parts: Partial<ConversionMapping>,
	record: JsonObject,
	more: Partial<ConversionContext> = {},
): Outcome {
	const [only] = outcomes(parts, record, more);
	return only!;
}

/** The columns of the one conversion that exist; fails for any other outcome. */
export function row(
	parts: Partial<ConversionMapping>,
	record: JsonObject,
	more: Partial<ConversionContext> = {},
): Record<string, unknown> {
	const one = outcome(parts, record, more);
	if (one.outcome !== "converted") throw new Error(JSON.stringify(one));
	return Object.fromEntries(Object.entries(one.conversion).filter(([, value]) => value !== null));
}

/** Code and reason of the one reject. */
export function reject(
	parts: Partial<ConversionMapping>,
	record: JsonObject,
	more: Partial<ConversionContext> = {},
): { code: string; reason: string; path?: string } {
	const one = outcome(parts, record, more);
	if (one.outcome !== "rejected") throw new Error(JSON.stringify(one));
	const { code, reason, path } = one;
	return { code, reason, ...(path !== undefined && { path }) };
}
