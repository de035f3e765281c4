/** An OpenAPI document as data: references followed, parts of `allOf` put together. */
import { readFileSync } from "node:fs";
import { ConnectorError } from "../../errors.ts";

export interface Schema {
	type?: string | string[];
	format?: string;
	enum?: unknown[];
	description?: string;
	maximum?: number;
	items?: Schema;
	properties?: Record<string, Schema>;
	required?: string[];
	allOf?: Schema[];
	anyOf?: Schema[];
	oneOf?: Schema[];
	$ref?: string;
}

export interface Parameter {
	name: string;
	in: string;
	description?: string;
	required?: boolean;
	schema?: Schema;
	$ref?: string;
}

export interface Operation {
	summary?: string;
	description?: string;
	parameters?: Parameter[];
	requestBody?: { content?: Content };
	responses?: Record<string, { content?: Content } | undefined>;
}

type Content = Record<string, { schema?: Schema } | undefined>;

export interface OpenApi {
	info?: { title?: string; version?: string };
	servers?: { url: string }[];
	paths: Record<string, ({ parameters?: Parameter[] } & Record<string, Operation>) | undefined>;
}

/** Throws config.openapi. */
export function readOpenApi(file: string): OpenApi {
	const problem = (why: string) =>
		new ConnectorError("config.openapi", `${file} is no OpenAPI document`, {
			where: "--openapi",
			why,
			next: "name a JSON file of OpenAPI 3; YAML can be turned into it",
		});
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (thrown) {
		throw problem((thrown as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : "it cannot be read");
	}
	try {
		const document = JSON.parse(text) as OpenApi | null;
		if (typeof document?.paths === "object" && document.paths !== null) return document;
	} catch {
		throw problem("it is not JSON");
	}
	throw problem("it has no paths");
}

/** What a reference within the document leads to; an empty object where it leads nowhere. */
export function followed<Part extends { $ref?: string }>(part: Part | undefined, document: OpenApi): Part {
	let at: Part | undefined = part;
	for (let steps = 0; at?.$ref !== undefined && steps < 20; steps++) {
		const keys = at.$ref.replace(/^#\//, "").split("/");
		const names = keys.map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
		at = names.reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], document) as Part;
	}
	return at ?? ({} as Part);
}

/** A schema without references at its top; the parts of `allOf` are one. */
export function schemaOf(schema: Schema | undefined, document: OpenApi): Schema {
	const own = followed(schema, document);
	if (own.allOf === undefined) return own;
	const parts = own.allOf.map((part) => schemaOf(part, document));
	return {
		...Object.assign({}, ...parts),
		...own,
		properties: Object.assign({}, ...parts.map(({ properties }) => properties), own.properties),
		required: [...parts.flatMap(({ required = [] }) => required), ...(own.required ?? [])],
	};
}
