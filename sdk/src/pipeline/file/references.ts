/**
 * References in a pipeline file: `env:NAME` and `file:PATH`, always the whole value. growthnav alone reads them; a
 * connector gets the values in a private file and never sees the names.
 */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Json, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { registerSecret } from "../../redact.ts";
import type { Host, Parts } from "../host.ts";
import { isObject } from "./shape.ts";

// a `file://` URL is a setting, no reference
const REFERENCE = /^(?:env:([A-Za-z_][A-Za-z0-9_]*)|file:(?!\/\/)(.+))$/s;
const LARGEST_FILE = 1_000_000;

export interface Resolved {
	config: JsonObject;
	/** Every reference that stands in the config: "env:SQUARE_TOKEN". */
	references: string[];
	errors: ConnectorError[];
	/** References whose value is too short to be removed from texts safely. */
	short: string[];
}

export interface ReferenceOptions {
	host: Pick<Host, "env" | "program">;
	/** From which `file:` paths count. */
	folder: string;
	/** "acme.yaml", for the next step. */
	file: string;
	/** "acme.yaml:9:19, source.config.access_token" of a path in the config. */
	where(path: Parts): string;
}

export function isReference(value: Json | undefined): value is string {
	return typeof value === "string" && REFERENCE.test(value);
}

/** The config with the values in place of their references; every value found is registered as a secret. */
export async function resolveReferences(config: JsonObject, options: ReferenceOptions): Promise<Resolved> {
	const resolved: Resolved = { config: {}, references: [], errors: [], short: [] };
	const visit = async (value: Json, path: Parts): Promise<Json> => {
		if (isReference(value)) return lookUp(value, path, options, resolved);
		if (Array.isArray(value)) return Promise.all(value.map((one, index) => visit(one, [...path, index])));
		if (!isObject(value)) return value;
		const members = Object.entries(value).map(async ([key, one]) => [key, await visit(one as Json, [...path, key])]);
		return Object.fromEntries(await Promise.all(members)) as JsonObject;
	};
	resolved.config = (await visit(config, [])) as JsonObject;
	return resolved;
}

async function lookUp(reference: string, path: Parts, options: ReferenceOptions, resolved: Resolved): Promise<Json> {
	resolved.references.push(reference);
	const [, name, file] = REFERENCE.exec(reference) ?? [];
	const found = name !== undefined ? fromEnvironment(name, options) : await fromFile(file ?? "", options);
	if (typeof found === "string") {
		if (!registerSecret(found)) resolved.short.push(reference);
		return found;
	}
	resolved.errors.push(
		new ConnectorError("config.secret_missing", `${reference} points to nothing`, {
			where: options.where(path),
			...found,
		}),
	);
	return PLACEHOLDER;
}

/** Stands where a reference points to nothing: whoever goes on all the same asks only what needs no secret. */
const PLACEHOLDER = "(missing secret)";

interface Missing {
	why: string;
	next: string;
}

function fromEnvironment(name: string, { host, file }: ReferenceOptions): string | Missing {
	const value = host.env[name];
	if (value !== undefined && value !== "") return value;
	return {
		why:
			value === ""
				? `${name} is empty in the environment; no other place is searched`
				: `the environment has no ${name}; no other place is searched`,
		next: `export ${name}=..., or ${host.program} run ${file} --env .env`,
	};
}

/** The text of the file without its last line end. */
async function fromFile(path: string, { folder }: ReferenceOptions): Promise<string | Missing> {
	const absolute = resolve(folder, path);
	try {
		const found = await stat(absolute);
		if (!found.isFile()) return { why: `${path} is no file`, next: "name a file that holds the secret alone" };
		if (found.size > LARGEST_FILE)
			return { why: `${path} is larger than 1 MB`, next: "name a file that holds the secret alone" };
		const value = (await readFile(absolute, "utf8")).replace(/\r?\n$/, "");
		return value === "" ? { why: `${path} is empty`, next: "write the secret into it" } : value;
	} catch (thrown) {
		const { code } = thrown as NodeJS.ErrnoException;
		const why = code === "ENOENT" ? `there is no file ${path}` : `${path} cannot be read (${code ?? "unknown reason"})`;
		return { why: `${why}; no other place is searched`, next: `make it readable, or correct ${`file:${path}`}` };
	}
}
