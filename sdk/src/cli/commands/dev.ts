/** `growthnav dev`: a connector is tried again at every save of its sources. */
import { relative, resolve } from "node:path";
import { type Attempt, attempt } from "../dev/attempt.ts";
import { typeErrors } from "../dev/compile.ts";
import { type Saves, watchSaves } from "../dev/saves.ts";
import { eventsOfTry, exitCodeOfTry, type Try, tryScreen } from "../dev/show.ts";
import { type Subject, subjectOf } from "../dev/subject.ts";
import { MOST_ROWS, type Trying } from "../dev/told.ts";
import { openKeyboard } from "../keyboard.ts";
import type { World } from "../world.ts";
import { whole } from "./preview.ts";

interface DevOptions {
	config?: string;
	stream?: string[];
	rows?: string;
	once?: boolean;
}

/** So many pages of a stream are read, or fewer where they have rows enough. */
const PAGES = 5;
const ROWS_SHOWN = 5;
const WIDEST = 240;
const CLEAR = "\x1b[2J\x1b[H";

export async function dev(world: World, options: DevOptions, [argument = "."]: [string?]): Promise<number> {
	const rows = options.rows === undefined ? ROWS_SHOWN : whole(options.rows, "--rows");
	const subject = await subjectOf(argument, options.config, world);
	const { module, demo } = subject;
	const sample = { streams: options.stream, pages: PAGES, rows: Math.max(rows, MOST_ROWS) };
	const bench = { subject, trying: { module, demo, sample }, rows, world };
	if (!options.once) return watched(bench);
	const one = await tried(bench, { save: 0, changed: [], before: undefined }, world.signal);
	if (one === undefined) return 0;
	show(one, bench, false);
	return exitCodeOfTry(one);
}

interface Bench {
	subject: Subject;
	trying: Trying;
	/** So many are shown of a stream. */
	rows: number;
	world: World;
}

/** One try after the other until somebody ends it: a save during a try ends that one, and begins the next. */
async function watched(bench: Bench): Promise<number> {
	const { subject, world } = bench;
	const over = new AbortController();
	const ended = AbortSignal.any([world.signal, over.signal]);
	const config = subject.config === undefined ? [] : [resolve(world.host.cwd, subject.config)];
	const saves = watchSaves(subject.sources, config);
	let last: Try | undefined;
	let again = () => {};
	const onKey = (key: string) => {
		if (key === "q") over.abort();
		else if (key === "r") again();
	};
	const keyboard = openKeyboard(world, onKey, () => last && show(last, bench, true));
	process.stdout.once("error", () => over.abort());
	try {
		let before: Attempt | undefined;
		let changed: string[] = [];
		for (let save = 0; !ended.aborted; save++) {
			const next = nextSave(saves, ended);
			again = next.now;
			const draw = (one: Try) => {
				last = one;
				show(one, bench, true);
			};
			const one = await tried(bench, { save, changed, before }, next.signal, isLive(world) ? draw : undefined);
			if (one !== undefined) {
				draw(one);
				if (one.attempt.errors.length === 0 && one.attempt.loaded) before = one.attempt;
			}
			changed = (await next.paths).map((path) => relative(subject.folder, path));
			if (isLive(world) && !ended.aborted) world.terminal.out(`${told(changed)}, trying ...\n`);
		}
	} finally {
		keyboard.close();
		saves.close();
	}
	return 0;
}

function told(changed: string[]): string {
	return changed.length === 0 ? "Once more" : `${changed.join(", ")} saved`;
}

/** The next save, the wish to try once more, or the end: whatever comes first ends the try that is under way. */
function nextSave(saves: Saves, ended: AbortSignal) {
	const stop = new AbortController();
	const wished = Promise.withResolvers<string[]>();
	const now = () => wished.resolve([]);
	ended.addEventListener("abort", now, { once: true });
	if (ended.aborted) now();
	const paths = Promise.race([saves.next(), wished.promise]).finally(() => {
		ended.removeEventListener("abort", now);
		stop.abort();
	});
	return { paths, now, signal: stop.signal };
}

type Occasion = Pick<Try, "save" | "changed"> & { before: Attempt | undefined };

/** Nothing where it was overtaken. `early` sees it before the compiler has answered. */
async function tried(
	{ subject, trying, world }: Bench,
	occasion: Occasion,
	signal: AbortSignal,
	early?: (one: Try) => void,
): Promise<Try | undefined> {
	const types = typeErrors(subject, world, signal);
	const made = await attempt(subject, trying, world, signal);
	const one: Try = { ...occasion, attempt: made, types: undefined };
	if (!signal.aborted) early?.(one);
	const answered = { ...one, types: await types };
	return signal.aborted ? undefined : answered;
}

function isLive({ terminal }: World): boolean {
	return terminal.mode === "live" && terminal.outStyle.live;
}

/** On a terminal in place of the one before; elsewhere behind it. */
function show(one: Try, { subject, rows, world }: Bench, waits: boolean): void {
	const { terminal } = world;
	for (const event of eventsOfTry(one, world)) world.tell(event);
	const style = isLive(world)
		? { ...terminal.outStyle, width: Math.min(WIDEST, terminal.size().columns - 1) }
		: terminal.outStyle;
	if (isLive(world)) terminal.out(CLEAR);
	world.say(...tryScreen(one, rows, world, style), ...(waits ? [waitsFor(subject, world), ""] : []));
}

function waitsFor({ sources }: Subject, world: World): string {
	const keys = isLive(world) ? "r tries again, q ends" : "Ctrl-C ends";
	return world.terminal.outStyle.dim(`Waits for a save in ${relative(world.host.cwd, sources) || "."}; ${keys}.`);
}
