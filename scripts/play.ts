/**
 * Sessions in pages are played, not made up: blocks with `file=` are written, commands behind `$ ` in `console` blocks are
 * typed, in order, in a folder of their own. `npm run play` writes what comes out into the pages (`npm run play --
 * docs/cli.md` into one); a test compares.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { ROOT } from "./packages.ts";
import { blocksOf, FENCED, pages, textOf } from "./pages.ts";

export const pagesWithSessions = pages.filter((page) => blocksOf(page).some(({ language }) => language === "console"));

/** A folder in which pages may be played; ignored by git. */
export function playFolder(): string {
	mkdirSync(join(ROOT, ".cache"), { recursive: true });
	return mkdtempSync(join(ROOT, ".cache", "play-"));
}

/** The page with what its commands print now; where only clocks and their like differ, it stays as it is. */
export function played(page: string, folder: string): string {
	return textOf(page).replace(FENCED, (block, language: string, file: string | undefined, text: string) => {
		if (file !== undefined) write(join(folder, file), text);
		if (language !== "console") return block;
		const now = session(text, folder);
		return steady(now) === steady(text) ? block : `\`\`\`console\n${now}\`\`\``;
	});
}

function write(path: string, text: string): void {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
}

function session(text: string, folder: string): string {
	return commandsIn(text)
		.map((command) => `$ ${command}\n${typed(command, folder)}`)
		.join("\n");
}

/** A command goes on in the next line after `\` or `|`, and while a quotation is open. What follows is its output. */
function commandsIn(text: string): string[] {
	const commands: string[] = [];
	let goesOn = false;
	for (const line of text.split("\n")) {
		if (goesOn) commands.push(`${commands.pop()}\n${line}`);
		else if (line.startsWith("$ ")) commands.push(line.slice(2));
		else continue;
		const command = commands.at(-1)!;
		goesOn = /[\\|]$/.test(command) || command.split('"').length % 2 === 0;
	}
	return commands;
}

/** What a person sees of it, without progress: that goes to stderr while a run lasts. */
function typed(command: string, folder: string): string {
	const path = [join(ROOT, "node_modules/.bin"), process.env.PATH].join(delimiter);
	// not those of npm, by which a program sees that it was started by npx, nor those of a CI
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:npm_|CI$|VITEST)/i.test(name)));
	const { stdout } = spawnSync("bash", ["-c", `exec 2>&1\n${command}`], {
		cwd: folder,
		env: { ...env, PATH: path, NO_COLOR: "1", LANG: "C.UTF-8", TERM: "dumb", TZ: "UTC" },
		encoding: "utf8",
		input: "",
	});
	const lines = stdout
		.replaceAll(`${folder}/`, "")
		.split("\n")
		.filter((line) => !PROGRESS.test(line));
	return `${lines
		.map((line) => line.trimEnd())
		.join("\n")
		.trim()}\n`.replace(/^\n$/, "");
}

const PROGRESS = /^(?:\d\d:\d\d:\d\dZ |(?:\d{4}-\d\d-\d\dZ )?growthnav \d+\.\d+\.\d+, |npm warn )/;

/** Every command of a page with what it printed, steady. */
export function sessionsIn(text: string): string[] {
	return [...text.matchAll(FENCED)]
		.filter(([, language]) => language === "console")
		.flatMap(([, , , session]) => session!.split(/^(?=\$ )/m))
		.map(steady);
}

/** Without what differs from run to run: clocks, durations, rates, free space, random ids. */
function steady(text: string): string {
	return (
		text
			.replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, "<time>")
			// of checks, told only when they are long enough
			.replace(/^([✓✗] .*?) +\d[\d.]* s$/gm, "$1")
			.replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<id>")
			.replace(/\b\d[\d,]*(?:\.\d)? (?:s|min|h|rows\/s|GB free)\b/g, "<n>")
			.replace(/\b\d+\.\d\b/g, "<n>")
			.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
			// of requests
			.replace(/^(\S+ +(?:GET|POST) \S+ +\d{3}) +[\d,]+(?= )/gm, "$1 <n>")
			.replace(/<n>(?: <n>)+/g, "<n>")
			// a verdict breaks its lines elsewhere when a run took longer
			.replace(/\s+/g, " ")
	);
}

if (import.meta.main) {
	const named = process.argv.slice(2);
	for (const page of named.length > 0 ? named : pagesWithSessions) {
		const folder = playFolder();
		writeFileSync(join(ROOT, page), played(page, folder));
		rmSync(folder, { recursive: true });
	}
}
