/**
 * Takes keys and people out of what was recorded. A text stays only where its field or its form says that it is
 * harmless: an id, a time, an amount, a word of the connector's own. Everything else gets a stand-in.
 */
import type { Json, JsonObject } from "@growthnav/spec";
import { redact } from "../../redact.ts";
import { decoded } from "../address.ts";
import { VENDOR } from "./contract.ts";
import {
	isCard,
	isConstant,
	isEmail,
	isEncodedText,
	isId,
	isIp,
	isJwt,
	isNumber,
	isPhone,
	isTime,
	isUrl,
	isVersion,
	isWord,
} from "./forms.ts";
import { type Meaning, meaningOf, namesPerson } from "./keys.ts";
import { openStandIns } from "./stand-ins.ts";
import type { Words } from "./words.ts";

export interface DisguiseOptions {
	/** Origin of the base URL. */
	vendor: string;
	/** Values of secret settings, short ones too. */
	secrets: readonly string[];
	/** Of the connector's own schemas and mappings. */
	words: Words;
}

export interface Disguise {
	/** Of an answer or a config. */
	value(value: Json, key?: string): Json;
	/** One text under the name of its field. */
	text(text: string, key: string): string;
	/** What the connector wrote itself: only what is known from answers and settings is replaced. */
	sent(value: Json, key?: string): Json;
	/** Path and query of a request, or of an address of the vendor. */
	path(url: URL): string;
}

