/** The form of a thing that another program sent, as plain functions that say yes or no. */

/** Whether a value has a form. */
export type Test = (value: unknown) => boolean;

/** Any text. */
export const text: Test = (value) => typeof value === "string";
/** Text that is shown beside others, such as a currency. */
export const word: Test = (value) => typeof value === "string" && value.length <= 100;
/** True or false. */
export const truth: Test = (value) => typeof value === "boolean";
/** A finite number. */
export const number: Test = (value) => typeof value === "number" && Number.isFinite(value);
/** A whole number from 0 that can be added up exactly. */
export const count: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Decimal text. It is bounded: sums are added up, and work on long ones grows with the square. */
export const decimal: Test = (value) => typeof value === "string" && /^-?\d{1,60}(?:\.\d{1,60})?$/.test(value);
/** One of some words. */
export const oneOf =
	(...words: string[]): Test =>
	(value) =>
		words.includes(value as string);
/** A list whose elements all have a form. */
export const list =
	(item: Test): Test =>
	(value) =>
		Array.isArray(value) && value.every((one) => item(one));

/** An object whose fields pass; names that end in `?` may be absent or null. Other fields may stand beside them. */
export function object(fields: { [name: string]: Test }): Test {
	const tests = Object.entries(fields).map(
		([name, test]) => [name.replace("?", ""), name.endsWith("?"), test] as const,
	);
	return (value) => {
		if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
		return tests.every(([name, optional, test]) => {
			const field = Object.hasOwn(value, name) ? (value as { [field: string]: unknown })[name] : undefined;
			return optional && (field === undefined || field === null) ? true : test(field);
		});
	};
}
