/** Tea House to try the connector with, no account needed: it answers as the vendor documents, and keeps its own books. */
import type { Demo } from "@growthnav/sdk";
import { type ScriptedAnswer, type ScriptedRequest, startServer } from "@growthnav/sdk/testing";

const TOKEN = "demo-token-0123456789";
/** The vendor gives no more at once, whatever is asked for. */
const LARGEST_PAGE = 10;

/** What happened: forty cups in two days, every fifth still open. Money in cents, as books are kept. */
const STORY = Array.from({ length: 40 }, (_, n) => ({
	id: `sale-${String(n + 1).padStart(3, "0")}`,
	at: new Date(Date.UTC(2026, 6, 3, 8, 47 * n)).toISOString(),
	goods: 350 + ((n * 137) % 2200),
	tax: 35 + n,
	isPaid: n % 5 !== 4,
	email: n % 3 === 0 ? `guest${n}@mail.example` : undefined,
}));

const decimalOf = (cents: number) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, "0")}`;

/** The rows as the vendor sends them, in the order of their last change. */
const SALES = STORY.map(({ id, at, goods, tax, isPaid, email }) => ({
	id,
	shop_id: "uji",
	status: isPaid ? "PAID" : "OPEN",
	paid_at: isPaid ? at : null,
	updated_at: at,
	total: decimalOf(goods + tax),
	tax: decimalOf(tax),
	currency: "EUR",
	guest: email === undefined ? null : { email },
}));

/** One page: from the place that the cursor names, among those that changed at `updated_since` or later. */
function page({ query }: ScriptedRequest): ScriptedAnswer {
	const changed = SALES.filter(({ updated_at }) => Date.parse(updated_at) >= Date.parse(query.updated_since ?? "1970"));
	const from = Number(query.cursor ?? 0);
	const to = from + Math.min(Number(query.limit ?? LARGEST_PAGE), LARGEST_PAGE);
	return { json: { sales: changed.slice(from, to), next: to < changed.length ? String(to) : null } };
}

/** Wants the key, as the vendor does. */
const withKey = (answer: (request: ScriptedRequest) => ScriptedAnswer) => (request: ScriptedRequest) =>
	request.headers.authorization === `Bearer ${TOKEN}` ? answer(request) : { status: 401, json: { error: "bad token" } };

export async function start(): Promise<Demo> {
	const server = await startServer({
		"GET /v1/shop": withKey(() => ({ json: { id: "uji", name: "Uji" } })),
		"GET /v1/sales": withKey(page),
	});
	const paid = STORY.filter(({ isPaid }) => isPaid);
	return {
		config: { token: TOKEN, base_url: server.url },
		expectedTotals: [
			{
				source_system: "teahouse",
				conversion_type: "purchase",
				currency: "EUR",
				rows: paid.length,
				value: decimalOf(paid.reduce((sum, { goods }) => sum + goods, 0)),
			},
		],
		says: `a scripted Tea House with ${STORY.length} sales`,
		totalsFrom: "the books of the scripted server",
		close: server.close,
	};
}
