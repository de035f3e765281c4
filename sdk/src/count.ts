/** Numbers of things as people read them. `toLocaleString` says the same, and loads tables of all languages first. */

/** 20,037 */
export function count(value: number): string {
	return grouped(String(value));
}

/** Digits in groups of three. */
export function grouped(digits: string): string {
	return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}
