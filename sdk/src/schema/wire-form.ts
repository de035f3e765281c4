/** Decimals travel as JSON number literals: text becomes a RawNumber with the same digits. All else goes as it is. */
import type { JsonObject } from "@growthnav/spec";
import type { z } from "zod";
import { rawNumber } from "../protocol/numbers.ts";
import { type Field, fieldOf } from "./field.ts";
import { memberReader, setMember } from "./member.ts";
import { decimalLiteral } from "./text.ts";

type Form = (value: unknown) => unknown;

/**
 * Rows of a schema as they are sent. The given row is never changed; what needs no change is the same object. Text that
 * is no number stays text: `checkRow` tells about it.
 */
export function wireFormOf(schema: z.ZodObject): (row: JsonObject) => JsonObject {
	const form = formOf(fieldOf(schema));
	return form === undefined ? (row) => row : (row) => form(row) as JsonObject;
}

/** Undefined where nothing below the field can be a decimal. */
function formOf(field: Field): Form | undefined {
	if (field.kind === "decimal") return decimalForm;
	if (field.item !== undefined) {
		const form = formOf(field.item);
		return form && ((value) => (Array.isArray(value) ? listForm(value, form) : value));
	}
	if (field.kind !== "object") return undefined;
	const forms: Member[] = [];
	for (const [name, part] of field.fields) {
		const form = formOf(part);
		if (form !== undefined) forms.push({ name, read: memberReader(name), form });
	}
	return forms.length === 0 ? undefined : (value) => objectForm(value, forms);
}

function decimalForm(value: unknown): unknown {
	if (typeof value !== "string") return value;
	const literal = decimalLiteral(value);
	return literal === undefined ? value : rawNumber(literal);
}

function listForm(list: unknown[], form: Form): unknown[] {
	let copy: unknown[] | undefined;
	for (let i = 0; i < list.length; i++) {
		const sent = form(list[i]);
		if (sent === list[i]) continue;
		copy ??= [...list];
		copy[i] = sent;
	}
	return copy ?? list;
}

interface Member {
	name: string;
	read: (object: object) => unknown;
	form: Form;
}

function objectForm(value: unknown, members: Member[]): unknown {
	if (typeof value !== "object" || value === null) return value;
	const row = value as Record<string, unknown>;
	let copy: Record<string, unknown> | undefined;
	for (const { name, read, form } of members) {
		const given = read(row);
		const sent = form(given);
		if (sent === given) continue;
		copy ??= { ...row };
		setMember(copy, name, sent);
	}
	return copy ?? row;
}
