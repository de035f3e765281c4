/** Commands in the pages print what the pages show, clocks and durations left out. Else see what `npm run play` changes. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { textOf } from "../scripts/pages.ts";
import { pagesWithSessions, played, playFolder, sessionsIn } from "../scripts/play.ts";

let root: string;
beforeAll(() => {
	root = playFolder();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("there are sessions", () => expect(pagesWithSessions.length).toBeGreaterThan(3));

// the commands are those of a Linux shell
test.skipIf(process.platform !== "linux").each(pagesWithSessions)("%s", { timeout: 300_000 }, (page) => {
	const folder = join(root, page.replaceAll("/", "_"));
	mkdirSync(folder);
	expect(sessionsIn(played(page, folder))).toEqual(sessionsIn(textOf(page)));
});
