/** The key of the settings, read and judged before anything is sent. No error shows any of it. */
import { createPrivateKey } from "node:crypto";
import { open } from "node:fs/promises";
import { ConnectorError, isConnectorError, type JsonObject, registerSecret } from "@growthnav/sdk/store";
import type { BigQueryConfig } from "../config.ts";

/** What each type must have; the types that `authOptionsOf` can use. */
const FIELDS = {
	service_account: ["client_email", "private_key"],
	external_account: ["audience", "subject_token_type", "token_url", "credential_source"],
	impersonated_service_account: ["source_credentials", "service_account_impersonation_url"],
	authorized_user: ["client_id", "client_secret", "refresh_token"],
} as const;

export type KeyType = keyof typeof FIELDS;
export type Key = JsonObject & { type: KeyType };

type Settings = Pick<BigQueryConfig, "credentials_json" | "credentials_file" | "allow_emulator">;

const NEW_KEY = "gcloud iam service-accounts keys create key.json --iam-account=NAME@PROJECT.iam.gserviceaccount.com";
const LARGEST = 1_000_000;

/** The key of the settings, its secrets registered; undefined: the application default. Throws `config.key`. */
export async function keyOf(settings: Settings): Promise<Key | undefined> {
	const { credentials_json: text, credentials_file: file } = settings;
	if (text != null) return keyFrom(text, "credentials_json", settings.allow_emulator);
	if (file != null) return keyFrom(await textOf(file), `credentials_file, ${file}`, settings.allow_emulator);
	return undefined;
}

async function textOf(file: string): Promise<string> {
	try {
		const handle = await open(file);
		try {
			const { size } = await handle.stat();
			if (size > LARGEST) throw noKey(`credentials_file, ${file}`, `it has ${size} bytes; a key has about 2,400`);
			return await handle.readFile("utf8");
		} finally {
			await handle.close();
		}
	} catch (thrown) {
		if (isConnectorError(thrown)) throw thrown;
		const code = (thrown as NodeJS.ErrnoException).code ?? "";
		throw new ConnectorError("config.key", "The key file cannot be read", {
			where: `credentials_file in the settings of bigquery, ${file}`,
			why: WHY[code] ?? code,
			next: "correct the path, or the rights of the file: it is read by the user of this process",
		});
	}
}

const WHY: { [code: string]: string } = {
	ENOENT: "there is no such file",
	EACCES: "this user may not read it",
	EISDIR: "it is a folder",
	ENOTDIR: "a part of its path is no folder",
};

function keyFrom(text: string, where: string, anyServer: boolean): Key {
	let value: unknown;
	try {
		value = JSON.parse(text.replace(/^\uFEFF/, ""));
	} catch {
		// what JSON.parse says quotes the text
		const why = text.includes("PRIVATE KEY")
			? "it is a private key alone, and no JSON; the JSON file names the account, too"
			: "it is not JSON";
		throw noKey(where, why);
	}
	if (!isObject(value)) throw noKey(where, "it is JSON, and no object");
	for (const secret of secretsIn(value)) registerSecret(secret);
	return judged(value, where, anyServer);
}

function judged(value: JsonObject, where: string, anyServer: boolean): Key {
	const { type } = value;
	if (typeof type !== "string" || !Object.hasOwn(FIELDS, type)) throw noKey(where, ...otherType(value));
	const missing = FIELDS[type as KeyType].filter((field) => value[field] == null || value[field] === "");
	if (missing.length > 0) throw noKey(where, `it is a key of type ${type} without ${missing.join(" and ")}`);
	const key = value as Key;
	if (type === "service_account") judgePrivateKey(key, where);
	if (!anyServer) refuseStrangers(key, where);
	if (type === "impersonated_service_account") {
		const source = key.source_credentials;
		if (!isObject(source)) throw noKey(where, "its source_credentials are no object");
		judged(source, `source_credentials of ${where}`, anyServer);
	}
	return key;
}

/** The usual wrong files, by what makes them up. */
function otherType({ type, installed, web }: JsonObject): [why: string, next?: string] {
	if (installed !== undefined || web !== undefined) {
		return ["it is the OAuth client of an application, which cannot sign in by itself", NEW_KEY];
	}
	if (typeof type !== "string") return ["it has no type, which every key of Google has"];
	return [
		`its type is ${type.replace(/[^\w-]/g, "?").slice(0, 60)}, which is not supported`,
		`use one of ${Object.keys(FIELDS).join(", ")}`,
	];
}

function judgePrivateKey({ private_key: pem }: JsonObject, where: string): void {
	try {
		createPrivateKey(String(pem));
	} catch {
		const why = String(pem).includes("\\n")
			? "its private_key has \\n as two characters in place of line ends: the text was escaped once too often"
			: "its private_key is damaged or cut off";
		throw noKey(where, why, "copy the file as it was downloaded, or make a new key");
	}
}

/** A key names the servers that a token is sent to; another's would be given the identity of this machine. */
function refuseStrangers(key: Key, where: string): void {
	for (const field of ["token_url", "service_account_impersonation_url"]) {
		const url = key[field];
		if (url == null || isGoogle(String(url))) continue;
		throw noKey(where, `its ${field} is no https address of googleapis.com`, "use the file as gcloud made it");
	}
}

function isGoogle(text: string): boolean {
	const url = URL.parse(text);
	return url?.protocol === "https:" && url.hostname.endsWith(".googleapis.com");
}

const SECRET = /^(private_key|client_secret|refresh_token)$/;

/** Also headers of a credential_source, which carry tokens. */
function secretsIn(value: unknown, name = ""): string[] {
	if (typeof value === "string") return SECRET.test(name) ? [value] : [];
	if (!isObject(value)) return [];
	return Object.entries(value).flatMap(([key, part]) =>
		key === "headers" && isObject(part)
			? Object.values(part).filter((text) => typeof text === "string")
			: secretsIn(part, key),
	);
}

function noKey(
	where: string,
	why: string,
	next = `give the JSON text of a key whole; ${NEW_KEY} makes one`,
): ConnectorError {
	return new ConnectorError("config.key", "The credentials are no key of Google Cloud", {
		where: where.replace(/credentials_(json|file)/, "$& in the settings of bigquery"),
		why,
		next,
	});
}

function isObject(value: unknown): value is JsonObject {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
