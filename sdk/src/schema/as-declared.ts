/**
 * Rows of vendors that are loose with types (shops in PHP and their plugins): the same values in the form that the
 * schema declares, wherever that loses nothing. What remains wrong stays as it is, and `checkRow` tells about it.
 */
import type { z } from "zod";
import { isRawNumber, numberText } from "../protocol/numbers.ts";
import { exactNumber } from "../protocol/parse.ts";
import { type Field, type FieldKind, fieldOf } from "./field.ts";
import { memberReader, setMember } from "./member.ts";

type Form = (value: unknown) => unknown;

/**
 * Number and text change places: `"26"` in an integer, `1001` in a text. Blank text, `false` and dates of zeros, where
 * something else is declared, mean nothing and become null. An empty list stands for an object, an object with the
 * numbers of its elements for a list, `"true"`, `"yes"` and `1` for true. The given row is never changed; one that needs
 * no change is returned itself.
 */
export function asDeclared<Schema extends z.ZodObject>(schema: Schema): (row: unknown) => z.input<Schema> {
	return formOf(fieldOf(schema)) as (row: unknown) => z.input<Schema>;
}

function formOf(field: Field): Form {
	const form = FORMS[field.kind](field);
	if (field.kind === "json") return form;
	return (value) => (value == null ? value : isNothing(value, field) ? null : form(value));
}

const ZEROS = /^0000-00-00(?:[T ]00:00:00)?$/;
const TIMES: FieldKind[] = ["date", "timestamp", "datetime"];

function isNothing(value: unknown, { kind, optional }: Field): boolean {
	if (value === false) return kind !== "boolean";
	if (typeof value === "string") {
		if (value.trim() === "") return kind !== "string" && kind !== "one_of";
		return TIMES.includes(kind) && ZEROS.test(value);
	}
	return kind === "object" && optional && Array.isArray(value) && value.length === 0;
}

const asItIs = (): Form => (value) => value;
const asText = (): Form => (value) => (typeof value === "number" || isRawNumber(value) ? numberText(value) : value);
const WORDS: { [word: string]: boolean } = { true: true, yes: true, 1: true, false: false, no: false, 0: false };

const FORMS: Record<FieldKind, (field: Field) => Form> = {
	string: asText,
	one_of: asText,
	integer: () => (value) =>
		typeof value === "string" && /^-?(?:0|[1-9]\d*)$/.test(value) ? exactNumber(value) : value,
	boolean: () => (value) =>
		typeof value === "string" || typeof value === "number" ? (WORDS[String(value).toLowerCase()] ?? value) : value,
	array: ({ item }) => listForm(formOf(item!)),
	object: objectForm,
	decimal: asItIs,
	date: asItIs,
	time: asItIs,
	timestamp: asItIs,
	datetime: asItIs,
	json: asItIs,
	choice: asItIs,
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
	typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);

function listForm(form: Form): Form {
	return (value) => {
		const isKeyed = isPlain(value) && Object.keys(value).every((key) => /^\d+$/.test(key));
		const list = isKeyed ? Object.values(value) : value;
		if (!Array.isArray(list)) return value;
		const formed = list.map(form);
		return list === value && formed.every((one, n) => one === list[n]) ? value : formed;
	};
}

function objectForm({ fields }: Field): Form {
	const members = [...fields].map(([name, part]) => ({ name, read: memberReader(name), form: formOf(part) }));
	return (value) => {
		const object = Array.isArray(value) && value.length === 0 ? {} : value;
		if (!isPlain(object)) return value;
		let formed = object;
		for (const { name, read, form } of members) {
			const given = read(object);
			const right = form(given);
			if (right === given) continue;
			if (formed === object) formed = { ...object };
			setMember(formed, name, right);
		}
		return formed;
	};
}
