import { describe, expect, test } from "vitest";
import { checkedBase, guardedLookup, refuseTarget, requestUrl } from "../../src/http/address.ts";

/** What a socket to `host` is told, by a client of `base`. */
function lookUp(base: string, host: string, all = true): Promise<unknown> {
	return new Promise((resolve, reject) => {
		guardedLookup(new URL(base))(host, { all }, (error, address) => (error ? reject(error) : resolve(address)));
	});
}

describe("a name that leads home", () => {
	test("is refused for a vendor's client", async () => {
		await expect(lookUp("https://api.example.com", "localhost")).rejects.toMatchObject({
			code: "config.address_refused",
		});
	});

	test("addresses of IPv4 behind a translator are judged as what they are", () => {
		const base = checkedBase("https://api.example.com");
		const refused = (address: string) => {
			try {
				refuseTarget(new URL(`https://[${address}]/`), base, "GET /");
				return false;
			} catch {
				return true;
			}
		};
		expect(["64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::"].map(refused)).toEqual(
			Array(4).fill(true),
		);
		expect(["64:ff9b::808:808", "2001:4860:4860::8888"].map(refused)).toEqual([false, false]);
	});

	test("is taken when it was configured, in both forms that sockets ask for", async () => {
		expect(await lookUp("http://localhost:4711", "localhost")).toContainEqual({ address: "127.0.0.1", family: 4 });
		expect(["127.0.0.1", "::1"]).toContain(await lookUp("http://localhost:4711", "localhost", false));
	});
});

test.each([
	["https://api.example.com", "/v2/orders", "https://api.example.com/v2/orders"],
	["https://api.example.com/", "v2/orders", "https://api.example.com/v2/orders"],
	["https://api.example.com/v2", "/orders", "https://api.example.com/v2/orders"],
	["https://api.example.com/v2/", "/orders?a=1", "https://api.example.com/v2/orders?a=1"],
	["https://api.example.com/v2", "https://files.example.com/report?x=y", "https://files.example.com/report?x=y"],
])("%s and %s make %s", (base, path, url) => {
	expect(requestUrl(checkedBase(base), path).href).toBe(url);
});

test("a query is encoded, and what is undefined is left out", () => {
	const url = requestUrl(checkedBase("https://api.example.com"), "/o", { q: "a&b=ü", n: 5, none: undefined });
	expect(url.search).toBe("?q=a%26b%3D%C3%BC&n=5");
});

test("http is allowed on loopback alone", () => {
	for (const base of ["http://127.0.0.1:1", "http://localhost", "http://[::1]:8080"])
		expect(checkedBase(base).href).toContain("http:");
	for (const base of ["http://192.168.0.1", "http://localhost.example.com"]) expect(() => checkedBase(base)).toThrow();
});
