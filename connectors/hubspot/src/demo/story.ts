/** A year of the account, told from a seed: the same people, companies and deals at every start. */

import { type Chance, seededChance } from "@growthnav/sdk/testing";
import { type Contact, type CrmRecord, type Deal, type DealFact, type History, madeAt } from "./events.ts";
import { ACCOUNT, DELETED_STAGE, type Kind, owners, STAGES, type Stage } from "./portal.ts";
import { companyProperties, contactProperties, dealProperties, edited, iso } from "./values.ts";

export interface Story {
	seed: number;
	contacts: number;
	companies: number;
	deals: number;
	/** Records of each kind that one update of all of them gives the same time of change, of a hundred. */
	bulk: number;
	/** Deals for which nobody writes down an amount, of a hundred. */
	unpriced: number;
	from: number;
	until: number;
}

export const A_YEAR: Story = {
	...{ seed: 1906, contacts: 2200, companies: 320, deals: 900, bulk: 30, unpriced: 3 },
	from: Date.UTC(2025, 7, 1),
	until: Date.UTC(2026, 7, 1),
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Somebody set a property of hundreds of records in one go. */
export const BULK_UPDATE = Date.UTC(2026, 4, 31, 22);

const IDS: Record<Kind, number> = { contacts: 50_400_000_000, companies: 18_900_000_000, deals: 31_700_000_000 };

/** Tells the year. */
export function tell(story: Story): History {
	const chance = seededChance(story.seed);
	const owner = () => chance.pick(owners()).id as string;
	const companies = Array.from({ length: story.companies }, (_, n) =>
		record("companies", n, someTime(story, chance), companyProperties(n, owner(), chance)),
	);
	const contacts = Array.from({ length: story.contacts }, (_, n) => contact(n, story, companies, owner(), chance));
	const people = contacts.map(({ record: person }) => person);
	const deals = Array.from({ length: story.deals }, (_, n) => deal(n, story, people, companies, owner(), chance));
	const all = [people, companies, deals.map(({ record: one }) => one)];
	for (const records of all) bulkUpdate(records, story.bulk);
	mergePairs(people, story, chance);
	mergePairs(companies, story, chance);
	mergeDeals(deals, story, chance);
	for (const records of all) archiveSome(records, story, chance);
	return {
		records: { contacts: people, companies, deals: deals.map(({ record: one }) => one) },
		...{ deals, contacts },
	};
}

/** On some day of the year, more often in the second half of it; to the millisecond. */
function someTime({ from, until }: Story, chance: Chance): number {
	return from + Math.floor((until - from - 20 * DAY) * Math.sqrt(chance.next()));
}

/** Ids grow, but not evenly. */
function record(kind: Kind, number: number, at: number, properties: Record<string, string>): CrmRecord {
	const id = String(IDS[kind] + number * 37 + (number % 5));
	return { kind, id, versions: [{ at, properties }], associations: [] };
}

function contact(number: number, story: Story, companies: CrmRecord[], owner: string, chance: Chance): Contact {
	const at = someTime(story, chance);
	const imported = chance.percent(12);
	const subscribed = !imported && chance.percent(20);
	const person = record("contacts", number, at, contactProperties({ number, owner, at, imported, subscribed }, chance));
	if (chance.percent(60)) {
		const company = chance.pick(companies);
		associate(person, company, [{ typeId: 279 }, { typeId: 1, label: "Primary" }], [{ typeId: 280 }, { typeId: 2 }]);
	}
	// what they read and click changes them again and again
	for (let edits = chance.whole(0, 2); edits > 0; edits--) edit(person, story, { lifecyclestage: "lead" }, chance);
	return { record: person, came: imported ? undefined : at, subscribed };
}

function associate(a: CrmRecord, b: CrmRecord, there: Types, back: Types): void {
	a.associations.push({ to: b.kind, id: b.id, types: there });
	b.associations.push({ to: a.kind, id: a.id, types: back });
}
type Types = CrmRecord["associations"][number]["types"];

/** Some days after the last change, while the year lasts. */
function edit(one: CrmRecord, { until }: Story, change: Record<string, string>, chance: Chance): number | undefined {
	const last = one.versions.at(-1)!;
	const at = last.at + Math.ceil(chance.next() ** 2 * 60 * DAY) + HOUR;
	if (at >= until) return undefined;
	one.versions.push({ at, properties: edited(last.properties, change) });
	return at;
}

function deal(
	number: number,
	story: Story,
	people: CrmRecord[],
	companies: CrmRecord[],
	owner: string,
	chance: Chance,
): Deal {
	const at = someTime(story, chance);
	const pipeline = chance.percent(25) ? "18204470" : "default";
	const stages = STAGES.filter((stage) => stage.pipeline === pipeline);
	const currency = chance.percent(70) ? ACCOUNT.companyCurrency : chance.pick(ACCOUNT.additionalCurrencies);
	const first: DealFact = {
		at,
		stage: stages[0],
		amount: amountOf(currency, story, chance),
		currency,
		closed: at + 30 * DAY,
	};
	const codeIsGiven = currency !== ACCOUNT.companyCurrency || chance.percent(80);
	const write = (fact: DealFact) => dealProperties({ number, pipeline, owner, codeIsGiven, fact });
	const made: Deal = { record: record("deals", number, at, write(first)), facts: [first] };
	for (const person of some(people, chance.pick([0, 1, 1, 1, 1, 2, 3]), chance))
		associate(made.record, person, [{ typeId: 3 }], [{ typeId: 4 }]);
	if (chance.percent(85)) {
		const primary = { typeId: 5, label: "Primary" };
		associate(made.record, chance.pick(companies), [{ typeId: 341 }, primary], [{ typeId: 342 }, { typeId: 6 }]);
	}
	for (const change of changes(stages, () => amountOf(currency, story, chance), chance))
		moveOn(made, change, write, story, chance);
	return made;
}

function some<T>(list: T[], count: number, chance: Chance): Set<T> {
	return new Set(Array.from({ length: count }, () => chance.pick(list)));
}

/** Whole amounts for most, cents for some; yen have none. */
function amountOf(currency: string, { unpriced }: Story, chance: Chance): number | undefined {
	if (chance.percent(unpriced)) return undefined;
	const whole = chance.whole(4, 900) * 50;
	return currency === "JPY" ? whole * 100 : whole * 100 + (chance.percent(30) ? chance.whole(1, 99) : 0);
}

type Change = { stage?: Stage | undefined; amount?: number | undefined };

/** Half of them are won by and by; some of those are won for another amount, opened again, or lost after all. */
function changes(stages: Stage[], amount: () => number | undefined, chance: Chance): Change[] {
	const [open, almost, won, lost] = stages;
	const end = chance.percent(55) ? won : chance.percent(60) ? lost : undefined;
	if (end === undefined) return chance.percent(3) ? [{ stage: undefined }] : [{ stage: almost }];
	const way: Change[] = [{ stage: almost }, { stage: end }];
	if (end !== won) return way;
	if (chance.percent(8)) return [...way, { amount: amount() }];
	if (chance.percent(6)) return [...way, { stage: open }];
	if (chance.percent(3)) return [...way, { stage: open }, { stage: won, amount: amount() }];
	return chance.percent(2) ? [...way, { stage: lost }] : way;
}

function moveOn(
	{ record: one, facts }: Deal,
	change: Change,
	write: (fact: DealFact) => Record<string, string>,
	story: Story,
	chance: Chance,
): void {
	const at = edit(one, story, {}, chance);
	if (at === undefined) return;
	const last = facts.at(-1)!;
	const fact: DealFact = { ...last, ...change, at };
	if (fact.stage?.outcome === "won" && last.stage?.outcome !== "won") fact.closed = closeOf(at, chance);
	facts.push(fact);
	const properties = write(fact);
	if (fact.stage === undefined) properties.dealstage = DELETED_STAGE;
	one.versions.at(-1)!.properties = properties;
}

/** The moment of the click; or a day that was imported or typed, which HubSpot keeps as midnight in UTC. */
function closeOf(at: number, chance: Chance): number {
	if (chance.percent(60)) return at - chance.whole(0, 5);
	return Math.floor((at - chance.whole(0, 10) * DAY) / DAY) * DAY;
}

/** The same thing happens to many at once: their time of change is one and the same. */
function bulkUpdate(records: CrmRecord[], share: number): void {
	records.forEach((one, n) => {
		const last = one.versions.at(-1)!;
		if (n % 100 < share && last.at < BULK_UPDATE) one.versions.push({ at: BULK_UPDATE, properties: last.properties });
	});
}

/** The second is merged into the first, whose id stays. */
function mergePairs(records: CrmRecord[], story: Story, chance: Chance): void {
	for (let n = 40; n + 1 < records.length; n += 90) {
		const [kept, gone] = [records[n]!, records[n + 1]!];
		const at = Math.max(kept.versions.at(-1)!.at, gone.versions.at(-1)!.at) + chance.whole(1, 90) * HOUR;
		if (at >= story.until) continue;
		kept.versions.push({ at, properties: edited(kept.versions.at(-1)!.properties, { hs_merged_object_ids: gone.id }) });
		gone.merged = { at, into: kept };
	}
}

/** Two deals become a third: with the values of the first, and neither of their ids. */
function mergeDeals(deals: Deal[], story: Story, chance: Chance): void {
	for (let n = 30, made = deals.length; n + 1 < made; n += 75) {
		const [kept, gone] = [deals[n]!, deals[n + 1]!];
		const fact = kept.facts.at(-1)!;
		const at = Math.max(...[kept, gone].map(({ record: one }) => one.versions.at(-1)!.at)) + chance.whole(1, 90) * HOUR;
		if (at >= story.until) continue;
		const ids = `${kept.record.id};${gone.record.id}`;
		const merged = record("deals", deals.length, at, {
			...edited(kept.record.versions.at(-1)!.properties, { hs_merged_object_ids: ids }),
			createdate: iso(Math.min(madeAt(kept.record), madeAt(gone.record))),
		});
		merged.associations = kept.record.associations;
		kept.record.merged = { at, into: merged };
		gone.record.merged = { at, into: merged };
		deals.push({ record: merged, facts: [{ ...fact, at }] });
	}
}

function archiveSome(records: CrmRecord[], { until }: Story, chance: Chance): void {
	for (const one of records) {
		if (one.merged !== undefined || !chance.percent(2.5)) continue;
		const at = one.versions.at(-1)!.at + chance.whole(1, 300) * HOUR;
		// the last change stays what it was
		if (at < until) one.archivedAt = at;
	}
}
