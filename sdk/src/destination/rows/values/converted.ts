/** What comes of a value on its way into a column. */

/**
 * `text` is the value as JSON, `changed` the code of what it lost (rounded, truncated, lone_surrogate, unsafe_number).
 * `wrong` is the code of why it cannot be kept: wrong_type, out_of_range, no_zone, has_zone, too_deep.
 */
export type Converted =
	| { text: string; changed?: string; wrong?: never }
	| { wrong: WrongCode; text?: never; changed?: never };
export type WrongCode = "wrong_type" | "out_of_range" | "no_zone" | "has_zone" | "too_deep";
