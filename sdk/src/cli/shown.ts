/** Values of records and conversions as people see them: what may be personal by its shape, unless they asked for it. */
import type { Json } from "@growthnav/spec";
import { maskValue } from "../mask.ts";
import type { PreviewedRow } from "../pipeline/preview.ts";
import type { World } from "./world.ts";

type Asked = Pick<World, "showValues">;

/** Columns that hold what people are or wrote; shown by their shape unless asked for. */
const PERSONAL = new Set(["identity_fragments", "landing_page", "referrer"]);

/** A column of a conversion. */
export function shownValue(column: string, value: string, world: Asked): string {
	return PERSONAL.has(column) && !world.showValues && !/^\d+$/.test(value) ? maskValue(value) : value;
}

/** Names of fields that hold what people are: names, addresses, emails, phones, cards, births. */
const PERSONAL_FIELD =
	/(^|[._])((first|last|given|family|full|middle|nick|sur|buyer|recipient|cardholder|customer|contact)_?name|e?mail|phone|mobile|fax|addr|street|city|locality|zip|postal|pan|iban|account_number|birth|ssn|note$|ip$)/i;
const PERSONAL_VALUE = /\S@\S+\.\S|^\+?[\d ().-]{9,}$/;
const LONGEST_FIELD = 200;

/** A field of a record, one line; longer texts are cut. */
export function shownField(path: string, value: Json, world: Asked): string {
	if (typeof value !== "string") return JSON.stringify(value);
	const personal = PERSONAL_FIELD.test(path) || (PERSONAL_VALUE.test(value) && !/^\d{4}-\d\d-\d\d/.test(value));
	if (personal && !world.showValues) return maskValue(value);
	return value.length > LONGEST_FIELD ? `${value.slice(0, LONGEST_FIELD)}…` : value;
}

/** The conversions of a row. */
export function shownEvent(event: PreviewedRow["event"], world: Asked): PreviewedRow["event"] {
	if (world.showValues) return event;
	const hide = (conversion: Record<string, unknown>) =>
		Object.fromEntries(
			Object.entries(conversion).map(([name, value]) => [
				name,
				PERSONAL.has(name) && value != null ? maskedDeep(value) : value,
			]),
		);
	return { ...event, conversions: event.conversions.map(hide) };
}

function maskedDeep(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(maskedDeep);
	if (typeof value !== "object" || value === null) return typeof value === "string" ? maskValue(value) : value;
	return Object.fromEntries(
		Object.entries(value).map(([name, one]) => [
			name,
			name === "type" || name === "source_field" ? one : maskedDeep(one),
		]),
	);
}
