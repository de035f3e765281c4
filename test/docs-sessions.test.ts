/**
 * Commands in the pages print what the pages show, clocks and durations left out. Else look at what
 * `node --conditions=development scripts/play.ts <page>` makes of the page, after a build.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf, pages, textOf } from "../scripts/pages.ts";
import { played, playFolder, sessionsIn } from "../scripts/play.ts";

let root: string;
beforeAll(() => {
	root = playFolder();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const withSessions = pages.filter((page) => blocksOf(page).some(({ language }) => language === "console"));

test("there are sessions", () => expect(withSessions.length).toBeGreaterThan(3));

test.each(withSessions)("%s", { timeout: 300_000 }, (page) => {
	const folder = join(root, page.replaceAll("/", "_"));
	mkdirSync(folder);
	expect(sessionsIn(played(page, folder))).toEqual(sessionsIn(textOf(page)));
});
