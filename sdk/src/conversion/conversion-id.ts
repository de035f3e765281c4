/** `conversion_id`: a UUIDv5 over what never changes. Never amount, time, status or a person. */
import { hash } from "node:crypto";

/** `uuid5(URL, "https://growthnav.dev/ns/conversion/v1")`: the namespace of every `conversion_id`. */
const NAMESPACE = Buffer.from("3d8527b6ad30543699cff1a057bad227", "hex");
/** Between the parts; a part that holds it is refused, so that no two lists of parts look alike. */
export const SEPARATOR = "\u001f";

/**
 * `conversion_id` of customer_id, source_system, source_account, source_stream, source_record_id, conversion_type and
 * discriminator, in this order: UUIDv5 of their NFC text joined by U+001F.
 */
export function conversionId(parts: readonly string[]): string {
	return uuid5(NAMESPACE, parts.join(SEPARATOR));
}

/** The same for one customer, stream and type: a function of system, account, record id and discriminator. */
export function conversionIdOf(customer: string, stream: string, type: string) {
	let lastSystem = "";
	let lastAccount = "";
	let before = "";
	const after = SEPARATOR + type + SEPARATOR;
	return (system: string, account: string, record: string, discriminator: string): string => {
		// records of one source share the first four parts
		if (system !== lastSystem || account !== lastAccount || before === "") {
			before = [customer, system, account, stream, ""].join(SEPARATOR);
			lastSystem = system;
			lastAccount = account;
		}
		return uuid5(NAMESPACE, before + record + after + discriminator);
	};
}

/** The namespace and room for names of the usual length. */
const ROOM = 512;
const bytes = Buffer.alloc(16 + ROOM * 3);

/** RFC 9562 section 5.5. */
export function uuid5(namespace: Buffer, name: string): string {
	const hex = name.length > ROOM ? longHash(namespace, name) : shortHash(namespace, name);
	const variant = "89ab"[Number.parseInt(hex[16]!, 16) & 3];
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function shortHash(namespace: Buffer, name: string): string {
	const length = bytes.write(name, 16);
	// as many bytes as letters: all ASCII, which NFC leaves as it is
	if (length !== name.length) return longHash(namespace, name);
	namespace.copy(bytes);
	return hash("sha1", bytes.subarray(0, 16 + length), "hex");
}

function longHash(namespace: Buffer, name: string): string {
	return hash("sha1", Buffer.concat([namespace, Buffer.from(name.normalize("NFC"))]), "hex");
}

/** Key values as one text: one value as the source prints it, several joined: `A:7`. */
export function recordId(values: readonly string[]): string {
	return values.length === 1 ? values[0]! : values.map(escapeKey).join(":");
}

/** A key value as part of a record id: a backslash before each colon and backslash. */
function escapeKey(value: string): string {
	return value.includes(":") || value.includes("\\") ? value.replace(/[:\\]/g, "\\$&") : value;
}
