/** Connectors with one fault each; the rule that finds it, and the words in which it says so. */

import {
	array,
	ConnectorError,
	integer,
	json,
	object,
	optional,
	secret,
	string,
	timestamp,
} from "../../../src/index.ts";
import { discoverSource } from "../../../src/source/commands.ts";
import { specOf } from "../../../src/source/index.ts";
import type { Subject } from "../../../src/testing/index.ts";
import { type Context, guests, type House, house, type Loose, SALES, sales } from "./teahouse.ts";

export interface Mutant {
	fault: string;
	rule: string;
	says: RegExp;
	subject(): Promise<Subject> | Subject;
}

const base = { token: secret(string()).describe("Key"), base_url: string().describe("For tests") };
const withConfig = (more: object): House => ({ config: object({ ...base, ...more }) as Loose });
const withSales = (changed: object): House => ({ streams: { sales: { ...sales, ...changed }, guests } });
const withColumns = (columns: object) =>
	withSales({
		conversions: sales.conversions!.map((one: Loose) => ({ ...one, columns: { ...one.columns, ...columns } })),
	});
const pagesOf = (query: (context: Context) => object) => ({
	read: (context: Context) =>
		context.http.pages("/v1/sales", {
			query: query(context) as Loose,
			rows: (body) => body.sales,
			next: ({ body }) => body.next && { query: { from: body.next } },
		}),
});
const mutant = (fault: string, rule: string, says: RegExp, changed: House | (() => Promise<House>)): Mutant => ({
	fault,
	rule,
	says,
	subject: async () => house(typeof changed === "function" ? await changed() : changed),
});

/** The promises of a good release, some of which the mutant no longer keeps. */
async function released(before: House, now: House): Promise<House> {
	const { source, start } = house(before);
	const demo = await start();
	const catalog = await discoverSource(source, { config: demo.config }).finally(demo.close);
	return { ...now, released: { spec: specOf(source), catalog } };
}

async function* ownLoop({ http }: Context, more: (body: Loose, page: number) => boolean) {
	for (let page = 0; ; page++) {
		const { body } = await http.get("/v1/sales", { query: { page } });
		yield body.sales;
		if (!more(body, page)) return;
	}
}

