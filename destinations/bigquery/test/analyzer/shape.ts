/** A statement, or a line that holds one, without literals, numbers and ids: what is equal then is alike to the analyzer. */
export function shapeOf(line: string): string {
	return line
		.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''")
		.replaceAll(/(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{6,}(?![0-9a-z])/g, "x")
		.replaceAll(/(?<!\w)\d+(?!\w)/g, "0");
}
