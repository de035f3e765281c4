import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TRACKING_NAMES } from "../../src/conversion/click-ids.ts";
import { readTracking } from "../../src/conversion/tracking.ts";
import { row } from "./convert.ts";

interface Vector {
	name: string;
	url: string;
	click_ids: Record<string, string>;
	utm: Record<string, string>;
}
const vectors: Vector[] = JSON.parse(
	readFileSync(new URL("vectors/url_extraction_vectors.json", import.meta.url), "utf8"),
);

const track = (url: unknown, columns = {}) => row({ tracking: { url: "url" }, columns }, { url: url as string });
const ids = ({ click_ids }: Record<string, unknown>) =>
	Object.fromEntries(((click_ids ?? []) as { type: string; value: string }[]).map(({ type, value }) => [type, value]));

describe("URLs", () => {
	test.each(vectors)("$name", ({ url, click_ids, utm }) => {
		expect(Object.fromEntries(readTracking(url).values)).toEqual({ ...click_ids, ...utm });
	});

	test("every id of the registry is found, and none hides another", () => {
		for (const [spelling, { name }] of TRACKING_NAMES) {
			expect(readTracking(`https://x.test/?${spelling.toUpperCase()}=V`).values.get(name)).toBe("V");
		}
		const all = [...TRACKING_NAMES.keys()].map((name, i) => `${name}=v${i}`).join("&");
		const names = new Set([...TRACKING_NAMES.values()].map(({ name }) => name));
		expect(readTracking(`/?${all}`).values.size).toBe(names.size);
	});

	test("percent signs of an id are undone once, its plus stays", () => {
		expect(track("/?epik=dj0y%3D%3D&gclid=a+b%2Bc%2525").epik).toBe("dj0y==");
		expect(track("/?gclid=a+b%2Bc%2525").gclid).toBe("a+b+c%25");
	});

	test("reading never throws", () => {
		fc.assert(
			fc.property(
				fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true, withFragments: true })),
				(url) => void readTracking(url),
			),
		);
	});

	test("hostile texts of a megabyte are read in one pass", () => {
		for (const part of ["&", "gclid=", "utm_source=@", "=&amp;", "?#", "%"]) readTracking(`/?${part.repeat(200_000)}`);
	});

	test("other parameters agree with URLSearchParams wherever that one reads the same", () => {
		const text = fc
			.string({ unit: "grapheme", minLength: 1, maxLength: 10 })
			.filter((one) => /^[^@{(\s]+$/.test(one) && one.isWellFormed());
		fc.assert(
			fc.property(text, text, (source, campaign) => {
				fc.pre(
					!["null", "undefined"].includes(source.toLowerCase()) &&
						!["null", "undefined"].includes(campaign.toLowerCase()),
				);
				const query = new URLSearchParams({ utm_source: source, x: "1", utm_campaign: campaign });
				const found = readTracking(`https://x.test/a?${query}#top`).values;
				expect([found.get("utm_source"), found.get("utm_campaign")]).toEqual([source, campaign]);
			}),
		);
	});
});

describe("columns", () => {
	test("ids with a column fill it, the others go to click_ids", () => {
		const found = track("/?gclid=A&sccid=B&IGSH=C&mc_cid=D&mc_eid=E&utm_id=7");
		expect(found).toMatchObject({ gclid: "A", sccid: "B", utm_id: "7" });
		expect(ids(found)).toEqual({ igshid: "C", mc_cid: "D", mc_eid: "E" });
	});

	test("what columns name is theirs, also where they find nothing", () => {
		const found = track("/?gclid=A&utm_source=url&fbclid=F", { gclid: "own.gclid", utm_source: { const: "fixed" } });
		expect(found).not.toHaveProperty("gclid");
		expect(found).not.toHaveProperty("click_ids");
		expect(found).toMatchObject({ utm_source: "fixed", fbclid: "F" });
	});

	test("an e-mail address in a UTM value is removed, and said", () => {
		const found = track("/?utm_content=mary%40mail.example&utm_source=news");
		expect(found).not.toHaveProperty("utm_content");
		expect(found).toMatchObject({ utm_source: "news", dq_flags: ["email_removed:utm_content"] });
	});

	test("spaces of UTM values are single, their case stays", () => {
		expect(track("/?utm_campaign=%20Spring++Sale%20").utm_campaign).toBe("Spring Sale");
	});

	test("what is no text is flagged; no URL is no doubt", () => {
		expect(track({ href: "/" }).dq_flags).toEqual(["wrong_value:tracking"]);
		expect(track(null)).not.toHaveProperty("dq_flags");
	});
});