export function openDisguise({ vendor, secrets, words: { all: words, fields } }: DisguiseOptions): Disguise {
	const standIns = openStandIns();
	const isSecret = new Set(secrets.filter((secret) => secret !== ""));
	const sites = new Map([[vendor, VENDOR]]);

	/** What stays, unless a name or a key stands in it. */
	const kept = (text: string): string => {
		const clean = redact(text);
		const names = clean.match(/\p{L}{4,}/gu) ?? [];
		return names.some(standIns.isPersonal) && !words.has(text) ? standIns.of("id", text) : clean;
	};

	function text(value: string, key: string, below?: Meaning): string {
		const meaning = meaningOf(key, below);
		if (value.trim() === "") return value;
		if (isSecret.has(value)) return standIns.of("secret", value);
		if (meaning === "secret" || isJwt(value)) return standIns.of("secret", value);
		if (isTime(value)) return meaning === "person" ? value.replace(/^\d{4}-\d\d-\d\d/, "1970-01-01") : value;
		if (/^(true|false)$/i.test(value)) return value;
		if (isCard(value)) return standIns.of("card", value);
		if (isEmail(value)) return standIns.of("email", value);
		if (isUrl(value)) return address(value);
		if (isIp(value)) return standIns.of("ip", value);
		if (namesPerson(key)) standIns.named(value);
		return (byMeaning[meaning] ?? byForm)(value);
	}

	const byForm = (value: string): string => {
		if (isNumber(value) || words.has(value) || isConstant(value) || isVersion(value)) return kept(value);
		return isPhone(value) ? standIns.of("phone", value) : standIns.of("text", value);
	};

	const byMeaning: { [meaning in Meaning]?: (value: string) => string } = {
		email: (value) => standIns.of("text", value),
		phone: (value) => standIns.of("phone", value),
		// fields that a vendor tells are told by their names
		name: (value) => (fields.has(value) ? value : standIns.of("name", value)),
		place: (value) => (/^[A-Z]{2}$/.test(value) ? value : standIns.of("place", value)),
		person: (value) => standIns.of("person", value),
		cursor: (value) => (/^\d{1,9}$/.test(value) ? value : standIns.of("cursor", value)),
		id: (value) => (isId(value) && !isPhone(value) ? kept(value) : words.has(value) ? value : standIns.of("id", value)),
		word: (value) => (isWord(value) || words.has(value) ? kept(value) : byForm(value)),
		zone: (value) => (/^[A-Za-z]+([/+-][\w+-]+)*$/.test(value) ? value : byForm(value)),
	};

	/** Of the vendor: where it leads stays. Of others: nothing but that it is one. */
	function address(value: string): string {
		const url = URL.parse(value);
		// an id may look like one: "gid://shopify/Order/51"
		if (url === null || !/^https?:$/.test(url.protocol)) return isId(value) ? kept(value) : standIns.of("text", value);
		const known = sites.get(url.origin);
		if (known === undefined) return standIns.of("site", value);
		return known + path(url);
	}

	function path(url: URL): string {
		const parts = url.pathname.split("/").map((part) => encodeURIComponent(segment(decoded(part))));
		const query = [...url.searchParams].map(([key, value]) => [key, parameter(value, key)]);
		const search = new URLSearchParams(query as [string, string][]).toString();
		return parts.join("/") + (search === "" ? "" : `?${search}`);
	}

	/** Vendors write into the address of a next page what they like; a word is rather what is asked for. */
	function parameter(value: string, key: string): string {
		const clean = sentText(value, key);
		const meaning = meaningOf(key);
		if (clean !== value || value === "") return clean;
		if (meaning === "phone") return standIns.of("phone", value);
		if (isEncodedText(value)) return standIns.of("cursor", value);
		if (namesPerson(key)) return standIns.of("name", value);
		return meaning === "person" && !isWord(value) ? standIns.of("person", value) : byOwnForm(value);
	}

	const segment = (part: string) =>
		standIns.known(part) ?? (isEmail(part) ? standIns.of("email", part) : byOwnForm(part));

	/** What nobody's words look like, whatever it is called. */
	function byOwnForm(value: string): string {
		if (isSecret.has(value) || isJwt(value)) return standIns.of("secret", value);
		if (isCard(value)) return standIns.of("card", value);
		if (isPhone(value)) return standIns.of("phone", value);
		return isIp(value) ? standIns.of("ip", value) : kept(value);
	}

	/** What is counted or calculated with stays. */
	function number(value: number | object, key: string, below?: Meaning): Json {
		const digits = String(JSON.isRawJSON(value) ? (value as { rawJSON: string }).rawJSON : value);
		const meaning = meaningOf(key, below);
		if (isSecret.has(digits)) return 0;
		if (isCard(digits)) return raw(standIns.of("card", digits));
		if (meaning === "phone") return raw(standIns.of("phone", digits));
		return ["secret", "place", "person"].includes(meaning) ? 0 : (value as Json);
	}

	function value(one: Json, key = "", below?: Meaning): Json {
		if (typeof one === "string") return text(one, key, below);
		if (typeof one === "number" || JSON.isRawJSON(one)) return number(one as number, key, below);
		if (one === null || typeof one !== "object") return one;
		if (Array.isArray(one)) return one.map((item) => value(item, key, below));
		const meaning = meaningOf(key, below);
		const inherited = ["place", "person", "secret"].includes(meaning) ? meaning : undefined;
		const entries = Object.entries(one).map(([name, item]) => [fieldName(name), value(item ?? null, name, inherited)]);
		return Object.fromEntries(entries) as JsonObject;
	}

	/** An object by people has their addresses or names as keys. */
	const fieldName = (name: string): string => {
		if (words.has(name)) return name;
		if (isEmail(name) || isCard(name) || isPhone(name) || isIp(name)) return text(name, "");
		return /\s/.test(name) ? standIns.of("text", name) : redact(name);
	};

	function sent(one: Json, key = ""): Json {
		if (typeof one === "string") return sentText(one, key);
		if (typeof one === "number" || JSON.isRawJSON(one)) return number(one as number, key);
		if (one === null || typeof one !== "object") return one;
		if (Array.isArray(one)) return one.map((item) => sent(item, key));
		return Object.fromEntries(Object.entries(one).map(([name, item]) => [name, sent(item ?? null, name)]));
	}

	function sentText(one: string, key: string): string {
		const known = standIns.known(one);
		if (known !== undefined) return known;
		if (isSecret.has(one) || isJwt(one) || meaningOf(key) === "secret") return standIns.of("secret", one);
		if (isEmail(one)) return standIns.of("email", one);
		if (isCard(one)) return standIns.of("card", one);
		const url = isUrl(one) ? URL.parse(one) : null;
		if (url !== null && sites.has(url.origin)) return sites.get(url.origin)! + path(url);
		const within = one.replace(/[^\s"'<>()[\]{},;:=@]+@[^\s"'<>()[\]{},;:=@]+\.[\p{L}\d]+/gu, (found) =>
			standIns.of("email", found),
		);
		return redact(within);
	}

	/** Other origins are called by the order in which they were asked. */
	const origin = (url: URL): void => {
		if (!sites.has(url.origin)) sites.set(url.origin, `https://elsewhere${sites.size}.example`);
	};

	return {
		value: (one, key) => value(one, key),
		text: (one, key) => text(one, key),
		sent,
		path(url) {
			origin(url);
			return path(url);
		},
	};
}

function raw(digits: string): Json {
	return JSON.rawJSON(digits.replace(/\D/g, "")) as unknown as Json;
}
