/** Runs in which times move: of rows with simple and odd keys, with several conversions each, under two namespaces. */
import fc from "fast-check";
import { farmFingerprint } from "./fake/farmhash.ts";
import { catalog, type Line, record, rows, state, status, stream } from "./support.ts";

const TEXT = { type: ["null", "string"] };
const TIME = { type: ["null", "string"], format: "date-time" };
const NUMBER = { type: ["null", "number"] };
const ORIGIN = { source: { const: "pos" }, source_system: { const: "shop" } };
const USD = { const: "USD" };

const ORDER = { id: TEXT, at: TIME, total: NUMBER, done: { type: "boolean" }, refunds: { type: ["null", "array"] } };
const PURCHASE = {
	type: "purchase",
	when: { done: true },
	columns: { timestamp: "at", value: "total", currency: USD },
};
const REFUND = {
	type: "refund",
	each: { refund: "refunds" },
	discriminator: "refund.id",
	columns: { timestamp: "refund.at", value: { negate: "refund.amount" }, currency: USD },
};
const VISIT = { type: "booking", columns: { timestamp: "at" } };

/** `namespace`: the same orders of the same account under another one have the same ids, and another table. */
function catalogOf(namespace: string | undefined, account: object, generation: number): object {
	const conversion_origin = { ...ORIGIN, source_account: account };
	const within = namespace === undefined ? {} : { namespace };
	return catalog(
		stream("orders", ORDER, { ...within, conversions: [PURCHASE, REFUND], conversion_origin }),
		stream(
			"visits",
			{ shop: TEXT, number: { type: "integer" }, at: TIME, price: NUMBER },
			{ primary_key: [["shop"], ["number"], ["price"]], conversions: [VISIT], conversion_origin },
		),
		stream(
			"seen",
			{ id: TEXT, at: TIME },
			{ destination_sync_mode: "append", conversions: [VISIT], conversion_origin },
		),
		stream(
			"places",
			{ id: TEXT, at: TIME },
			{
				destination_sync_mode: "overwrite",
				sync_mode: "full_refresh",
				conversions: [VISIT],
				conversion_origin,
				generation_id: generation,
				minimum_generation_id: generation,
			},
		),
	);
}

/** Near each other and far apart, before and after the days that have a number of their own. */
const at = fc
	.constantFrom("2026-07-01", "2026-07-02", "2026-07-09", "2024-02-29", "1969-12-31", "1850-05-05", "2077-01-01")
	.map((day) => `${day}T23:59:59.5Z`);
/** Keys that are written otherwise in a row than in the id of its record, and two that are alike in NFC. */
const id = fc.constantFrom(
	"a",
	"a",
	"a",
	"b",
	"x:y",
	'q"q',
	"x,y",
	"[1]",
	"back\\slash",
	"\u00e9",
	"e\u0301",
	"k".repeat(210),
);
const order = fc.record(
	{
		id,
		at,
		total: fc.nat({ max: 9 }),
		done: fc.boolean(),
		refunds: fc.array(fc.record({ id: fc.constantFrom("r1", "r2"), at, amount: fc.nat({ max: 3 }) }), { maxLength: 2 }),
		_ab_cdc_deleted_at: fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, at),
	},
	{ requiredKeys: ["id", "at", "done"] },
);
const visit = fc.record({
	shop: fc.constantFrom("n", "s:1"),
	number: fc.constantFrom(1, 2),
	price: fc.constantFrom("1.50", "1.5", 2),
	at,
});
const point = fc.record({ id: fc.constantFrom("p", "q", "e\u0301"), at });

const body = fc.oneof(
	{ weight: 6, arbitrary: order.map((data) => ["orders", data] as const) },
	{ weight: 2, arbitrary: visit.map((data) => ["visits", data] as const) },
	{ weight: 1, arbitrary: point.map((data) => ["seen", data] as const) },
	{ weight: 2, arbitrary: point.map((data) => ["places", data] as const) },
	{ weight: 1, arbitrary: fc.constant(["state", {}] as const) },
);

interface MovedRun {
	namespace: string | undefined;
	account: object;
	generation: number;
	bodies: (readonly [name: string, data: object])[];
	/** The overwrite takes its place. */
	complete: boolean;
}

export const movedRun: fc.Arbitrary<MovedRun> = fc.record({
	namespace: fc.constantFrom(undefined, undefined, "b"),
	account: fc.constantFrom({ const: "m1" }, { const: "m1" }, { const: "m2" }),
	generation: fc.constantFrom(0, 1, 2),
	bodies: fc.array(body, { minLength: 6, maxLength: 16 }),
	complete: fc.boolean(),
});

/** A run as messages; later ones must have higher numbers, since a record that was read later is newer. */
export function linesOf({ namespace, account, generation, bodies, complete }: MovedRun, number: number): Line[] {
	const within = namespace === undefined ? {} : { namespace };
	const named = (name: string, message: object) =>
		name === "orders" && namespace !== undefined
			? JSON.stringify(message).replace('"stream_descriptor":{', `"stream_descriptor":{"namespace":"${namespace}",`)
			: message;
	return [
		catalogOf(namespace, account, generation),
		...bodies.map(([name, data], n) =>
			name === "state"
				? named("orders", state("orders", { n }))
				: record(name, data, 1_780_000_000_000 + number * 1_000 + n, name === "orders" ? within : {}),
		),
		...["orders", "visits", "seen", ...(complete ? ["places"] : [])].map((name) => named(name, status(name))),
	];
}

const plain = (text: string) =>
	text
		.normalize("NFC")
		.replaceAll(",", ":")
		.replace(/["[\]\\]/g, "");
const FINGERPRINTS = 2n ** 48n;

function keyOf(text: string, timestamp: string | null): string {
	const day = timestamp === null ? -32_768 : Math.floor(Date.parse(timestamp) / 86_400_000);
	const kept = timestamp === null ? day : Math.max(-32_767, Math.min(32_767, day));
	return String(BigInt(kept) * FINGERPRINTS + BigInt.asUintN(48, farmFingerprint(text)));
}

/** Conversions whose keys are not all in `_gn_days`: computed here anew, not by the statements that keep them. */
export async function withoutDays(settings: Parameters<typeof rows>[0]): Promise<string[]> {
	const there = new Set(
		(await rows(settings, "SELECT CAST(day_key AS STRING) AS k FROM _gn_days")).map(({ k }) => String(k)),
	);
	const all = await rows(
		settings,
		"SELECT conversion_id AS id, source_stream AS stream, source_record_id AS record, _gn_key AS key, timestamp FROM conversions",
	);
	return all.flatMap(({ id, stream, record, key, timestamp }) => {
		const texts = key === null ? [String(id)] : [record, key].map((one) => plain(`${stream} ${one}`));
		const keys = texts.map((text) => keyOf(text, timestamp as string | null));
		return keys.every((one) => there.has(one)) ? [] : [`${id} ${stream} ${key} ${timestamp}`];
	});
}