export const MUTANTS: Mutant[] = [
	mutant(
		"a setting says nothing of itself",
		"spec: every setting is explained",
		/shop has no description/,
		withConfig({ shop: optional(string()) }),
	),
	mutant(
		"an object is a secret",
		"spec: secrets are texts",
		/login is a secret and no text/,
		withConfig({ login: optional(secret(object({ user: string().describe("Name") }) as Loose)).describe("Login") }),
	),
	mutant(
		"a list of nobody knows what",
		"spec: a form can show it",
		/shops does not say of what/,
		withConfig({ shops: optional(json()).describe("Shops").meta({ type: "array" }) }),
	),
	mutant(
		"a setting of the last release is gone",
		"spec: what the last release took is still taken",
		/shop is gone/,
		() => released(withConfig({ shop: optional(string()).describe("Shop") }), {}),
	),
	mutant(
		"a setting is newly required",
		"spec: what the last release took is still taken",
		/shop is newly required/,
		() => released({}, withConfig({ shop: string().describe("Shop") })),
	),
	mutant(
		"a setting was text and is a number",
		"spec: what the last release took is still taken",
		/shop was string/,
		() =>
			released(
				withConfig({ shop: optional(string()).describe("Shop") }),
				withConfig({ shop: optional(integer()).describe("Shop") }),
			),
	),
	mutant("check fails with the right settings", "check: the demo's settings work", /check says FAILED/, {
		check: async ({ http }) => (await http.get("/v2/shop")).body.name,
	}),
	mutant("check says nothing", "check: the demo's settings work", /check says nothing/, {
		check: async ({ http }) => ((await http.get("/v1/shop")) ? "" : ""),
	}),
	mutant("check asks nobody", "check: a wrong secret is refused", /a wrong token is taken/, {
		check: async () => "shop Uji",
	}),
	mutant(
		"a refused key is told as trouble of the vendor",
		"check: a wrong secret is refused",
		/a wrong token is told as transient/,
		{ http: { errorOf: () => ({ as: "vendor_error" }) as Loose, limits: { tries: 1 } } },
	),
	mutant("no streams", "discover: streams that can be read", /no stream/, { streams: async () => ({}) }),
	mutant("a stream without fields", "discover: streams that can be read", /guests has no fields/, {
		streams: { sales, guests: { ...guests, schema: object({}), primaryKey: undefined } },
	}),
	mutant("another catalog each time", "discover: the same twice", /two catalogs/, {
		streams: async () => ({ sales, [`guests_${performance.now()}`.replace(".", "_")]: guests }),
	}),
	mutant(
		"a field of the last release is gone",
		"discover: what the last release promised still holds",
		/sales\.tip is gone/,
		() => released(withSales({ schema: sales.schema.extend({ tip: optional(string()) }) }), {}),
	),
	mutant(
		"another key than in the last release",
		"discover: what the last release promised still holds",
		/another primary key/,
		() => released({}, { streams: { sales, guests: { ...guests, primaryKey: "name" } } }),
	),
	mutant(
		"a stream of the last release is gone",
		"discover: what the last release promised still holds",
		/guests is gone/,
		() => released({}, { streams: { sales } }),
	),
	mutant(
		"nobody says why guests become nothing",
		"discover: says what becomes of each stream",
		/guests has no conversions/,
		{ streams: { sales, guests: { ...guests, note: undefined } } },
	),
	mutant("rows are looked for in the wrong member", "read: every stream has rows", /guests has no rows/, {
		streams: {
			sales,
			guests: {
				...guests,
				read: ({ http }: Context) => http.pages("/v1/guests", { rows: (body) => body.guest, next: () => undefined }),
			},
		},
	}),
	mutant(
		"a misspelt field",
		"read: every declared field is seen",
		/sales\.payed_at is declared/,
		withSales({ schema: sales.schema.extend({ payed_at: optional(timestamp()) }) }),
	),
	mutant(
		"a text is declared as a whole number",
		"read: rows are as declared",
		/status/,
		withSales({ schema: sales.schema.extend({ status: integer() }) }),
	),
	mutant(
		"a list is declared as a text",
		"read: rows are as declared",
		/shop_id/,
		withSales({ schema: sales.schema.extend({ shop_id: array(string()) }) }),
	),
	mutant(
		"a key that many rows share",
		"read: a key is one row",
		/two different rows with the key/,
		withSales({ primaryKey: "status" }),
	),
	mutant(
		"rows tell when they were read",
		"read: the same twice",
		/are other rows/,
		withSales({
			read: async function* (context: Context) {
				for await (const rows of sales.read(context as Loose))
					yield (rows as Loose[]).map((row) => ({ ...row, read_at: performance.now() }));
			},
		}),
	),
	mutant(
		"asks until now by its own clock",
		"read: the clock of this machine decides nothing",
		/rows of sales are missing/,
		withSales(pagesOf(({ since, until }) => ({ updated_since: since, updated_before: until }))),
	),
	mutant("rows out of order, declared sorted", "read: a session that a destination takes", /do not come in the order/, {
		vendor: { sales: SALES.toReversed() },
	}),
	mutant("no time of the event", "conversions: every one is whole", /no_event_time/, withColumns({ timestamp: "of" })),
	mutant("no currency", "conversions: every one is whole", /no_currency/, withColumns({ currency: "of" })),
	mutant(
		"a refund that is negated twice",
		"conversions: every one is whole",
		/reversal_positive/,
		withSales({
			conversions: sales.conversions!.map((one: Loose) =>
				one.type === "refund" ? { ...one, columns: { ...one.columns, value: { negate: "total" } } } : one,
			),
		}),
	),
	mutant(
		"refunds of sales that do not exist",
		"conversions: reversals take away",
		/a sale that is not there/,
		withSales({
			conversions: sales.conversions!.map((one: Loose) =>
				one.type === "refund" ? { ...one, parent: { stream: "sales", type: "purchase", key: "currency" } } : one,
			),
		}),
	),
	mutant(
		"two conversions of one row that cannot be told apart",
		"conversions: every one is whole",
		/duplicate_identity/,
		withSales({
			schema: sales.schema.extend({ lines: optional(array(string())) }),
			conversions: [{ ...(sales.conversions![0] as Loose), each: { line: "lines" }, discriminator: "currency" }],
			read: async function* (context: Context) {
				for await (const rows of sales.read(context as Loose))
					yield (rows as Loose[]).map((row) => ({ ...row, lines: ["a", "b"] }));
			},
		}),
	),
	mutant(
		"tax counts as revenue",
		"conversions: the sums of the books",
		/the books say/,
		withColumns({ value: "total" }),
	),
	mutant(
		"open sales count",
		"conversions: the sums of the books",
		/rows of .* the books say/,
		withSales({
			conversions: [
				{
					...(sales.conversions![0] as Loose),
					when: { status: ["PAID", "OPEN"] },
					columns: { ...(sales.conversions![0] as Loose).columns, timestamp: "updated_at" },
				},
				sales.conversions![1],
			],
		}),
	),
	mutant(
		"stops at a page without rows",
		"conversions: the sums of the books",
		/the books say/,
		withSales({ read: (context: Context) => ownLoop(context, (body) => body.sales.length > 0) }),
	),
	mutant(
		"the system is another in each row",
		"conversions: an account of its own",
		/one source says to be/,
		withSales({ origin: { ...sales.origin, source_system: "status" } }),
	),
	mutant("its state runs ahead of its rows", "resume: from every state", /are missing/, {
		streams: {
			sales: {
				...sales,
				cursor: undefined,
				sorted: undefined,
				ownState: true,
				read: async function* ({ http, state }: Context) {
					let from = (state as { from?: string } | undefined)?.from ?? "0";
					while (from !== "end") {
						const { body } = await http.get("/v1/sales", { query: { from } });
						from = body.next ?? "end";
						yield { rows: [], state: { from } };
						yield { rows: body.sales };
					}
				},
			},
			guests,
		},
	}),
	mutant(
		"asks for what comes after the cursor, and loses its equals",
		"resume: killed after any page",
		/are missing/,
		withSales(pagesOf(({ since }) => ({ updated_after: since }))),
	),
	mutant(
		"reads everything again",
		"resume: nothing has changed",
		/reads all 240 rows again/,
		withSales(pagesOf(() => ({}))),
	),
	mutant(
		"does not ask by its cursor",
		"resume: nothing new at all",
		/rows from the far future/,
		withSales(pagesOf(() => ({}))),
	),
	mutant("gives up at the first trouble", "faults: 500", /could not answer/, { http: { limits: { tries: 1 } } }),
	mutant("does not wait as the vendor asks", "faults: 429 with Retry-After", /limits the rate|wait/, {
		http: { limits: { longestWait: 10 } },
	}),
	mutant(
		"asks past the client of the SDK",
		"faults: page truncated",
		/JSON|Unexpected|missing/,
		withSales({
			read: async function* ({ config, since }: Context) {
				for (let from: string | null = "0"; from !== null; ) {
					const url: string = `${config.base_url}/v1/sales?from=${from}&updated_since=${since ?? ""}`;
					const body: Loose = await (await fetch(url, { headers: { authorization: `Bearer ${config.token}` } })).json();
					yield body.sales;
					from = body.next;
				}
			},
		}),
	),
	mutant("swallows what goes wrong", "faults: for ever 500", /without an error/, {
		streams: {
			sales: {
				...sales,
				read: async function* (context: Context) {
					try {
						yield* sales.read(context as Loose);
					} catch {}
				},
			},
			guests: {
				...guests,
				read: async function* (context: Context) {
					try {
						yield* guests.read(context as Loose);
					} catch {}
				},
			},
		},
	}),
	mutant(
		"tells a refused key as a bug",
		"faults: the key ends in the middle",
		/told as internal/,
		withSales({
			read: async function* (context: Context) {
				try {
					yield* sales.read(context as Loose);
				} catch {
					throw new ConnectorError("internal.sales", "No sales", { where: "sales", next: "ask" });
				}
			},
		}),
	),
	mutant(
		"stumbles over an answer of another shape",
		"faults: an answer of another shape",
		/internal\./,
		withSales({
			read: async function* ({ http }: Context) {
				const { body } = await http.get("/v1/sales");
				yield body.sales.map((row: Loose) => row);
			},
		}),
	),
	mutant(
		"pages without a guard",
		"faults: the same page for ever",
		/paging never ends/,
		withSales({ sorted: undefined, read: (context: Context) => ownLoop(context, (body) => body.next !== null) }),
	),
	mutant("has no room for a long text", "faults: a huge record", /too large|rows, not/, {
		http: { limits: { answerBytes: 4_000_000, tries: 1 } },
	}),
	mutant(
		"writes its key into rows",
		"secrets: in no message",
		/shows a secret/,
		withSales({
			read: async function* (context: Context) {
				for await (const rows of sales.read(context as Loose))
					yield (rows as Loose[]).map((row) => ({ ...row, asked_with: context.config.token }));
			},
		}),
	),
	mutant(
		"a mapping of fields that the vendor no longer has",
		"discover: mappings read what is there",
		/conversion 1 of sales.*: The mapping reads a path that sales does not have; sales has no payed_at/,
		{
			streams: async () => ({
				sales: {
					...sales,
					conversions: sales.conversions!.map((one: Loose) => ({
						...one,
						columns: { ...one.columns, timestamp: "payed_at" },
					})),
				},
				guests,
			}),
		},
	),
	mutant(
		"greets before it speaks",
		"process: speaks the protocol alone",
		/spec writes what is no message: Welcome to the Tea House/,
		{ executable: "greets" },
	),
	mutant("a failed check is a failed program", "process: a failed check is an answer", /check ends with 1/, {
		executable: "fails with its check",
	}),
	mutant("fails without a word", "process: a failed read says why", /writes no TRACE ERROR/, {
		executable: "says no error",
	}),
	mutant("fails, and ends as if it had not", "process: a failed read says why", /ends with 0/, {
		executable: "always ends with 0",
	}),
	mutant("waits for ever for a reader that has gone", "process: a reader that goes away", /after 12 s it still runs/, {
		executable: "stays",
	}),
	mutant(
		"tells a reader that has gone how it was written",
		"process: a reader that goes away",
		/prints a stack trace/,
		{
			executable: "traces its reader",
		},
	),
	mutant("a state of what was not written", "process: SIGTERM", /stopped by SIGTERM: \d+ rows of sales are missing/, {
		executable: "saves ahead",
	}),
	mutant("a line that is cut in its middle", "process: SIGTERM", /its last line is not whole/, {
		executable: "ends within a line",
	}),
	mutant("does not hear SIGTERM", "process: SIGTERM", /still runs 12 s after SIGTERM/, { executable: "is deaf" }),
	mutant("keeps what nobody takes", "process: nobody reads", /it keeps what it reads/, { executable: "keeps all" }),
	mutant("writes its settings to stderr", "process: no secret in its output", /stderr of check shows a secret/, {
		executable: "mutters",
	}),
	mutant(
		"gives its key to another program as an argument",
		"process: no secret in its output",
		/the command line of what \w+ starts shows a secret/,
		{ executable: "hands on" },
	),
];
