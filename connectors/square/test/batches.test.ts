import fc from "fast-check";
import { expect, test } from "vitest";
import { batchesOf } from "../src/batches.ts";

const places = fc.uniqueArray(
	fc.integer({ min: 0, max: 60 }).map((n) => `L${n}`),
	{ maxLength: 40 },
);

test("every wanted location is in exactly one batch of at most ten", () => {
	fc.assert(
		fc.property(places, places, (wanted, before) => {
			const saved = batchesOf(before, []).map(({ id }) => id);
			const batches = batchesOf(wanted, saved);
			expect(batches.flatMap(({ locations }) => locations).sort()).toEqual([...wanted].sort());
			for (const { id, locations } of batches) {
				expect(locations.length).toBeLessThanOrEqual(10);
				expect(id).toBe(locations.join("+"));
			}
		}),
	);
});

test("batches stay as they are when locations are added, again and again", () => {
	fc.assert(
		fc.property(fc.array(places, { maxLength: 5 }), (steps) => {
			let wanted: string[] = [];
			let saved: string[] = [];
			for (const added of steps) {
				wanted = [...new Set([...added, ...wanted])];
				const ids = batchesOf(wanted, saved).map(({ id }) => id);
				expect(ids.slice(0, saved.length)).toEqual(saved);
				saved = ids;
			}
		}),
	);
});

test("a batch of which a location is no longer wanted is put together anew", () => {
	expect(batchesOf(["A", "C"], ["A+B", "C"]).map(({ id }) => id)).toEqual(["C", "A"]);
});
