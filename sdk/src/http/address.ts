/** Where requests may go: one configured origin, https except on loopback, never into the machine's own network. */
import { lookup as resolve } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { ConnectorError } from "../errors.ts";
import { isRawNumber, numberText } from "../protocol/numbers.ts";
import type { HttpRequest } from "./exchange.ts";

/** Link-local and metadata addresses: refused unless the base URL itself names one. */
const METADATA = blockList(["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "0.0.0.0/8"]);
const LOOPBACK = blockList(["127.0.0.0/8", "::1/128"]);
/** The networks of a household or an office: a vendor's redirect has no business there. */
const PRIVATE = blockList(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]);

function blockList(ranges: string[]): BlockList {
	const list = new BlockList();
	for (const range of ranges) {
		const [address, bits] = range.split("/") as [string, string];
		list.addSubnet(address, Number(bits), isIP(address) === 6 ? "ipv6" : "ipv4");
	}
	return list;
}

/** Also knows IPv4 addresses in their IPv6 forms. */
function isIn(list: BlockList, address: string): boolean {
	const translated = isIP(address) === 6 ? ofNat64(address) : undefined;
	if (translated !== undefined) return list.check(translated, "ipv4");
	return list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

const NAT64 = /^\[64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})?\]$/;

/** The IPv4 address to which a network without IPv4 translates an address (RFC 6052); undefined for any other. */
function ofNat64(address: string): string | undefined {
	const parts = NAT64.exec(URL.parse(`http://[${address}]`)?.hostname ?? "");
	if (parts === null) return undefined;
	const [high, low] = [parts[1], parts[2]].map((digits) => Number.parseInt(digits ?? "0", 16)) as [number, number];
	return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** An address between brackets is IPv6. */
const bareHost = (url: URL) => url.hostname.replace(/^\[|\]$/g, "");

function isLoopback(url: URL): boolean {
	const host = bareHost(url);
	return host === "localhost" || host.endsWith(".localhost") || (isIP(host) !== 0 && isIn(LOOPBACK, host));
}

/** The configured base: throws `config.base_url` when it is no URL, or neither https nor loopback nor `plainHttp`. */
export function checkedBase(text: string, { what = "base URL", plainHttp = false } = {}): URL {
	const base = URL.parse(text);
	const refuse = (why: string) =>
		new ConnectorError("config.base_url", `The ${what} cannot be used`, {
			where: `${what} ${base === null ? JSON.stringify(text) : base.origin}`,
			why,
			next: "write it as https://host, or http://127.0.0.1:port for a local server",
		});
	if (base === null) throw refuse("it is not a URL");
	if (base.username !== "" || base.password !== "") throw refuse("it carries a user name or a password");
	if (base.protocol !== "https:" && !(base.protocol === "http:" && (plainHttp || isLoopback(base))))
		throw refuse("only https is allowed; http only on loopback");
	return base;
}

/** The URL of a path below the base, or of a whole URL that a vendor's answer named. */
export function requestUrl(base: URL, path: string, query: Record<string, unknown> = {}): URL {
	const url = /^[a-z][a-z0-9+.-]*:/i.test(path)
		? new URL(path)
		: new URL(base.origin + base.pathname.replace(/\/$/, "") + (path.startsWith("/") ? path : `/${path}`));
	for (const [name, value] of Object.entries(query)) {
		// a cursor may be a number that only its text holds
		if (value !== undefined) url.searchParams.set(name, isRawNumber(value) ? numberText(value) : String(value));
	}
	return url;
}

/**
 * The URL of a download: below the base, or whole, at the base's origin or at one of `elsewhere`
 * ("https://storage.googleapis.com", "https://*.vendor.example"). Throws `data.other_origin`.
 */
export function downloadUrl(base: URL, url: string, query: HttpRequest["query"], elsewhere: readonly string[]): URL {
	const target = requestUrl(base, url, query);
	if (target.origin === base.origin || elsewhere.some((allowed) => matchesOrigin(target, allowed))) return target;
	throw new ConnectorError("data.other_origin", "The download lies at another address", {
		where: target.origin,
		why: `downloads come from ${[base.origin, ...elsewhere].join(", ")}`,
		next: "if the vendor's files are there, name that address in elsewhere of the connector's http; else report it to the vendor",
	});
}

/** A star stands for one or more labels at the beginning of a host: nothing else of an origin is open. */
function matchesOrigin(url: URL, allowed: string): boolean {
	const any = URL.parse(allowed.replace("://*.", "://"));
	if (any === null || any.protocol !== url.protocol || any.port !== url.port) return false;
	return allowed.includes("://*.") ? url.hostname.endsWith(`.${any.hostname}`) : url.hostname === any.hostname;
}

/** Throws when a redirect or a `next` link may not be followed at all. */
export function refuseTarget(url: URL, base: URL, request: string): void {
	const refuse = (why: string) =>
		new ConnectorError("data.redirect_refused", "The vendor points to an address that is never visited", {
			where: `${request}, to ${url.origin}`,
			why,
			next: "report it to the vendor; if the address is right, set it as base_url",
		});
	if (url.origin === base.origin) return;
	if (url.protocol !== "https:" && !(isLoopback(base) && isLoopback(url) && url.protocol === "http:"))
		throw refuse("it is not https");
	const host = bareHost(url);
	if (isIP(host) !== 0 && refusedAddress(host, base, host)) throw refuse("it lies in a local network");
	if (isLoopback(url) && !isLoopback(base)) throw refuse("it is this machine");
}

/** Whether an address that a name resolved to may not be connected to. */
function refusedAddress(address: string, base: URL, host: string): boolean {
	if (isIn(METADATA, address)) return true;
	if (host === bareHost(base)) return false;
	return isIn(PRIVATE, address) || (isIn(LOOPBACK, address) && !isLoopback(base));
}

/** A `lookup` for sockets that never answers a metadata address, nor a local one for a host other than the base. */
export function guardedLookup(base: URL): LookupFunction {
	return (host, options, done) => {
		resolve(host, { ...options, all: true }, (error, addresses) => {
			if (error !== null) return done(error, []);
			const refused = addresses.find(({ address }) => refusedAddress(address, base, host));
			if (refused !== undefined) return done(localAddress(host), []);
			if (options.all === true) return done(null, addresses);
			const first = addresses[0]!;
			done(null, first.address, first.family);
		});
	};
}

function localAddress(host: string): ConnectorError {
	return new ConnectorError("config.address_refused", `${host} leads into a local or metadata network`, {
		why: "its name resolves to an address that answers cloud credentials or belongs to this network",
		next: "check the name; a server of your own is reached by its address as base_url",
	});
}

/** A part of a path as it was meant; as it stands where it was encoded wrongly. */
export function decoded(part: string): string {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}
