/** A read of the beginning of each stream alone. */
import { describe, expect, test } from "vitest";
import { readSource, type Sample } from "../../src/source/read.ts";
import { readingOf } from "../../src/testing/reading.ts";
import { collect, minute, order, pagesOf, sampleSource, settings } from "./sample.ts";

describe("a sample", () => {
	const many = Array.from({ length: 9 }, (_, n) => ({ id: `o${n}`, updated_at: minute(n) }));
	const source = sampleSource({
		sorted: {
			schema: order,
			primaryKey: "id",
			cursor: "updated_at",
			sorted: true,
			read: ({ since, config }) => pagesOf(many, since, config.page_size),
		},
		whole: { schema: order, primaryKey: "id", read: ({ config }) => pagesOf(many, undefined, config.page_size) },
	});
	const told = async (sample: Sample) => {
		const reading = readingOf(await collect(readSource(source, { config: settings, sample })));
		return { ...reading, rows: [...reading.records].map(([name, rows]) => `${name} ${rows.length}`) };
	};

	test("ends each stream after so many pages or rows, with the state of a sorted one, and reads the next", async () => {
		const pages = await told({ pages: 2, rows: 100 });
		expect(pages.rows).toEqual(["sorted 4", "whole 4"]);
		expect(pages.states.map(({ state }) => state.stream!.stream_state)).toEqual([
			{ cursor_field: "updated_at", cursor: minute(1) },
			{ cursor_field: "updated_at", cursor: minute(3) },
		]);
		expect(pages.statuses).toEqual(["sorted STARTED", "sorted RUNNING", "whole STARTED", "whole RUNNING"]);
		expect((await told({ pages: 100, rows: 3 })).rows).toEqual(["sorted 4", "whole 4"]);
		expect((await told({ pages: 100, rows: 100 })).statuses).toContain("whole COMPLETE");
	});

	test("of the streams that are named; an unknown one is an error with what was meant", async () => {
		expect((await told({ streams: ["whole"], pages: 1, rows: 100 })).rows).toEqual(["whole 2"]);
		const { errors, records } = await told({ streams: ["hole"], pages: 1, rows: 100 });
		expect([records.size, errors]).toEqual([
			0,
			[expect.objectContaining({ code: "config.unknown_stream", next: "did you mean whole?" })],
		]);
	});
});
