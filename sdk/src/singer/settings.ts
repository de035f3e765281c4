/** The settings of a Singer program: from files of its command and from whoever runs the bridge; what in them is secret. */
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Json, JsonObject } from "@growthnav/spec";
import { ConnectorError } from "../errors.ts";
import type { Scratch } from "../pipeline/connectors/scratch.ts";
import { isObject } from "../pipeline/file/shape.ts";
import { parseJson } from "../protocol/index.ts";
import { registerSecret } from "../redact.ts";

export interface SingerSettings {
	/** What the tap gets as `--config`. */
	file: string;
	/** True where it is the file of the command itself: the tap may rewrite it, as under any Singer runner. */
	isOwn: boolean;
	/** What the tap made of the settings since the last look. */
	renewed(): Promise<Renewed | undefined>;
}

export interface Renewed {
	/** Whoever ran the bridge gives these from now on. */
	config: JsonObject;
	/** Names of the settings that changed. */
	names: string[];
}

/**
 * `given` counts more than the files, key by key. One file alone is handed over as it is; else the tap gets a private one.
 * Secrets are registered. Throws config.tap_config.
 */
export async function openSettings(
	files: readonly string[],
	given: JsonObject,
	cwd: string,
	scratch: Scratch,
): Promise<SingerSettings> {
	const paths = files.map((file) => resolve(cwd, file));
	const parts = await Promise.all(paths.map(async (path, at) => settingsIn(path, files[at]!)));
	let now: JsonObject = Object.assign({}, ...parts, given);
	registerSecrets(now);
	const isOwn = paths.length === 1 && Object.keys(given).length === 0;
	const file = isOwn ? paths[0]! : await scratch.write("tap-config.json", JSON.stringify(now));
	let seen = await fingerprint(file);
	return {
		file,
		isOwn,
		async renewed() {
			const print = await fingerprint(file);
			if (print === seen || print === undefined) return undefined;
			const value = await readFile(file, "utf8")
				.then(parseJson)
				.catch(() => undefined);
			// it may be in the middle of writing: the next look sees it whole
			if (!isObject(value)) return undefined;
			seen = print;
			const names = Object.keys(value).filter((name) => textOf(value[name]) !== textOf(now[name]));
			now = value;
			registerSecrets(value);
			if (names.length === 0) return undefined;
			return { config: { ...given, ...Object.fromEntries(names.map((name) => [name, value[name]])) }, names };
		},
	};
}

const textOf = (value: Json | undefined) => (value === undefined ? "" : JSON.stringify(value));

/** Undefined where there is no file now. */
async function fingerprint(file: string): Promise<string | undefined> {
	const found = await stat(file).catch(() => undefined);
	return found && `${found.mtimeMs} ${found.size} ${found.ino}`;
}

/** A file of JSON settings of the command. */
export async function settingsIn(path: string, shown: string): Promise<JsonObject> {
	const refuse = (why: string) =>
		new ConnectorError("config.tap_config", `${shown} cannot be used as the settings of a Singer program`, {
			where: `--config ${shown}`,
			why,
			next: "name a JSON file with its settings",
		});
	let text: string;
	try {
		text = (await readFile(path, "utf8")).replace(/^\uFEFF/, "");
	} catch (thrown) {
		const { code, message } = thrown as NodeJS.ErrnoException;
		throw refuse(code === "ENOENT" ? "there is no such file" : message);
	}
	let value: Json;
	try {
		value = parseJson(text);
	} catch (thrown) {
		throw refuse((thrown as Error).message);
	}
	if (!isObject(value)) throw refuse("it is no JSON object");
	return value;
}

const SECRET_WORD =
	/(?:^|[-_.])(?:tokens?|secrets?|password|passwd|passphrase|pwd|credentials?|api[-_]?keys?|access[-_]?keys?(?:[-_]id)?|private[-_]?keys?(?:[-_]id)?|secret[-_]?(?:access[-_]?)?keys?|jwt|authorization|cookie|x-api-key|service[-_]account(?:[-_]info)?|bearer|signature|auth)$/;

/** Whether a setting of this name holds a secret: `api_key`, `accessToken`, `client_secret`, `Authorization`. */
export function isSecretName(name: string): boolean {
	return SECRET_WORD.test(name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase());
}

/** Every text below a name that says secret. A header may hold the secret behind a word: `Bearer x`. */
function registerSecrets(value: Json | undefined, isSecret = false): void {
	if (typeof value === "string" && isSecret) {
		registerSecret(value);
		const [, bare] = /^(?:Bearer|Basic|Token|Key) +(\S+)$/i.exec(value) ?? [];
		if (bare !== undefined) registerSecret(bare);
		// a whole document in a text: a service account
		const inner = value.trimStart().startsWith("{") ? parsed(value) : undefined;
		if (isObject(inner)) registerSecrets(inner);
	} else if (isSecret && (typeof value === "number" || JSON.isRawJSON(value))) registerSecret(JSON.stringify(value));
	else if (Array.isArray(value)) for (const one of value) registerSecrets(one, isSecret);
	else if (isObject(value)) {
		for (const [name, one] of Object.entries(value)) registerSecrets(one as Json, isSecret || isSecretName(name));
	}
}

function parsed(text: string): Json | undefined {
	try {
		return parseJson(text);
	} catch {
		return undefined;
	}
}
