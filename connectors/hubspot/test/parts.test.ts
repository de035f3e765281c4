/** The small parts: values from text, and one address of how somebody came. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { flat, schemaWith } from "../src/properties.ts";
import { contact } from "../src/streams/contacts.ts";
import { trackedUrl } from "../src/tracked-url.ts";

test("yes and no become booleans, an empty text null, and every other text stays", () => {
	const types = new Map([
		["yes", "bool"],
		["word", "string"],
		["sum", "number"],
	]);
	const properties = { yes: "true", word: "true", sum: "", id: "mine" };
	expect(flat({ id: "7", archived: false, properties }, types)).toEqual({
		...{ id: "7", archived: false, yes: true, word: "true", sum: null, property_id: "mine" },
	});
});

test("no property, whatever its name, hides what the record says of itself", () => {
	const names = fc.oneof(
		fc.constantFrom("id", "archived", "joined", "email"),
		fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/),
	);
	fc.assert(
		fc.property(fc.dictionary(names, fc.string()), (properties) => {
			const row = flat({ id: "7", archived: false, properties }, new Map());
			expect(row).toMatchObject({ id: "7", archived: false });
			expect(row.joined).toBeUndefined();
			const schema = schemaWith(
				contact,
				Object.keys(properties).map((name) => ({ name, type: "string" })),
			);
			for (const column of Object.keys(row)) expect(Object.keys(schema.shape)).toContain(column);
		}),
		{ numRuns: 200 },
	);
});

test.each([
	[{}, undefined],
	[{ hs_analytics_first_url: "https://a.example/x" }, "https://a.example/x"],
	[{ hs_analytics_first_url: "https://a.example/x", hs_google_click_id: "A b" }, "https://a.example/x?gclid=A%20b"],
	[
		{ hs_analytics_first_url: "https://a.example/?gclid=1", hs_google_click_id: "2" },
		"https://a.example/?gclid=1&gclid=2",
	],
	[{ hs_google_click_id: "1", hs_facebook_click_id: "2" }, "?gclid=1&fbclid=2"],
])("%j came by %s", (properties, url) => {
	expect(trackedUrl(properties)).toBe(url);
});
