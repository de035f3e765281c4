/** What a run must say of its rows and sums, although both processes ended well. Pure. */
import { currencyExponent } from "../../conversion/currency.ts";
import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import { mostFirst } from "../../order.ts";
import type { RunState } from "./run-state.ts";
import type { StreamTally } from "./tally.ts";
import type { ConversionsEvent } from "./totals.ts";

/** Codes of streams are those of the destination room, which says the same without a next step. */
export function dataErrors(run: RunState, conversions: readonly ConversionsEvent[]): ConnectorError[] {
	return [
		...run.tallies.all().flatMap((tally) => refusedError(tally, run) ?? []),
		...conversions.filter(({ check }) => check === "differs").map((one) => differsError(one, run)),
	];
}

function refusedError(tally: StreamTally, run: RunState): ConnectorError | undefined {
	const { read, rejected } = tally.committed;
	const { plan, record } = run;
	const limit = plan.limits.rejects_percent;
	const refused = [...tally.reasons.values()].filter(({ kind }) => kind === "record");
	const [most] = mostFirst(refused, ({ reason, path }) => `${reason} ${path}`);
	const parts = {
		where: `${plan.file}, run ${record.run}, stream ${tally.stream}`,
		why: most ? `most often: ${most.reason}` : "each is kept with its reason",
		next: `${plan.rejects} shows them`,
		stream: tally.stream,
	};
	if (tally.configured === undefined) {
		if (tally.records === 0) return undefined;
		const message = `${plan.source.connector.program} sent ${tally.stream}, which the catalog does not have`;
		return new ConnectorError("data.unknown_stream", message, {
			...parts,
			why: `${counted(tally.records)} of it were refused`,
		});
	}
	if (read > 0 && rejected === read) {
		return new ConnectorError("data.all_refused", `Every row of ${tally.stream} was refused`, parts);
	}
	if (limit === undefined || rejected * 100 <= limit * read) return undefined;
	const percent = Math.max(1, Math.round((rejected * 100) / read));
	const message = `${percent}% of ${tally.stream} was refused, more than ${limit}%`;
	return new ConnectorError("data.too_many_rejects", message, {
		...parts,
		next: `${parts.next}; the limit is limits.rejects_percent`,
	});
}

function differsError(one: ConversionsEvent, { plan, record }: RunState): ConnectorError {
	const here = `${counted(one.rows)}, ${money(one.currency, one.value)} here`;
	const there =
		one.source_value === null
			? "another sum over all accounts"
			: `${counted(one.source_rows ?? 0)}, ${money(one.currency, one.source_value)}`;
	return new ConnectorError("data.sum_differs", `The sum of ${one.conversion_type} differs from the source`, {
		where: `${plan.file}, run ${record.run}${one.source_system === "" ? "" : `, ${one.source_system}`}`,
		why: `${here}; ${there} at the source`,
		next: `${plan.rejects} shows what was refused`,
	});
}

function counted(rows: number): string {
	return `${count(rows)} ${rows === 1 ? "row" : "rows"}`;
}

/** "USD -21,377.60": exact, with at least as many decimals as the currency has. */
function money(currency: string | null, value: string | null): string {
	const [whole = "0", fraction = ""] = (value ?? "0").split(".");
	const decimals = fraction.padEnd(currency === null ? 0 : (currencyExponent(currency) ?? 0), "0");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
	return `${currency ?? ""} ${grouped}${decimals === "" ? "" : `.${decimals}`}`.trim();
}
