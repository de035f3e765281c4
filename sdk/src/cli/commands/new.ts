/** `growthnav new`: a working connector with its scripted server and tests, to be changed from green to green. */
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { ConnectorError } from "../../errors.ts";
import { listConnectors } from "../../pipeline/connectors/connectors.ts";
import { readRegistry } from "../../pipeline/connectors/packages.ts";
import { filesOf, type Home, homeFor, type Naming, writeConnector } from "../new-connector.ts";
import type { Proposal } from "../openapi/proposal.ts";
import { plural } from "../screen/numbers.ts";
import { marked, nextLines } from "../screen/verdict.ts";
import { shellWord, type World } from "../world.ts";

interface NewOptions {
	title?: string;
	openapi?: string;
}

export async function newConnector(world: World, options: NewOptions, [given]: [string]): Promise<number> {
	const naming = { name: checkedName(given), title: checkedTitle(options.title ?? titleOf(given)) };
	await refuseTaken(naming.name, world);
	const home = homeFor(naming.name, world.host.cwd);
	const shown = relative(world.host.cwd, home.folder) || ".";
	if (existsSync(home.folder)) throw folderTaken(shown);
	const files = filesOf(naming, home);
	const proposal = options.openapi === undefined ? undefined : await proposed(options.openapi, naming, world);
	if (proposal !== undefined) files.set("src/proposed.ts", proposal.text);
	writeConnector(files, naming.name, home);
	world.tell({ event: "connector_made", name: naming.name, folder: home.folder, files: [...files.keys()] });
	say(naming, home, shown, files, world);
	if (proposal !== undefined) sayProposed(proposal, world);
	return 0;
}

async function proposed(file: string, naming: Naming, world: World): Promise<Proposal> {
	const [{ readOpenApi }, { proposalOf }] = await Promise.all([
		import("../openapi/document.ts"),
		import("../openapi/proposal.ts"),
	]);
	return proposalOf(readOpenApi(resolve(world.host.cwd, file)), naming);
}

function sayProposed({ streams, left }: Proposal, world: World): void {
	const { outStyle: style } = world.terminal;
	const also =
		left.length === 0 ? "" : `, and names ${plural(left.length, "list")} below a parent whose ids come first`;
	const text = `src/proposed.ts has ${plural(streams.length, "stream")} of the OpenAPI document${also}. Nothing of it was tried.`;
	world.say("", ...marked(style.warn("!"), text, style));
}

/** What the files are for, in the order in which one changes them. */
const TOLD: [path: string, says: string][] = [
	["src/index.ts", "the connector: settings, streams, paging, conversions"],
	["src/demo.ts", "a scripted server with books of its own: no account needed"],
	["test/", "that it reads, and every rule of the kit"],
	["README.md", "for whoever uses it"],
];

function say({ name, title }: Naming, { workspace }: Home, shown: string, files: Map<string, string>, world: World) {
	const { outStyle: style, command } = world.terminal;
	const width = Math.max(...TOLD.map(([path]) => path.length));
	world.say(
		`${style.good(style.ok)} ${title}: ${plural(files.size, "file")} in ${shown}`,
		"",
		...TOLD.map(([path, says]) => `  ${path.padEnd(width)}   ${style.dim(says)}`),
	);
	const folder = shellWord(shown);
	const here = [
		{ command: "npm install", shows: "links it and builds" },
		{ command: `npm test -w ${folder}`, shows: "green, and stays so" },
	];
	const apart = [
		{ command: `cd ${folder}`, shows: "" },
		{ command: "npm install && npm test", shows: "green, and stays so" },
	];
	const lines = [
		...(workspace === undefined ? apart : here),
		{ command: `${command} test ${name}`, shows: "every rule, as a report" },
		{ command: `${command} preview ${name} --demo`, shows: "its rows and what they become" },
		...(workspace === undefined ? [] : [{ command: "npm run generate", shows: "puts it into registry.json" }]),
	];
	world.say(...nextLines(lines, style));
}

function checkedName(name: string): string {
	const bare = name.replace(/^source-/, "");
	if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(bare) && bare.length <= 40 && bare === name) return name;
	const proposed = bare
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "-")
		.replace(/^[-0-9]+|-+$/g, "")
		.slice(0, 40);
	throw new ConnectorError("config.connector_name", `${name} cannot be the name of a connector`, {
		where: "the command line",
		why:
			bare === name
				? "a name has at most 40 small letters and digits, with - between words, and begins with a letter"
				: "its program is called source-... by itself",
		next: proposed === "" ? "growthnav new teahouse" : `growthnav new ${proposed}`,
	});
}

function titleOf(name: string): string {
	return name
		.split("-")
		.map((word) => word.charAt(0).toUpperCase() + word.slice(1))
		.join(" ");
}

/** It stands in texts of code, as it is. */
function checkedTitle(title: string): string {
	if (/^[\p{L}\p{N} .,&'()+-]{1,60}$/u.test(title)) return title;
	throw new ConnectorError("config.usage", "The title cannot be used", {
		where: "--title",
		why: "it has at most 60 letters, digits, blanks and . , & ' ( ) + -",
		next: '--title "Tea House"',
	});
}

async function refuseTaken(name: string, world: World): Promise<void> {
	const known = ((await readRegistry())?.connectors ?? []).map((one) => ({ kind: one.kind, name: one.name }));
	const installed = await listConnectors(world.host);
	const found = [...known, ...installed].some((one) => one.kind === "source" && one.name === name);
	if (!found) return;
	throw new ConnectorError("config.connector_taken", `There is a connector called ${name}`, {
		where: "the command line",
		why: "a name means one connector in pipeline files and in the registry",
		next: "choose another name, or change that one; growthnav connectors lists all",
	});
}

function folderTaken(shown: string): ConnectorError {
	return new ConnectorError("config.folder_exists", `${shown} is there already`, {
		where: "the command line",
		why: "nothing that exists is written over",
		next: "choose another name, or remove it first",
	});
}
