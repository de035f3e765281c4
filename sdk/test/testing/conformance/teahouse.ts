/** A small vendor and its connector, both right; the mutants change one thing of either. */
import { join } from "node:path";
import {
	bearer,
	decimal,
	defineSource,
	type ExpectedTotal,
	type HttpOptions,
	object,
	optional,
	type ReadContext,
	type RecordSchema,
	type Source,
	type StreamDefinition,
	secret,
	string,
	timestamp,
} from "../../../src/index.ts";
import { type ScriptedAnswer, type ScriptedRequest, type Subject, startServer } from "../../../src/testing/index.ts";

export interface Sale {
	id: string;
	shop_id: string;
	status: string;
	paid_at: string | null;
	updated_at: string;
	total: string;
	tax: string;
	currency: string;
	of: string | null;
}

const TOKEN = "tea-house-token-0001";
const SIZE = 20;

/** 240 sales of which seven in a row share a moment, one in twelve is open, one takes another back. */
export const SALES: Sale[] = Array.from({ length: 240 }, (_, number) => {
	const moment = new Date(Date.UTC(2026, 0, 1) + Math.floor(number / 7) * 3_600_000)
		.toISOString()
		.replace(".000Z", "Z");
	const back = number % 12 === 11;
	const sign = back ? "-" : "";
	return {
		id: `s${String(number).padStart(3, "0")}`,
		shop_id: "uji",
		status: back ? "RETURNED" : number % 12 === 5 ? "OPEN" : "PAID",
		paid_at: !back && number % 12 === 5 ? null : moment,
		updated_at: moment,
		total: `${sign}${11 + (number % 7)}.00`,
		tax: `${sign}1.00`,
		currency: "EUR",
		of: back ? `s${String(number - 11).padStart(3, "0")}` : null,
	};
});

export interface Vendor {
	sales?: Sale[];
	/** In place of the answer. */
	answer?: (request: ScriptedRequest) => ScriptedAnswer | undefined;
}

function answerOf({ sales = SALES, answer }: Vendor, request: ScriptedRequest): ScriptedAnswer {
	const { path, query, headers } = request;
	const own = answer?.(request);
	if (own !== undefined) return own;
	if (headers.authorization !== `Bearer ${TOKEN}`) return { status: 401, json: { error: "no such token" } };
	if (path === "/v1/shop") return { json: { name: "Uji" } };
	if (path === "/v1/guests")
		return {
			json: {
				guests: [
					{ id: "g1", name: "Aki" },
					{ id: "g2", name: "Bo" },
				],
			},
		};
	if (path !== "/v1/sales") return { status: 404, json: { error: "not here" } };
	const { updated_since = "", updated_after = "", updated_before = "9", from = "0", page } = query;
	const found = sales.filter(
		({ updated_at }) => updated_at >= updated_since && updated_at > updated_after && updated_at < updated_before,
	);
	const start = page === undefined ? Number(from) : Number(page) * SIZE;
	// the fourth page is empty, and not the end
	const shift = start > 3 * SIZE ? start - SIZE : start;
	const rows = start === 3 * SIZE ? [] : found.slice(shift, shift + SIZE);
	return {
		json: {
			sales: rows as never,
			next: shift + SIZE < found.length || start === 3 * SIZE ? String(start + SIZE) : null,
		},
	};
}

const sale = object({
	id: string(),
	shop_id: string(),
	status: string(),
	paid_at: optional(timestamp()),
	updated_at: timestamp(),
	total: decimal(),
	tax: decimal(),
	currency: string(),
	of: optional(string()),
});
const origin = { source: { const: "pos" }, source_system: { const: "teahouse" }, source_account: "shop_id" } as const;
const config = object({
	token: secret(string()).describe("From Settings, API keys"),
	base_url: string().describe("Another server, for tests"),
});

/** Anything goes, so that a mutant can be wrong. */
// biome-ignore lint/suspicious/noExplicitAny: mutants break the types that would refuse them
export type Loose = any;
export type Context = ReadContext<{ token: string; base_url: string }>;

export const sales: StreamDefinition<Loose, Loose> = {
	schema: sale,
	primaryKey: "id",
	cursor: "updated_at",
	sorted: true,
	read: ({ http, since }) =>
		http.pages("/v1/sales", {
			query: { updated_since: since },
			rows: (body) => body.sales,
			next: ({ body }) => body.next && { query: { from: body.next } },
		}),
	origin,
	conversions: [
		{
			type: "purchase",
			when: { status: "PAID" },
			columns: { timestamp: "paid_at", currency: "currency", value: { sum: ["total", { negate: "tax" }] } },
		},
		{
			type: "refund",
			when: { status: "RETURNED" },
			parent: { stream: "sales", type: "purchase", key: "of" },
			columns: { timestamp: "paid_at", currency: "currency", value: { sum: ["total", { negate: "tax" }] } },
		},
	],
};
export const guests: StreamDefinition<Loose, Loose> = {
	schema: object({ id: string(), name: string() }),
	primaryKey: "id",
	read: ({ http }) => http.pages("/v1/guests", { rows: (body) => body.guests, next: () => undefined }),
	note: "who bought; what they bought is in sales",
};

export interface House {
	config?: RecordSchema;
	http?: Partial<HttpOptions>;
	check?: (context: Loose) => Promise<string>;
	streams?: Loose;
	vendor?: Vendor;
	released?: Subject["released"];
	/** What its executable does wrong: a word of `program.ts`. */
	executable?: string;
}

const PROGRAM = join(import.meta.dirname, "program.ts");

export function house({ vendor = {}, released, executable = "right", ...changed }: House = {}): Subject {
	const source = defineSource({
		name: "teahouse",
		version: "0.1.0",
		title: "Tea House",
		config: (changed.config ?? config) as typeof config,
		http: ({ base_url, token }) => ({ vendor: "Tea House", baseUrl: base_url, auth: bearer(token), ...changed.http }),
		check: changed.check ?? (async ({ http }) => `shop ${(await http.get("/v1/shop")).body.name}`),
		streams: changed.streams ?? { sales, guests },
	}) as Source;
	return {
		source,
		released,
		program: [process.execPath, "--conditions=growthnav-source", PROGRAM, executable],
		start: async () => {
			const server = await startServer({ "*": (request) => answerOf(vendor, request) });
			return {
				config: { token: TOKEN, base_url: server.url },
				expectedTotals: books(),
				says: "a scripted tea house",
				totalsFrom: "its own books",
				close: () => server.close(),
			};
		},
	};
}

/** Sums made from the story, not from what the connector saw. */
function books(): ExpectedTotal[] {
	const sum = (status: string, conversion_type: string): ExpectedTotal => {
		const rows = SALES.filter((one) => one.status === status);
		const cents = rows.reduce((all, { total, tax }) => all + Number(total) * 100 - Number(tax) * 100, 0);
		return {
			source_system: "teahouse",
			conversion_type,
			currency: "EUR",
			rows: rows.length,
			value: (cents / 100).toFixed(2),
		};
	};
	return [sum("PAID", "purchase"), sum("RETURNED", "refund")];
}
