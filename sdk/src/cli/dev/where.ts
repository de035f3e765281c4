/** Where in an author's own files an error arose: file, line and column from a stack, or from what the compiler says. */
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { ConnectorError, type ErrorKind, type ErrorParts } from "../../errors.ts";
import { decoded } from "../../http/address.ts";

/** The error with the first place of its stack that lies in the folder, before what it says itself. */
export function placed(error: ConnectorError, stack: string | undefined, folder: string): ConnectorError {
	const place = stack === undefined ? undefined : placeIn(stack, folder);
	if (place === undefined) return error;
	const { where, stream, retryAfter, cause } = error;
	const unexpected = error.code === "internal.unexpected";
	const why = unexpected ? "the connector's code threw it" : error.why;
	const next = unexpected ? "correct it there, and save" : error.next;
	const parts: ErrorParts = {
		where: where === undefined ? place : `${place}, ${where}`,
		...(why !== undefined && { why }),
		...(next !== undefined && { next }),
		...(stream !== undefined && { stream }),
		...(retryAfter !== undefined && { retryAfter }),
		cause,
	};
	return new ConnectorError(error.code as `${ErrorKind}.${string}`, error.message, parts);
}

/** "src/index.ts:41:9"; undefined where the stack never touches the folder's own files. */
export function placeIn(stack: string, folder: string): string | undefined {
	const roots = [`${pathToFileURL(folder).href}/`, folder + sep];
	for (const line of stack.split("\n")) {
		for (const root of roots) {
			const at = line.indexOf(root);
			const found = at < 0 ? undefined : /^(.+?)(:\d+(?::\d+)?)/.exec(line.slice(at + root.length));
			if (found != null && !found[1]!.includes("node_modules")) return `${decoded(found[1]!)}${found[2]}`;
		}
	}
	return undefined;
}

/** What `tsc --pretty false` printed, as errors: `src/index.ts(41,9): error TS2322: Type …`, and below it what explains it. */
export function compilerErrors(printed: string, folder: string): ConnectorError[] {
	const told: { where: string; message: string; why: string[] }[] = [];
	for (const line of printed.split(/\r?\n/)) {
		const head = /^(?:(.+?)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/.exec(line);
		if (head !== null) {
			const [, file, row, column, code, message = ""] = head;
			const where = file === undefined ? join(folder, "tsconfig.json") : `${file}:${row}:${column}`;
			told.push({ where, message: `${message} (${code})`, why: [] });
		} else if (/^\s+\S/.test(line)) told.at(-1)?.why.push(line.trim());
	}
	return told.map(
		({ where, message, why }) =>
			new ConnectorError("internal.does_not_compile", message, {
				where,
				...(why.length > 0 && { why: why.at(-1)! }),
				next: "correct it there, and save",
			}),
	);
}
