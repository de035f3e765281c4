/**
 * `read`: a tap from its start to its end, line by line, in its own order. Nothing is held back, so no state overtakes a
 * record, and a slow reader slows the tap down.
 */
import type { Catalog, ConfiguredCatalog, ConfiguredStream, JsonObject, StatePayload } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";
import { didYouMean, listOf } from "../../nearest.ts";
import type { Scratch } from "../../pipeline/connectors/scratch.ts";
import { configureCatalog } from "../../pipeline/file/catalog.ts";
import { isObject } from "../../pipeline/file/shape.ts";
import { readSingerMessages, type SingerCatalog } from "../messages.ts";
import { openSettings, type SingerSettings } from "../settings.ts";
import { carriedCatalog, ourCatalog, type TapStream, tapStreams } from "./catalog.ts";
import type { TapCommand } from "./command.ts";
import { findCatalog, tellRenewed, withScratch } from "./discover.ts";
import { endOf, type TapEnd } from "./end.ts";
import { type Intake, intakeOf } from "./intake.ts";
import { startTap } from "./process.ts";
import { selectedCatalog, type WantedStream } from "./selection.ts";
import { bookmarkOf, type Joined, joinStates } from "./state.ts";
import { tapStates } from "./states.ts";
import { startReading } from "./stream.ts";
import { TAP_TIMES, type TapWorld } from "./world.ts";

export interface TapRead {
	config: JsonObject;
	/** Left out: all streams as they suggest, and a CATALOG that says so comes first. */
	catalog?: ConfiguredCatalog | undefined;
	states: readonly StatePayload[];
}

/** Failures are TRACE ERROR messages; thrown is what ends the read before the tap was started, or that it was stopped. */
export async function readTap(command: TapCommand, inputs: TapRead, world: TapWorld): Promise<void> {
	await withScratch(world, async (scratch) => {
		const settings = await openSettings(command.configs, inputs.config, world.host.cwd, scratch);
		const carried = command.catalog ? undefined : carriedCatalog(inputs.catalog?.streams ?? []);
		const discovered = carried ?? (await findCatalog(command, settings, world));
		await tellRenewed(settings, world);
		const known = tapStreams(discovered);
		const configured = inputs.catalog?.streams ?? (await suggested(known, command, world));
		const wanted = wantedStreams(configured, known, command);
		const joined = joinStates(inputs.states, wanted);
		const readings = wanted.map((one) => startReading(one, versionOf(one, joined)));
		const states = tapStates(readings, new Set(known.map(({ id }) => id)), joined);
		const intake = intakeOf(readings, states, command, world);
		const files = await inputFiles(discovered, wanted, joined, scratch);
		const end = await runTap(command, settings, files, intake, world);
		for (const message of endOf(end, readings, states, intake, command, world)) await world.say(message);
		world.signal.throwIfAborted();
	});
}

/** All that can be read, as it suggests itself; told as our sources do. */
async function suggested(known: readonly TapStream[], { program, catalog }: TapCommand, world: TapWorld) {
	const offered = ourCatalog(known, catalog !== undefined);
	const wishes = { streams: undefined, account: undefined, source: program, destination: "", writes: undefined };
	const startedAt = world.host.now();
	const { streams } = configureCatalog(offered, { ...wishes, startedAt, where: () => program });
	const described: Catalog = { streams: streams.map(({ stream, ...how }) => ({ ...stream, ...how })) };
	await world.say({ type: "CATALOG", catalog: described });
	return streams;
}

/** Throws config.unknown_stream, and config.tap_names for streams whose messages could not be told apart. */
export function wantedStreams(
	configured: readonly ConfiguredStream[],
	known: readonly TapStream[],
	{ program }: TapCommand,
): WantedStream[] {
	const wanted = configured.map((one) => {
		const found = known.find(({ name }) => name === one.stream.name);
		if (found) return { ...found, configured: one };
		const names = known.map(({ name }) => name);
		throw new ConnectorError(
			"config.unknown_stream",
			`The catalog asks for ${one.stream.name}, which ${program} does not have`,
			{
				where: `catalog, stream ${one.stream.name}`,
				why: `${program} has ${listOf([...names].sort())}`,
				next: didYouMean(one.stream.name, names) ?? "growthnav discover lists the streams",
			},
		);
	});
	const twice = [...Map.groupBy(wanted, ({ called }) => called)].find(([, ones]) => ones.length > 1);
	if (!twice) return wanted;
	const [called, ones] = twice;
	throw new ConnectorError("config.tap_names", `${program} calls ${ones.length} of these streams ${called}`, {
		where: `streams ${listOf(ones.map(({ name }) => name))}`,
		why: "their records could not be told apart",
		next: "read them in pipelines of their own, one of them in each",
	});
}

/** Of a full table that goes on: its records so far are of this version. */
function versionOf({ id }: WantedStream, { value, resumed }: Joined): string | undefined {
	const bookmark = resumed.has(id) ? bookmarkOf(value ?? null, id) : undefined;
	return isObject(bookmark) && bookmark.version != null ? JSON.stringify(bookmark.version) : undefined;
}

interface InputFiles {
	catalog: string;
	state: string | undefined;
}

async function inputFiles(
	discovered: SingerCatalog,
	wanted: readonly WantedStream[],
	{ value }: Joined,
	scratch: Scratch,
): Promise<InputFiles> {
	return {
		catalog: await scratch.write("tap-catalog.json", JSON.stringify(selectedCatalog(discovered, wanted))),
		state: value && (await scratch.write("tap-state.json", JSON.stringify(value))),
	};
}

const UNKNOWN_OPTION = /unrecognized arguments|no such option|unknown option|invalid option/i;

/** Old taps take the catalog as --properties: those that refuse --catalog, and those that then read nothing at all. */
async function runTap(
	command: TapCommand,
	settings: SingerSettings,
	files: InputFiles,
	intake: Intake,
	world: TapWorld,
): Promise<TapEnd> {
	const run = (option: string) => {
		const state = files.state === undefined ? [] : ["--state", files.state];
		return oneRun(command, ["--config", settings.file, option, files.catalog, ...state], settings, intake, world);
	};
	const first = await run(command.catalog?.option ?? "--catalog");
	const refused = first.exit.code !== 0 && first.lastLines.some((line) => UNKNOWN_OPTION.test(line));
	const isSilent = first.exit.code === 0 && !intake.sawAnything();
	if (command.catalog || world.signal.aborted || !(refused || isSilent)) return first;
	const second = await run("--properties");
	return second.exit.code !== 0 && second.lastLines.some((line) => UNKNOWN_OPTION.test(line)) ? first : second;
}

async function oneRun(
	command: TapCommand,
	args: string[],
	settings: SingerSettings,
	intake: Intake,
	world: TapWorld,
): Promise<TapEnd> {
	const tap = await startTap(command, args, world);
	// a token that works one time must be kept before the tap uses the next one
	const look = setInterval(
		() => void tellRenewed(settings, world).catch(() => {}),
		world.times?.look ?? TAP_TIMES.look,
	);
	try {
		for await (const lines of readSingerMessages(tap.child.stdout)) {
			for (const line of lines) {
				const behind = intake.take(line);
				if (behind !== undefined) await behind;
			}
		}
		const { exit, hung } = await tap.ended();
		return { exit, hung, words: tap.words, lastLines: tap.child.lastLines() };
	} catch (thrown) {
		// the process was ended while its output was being read
		if ((thrown as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw thrown;
		const { exit, hung } = await tap.ended();
		return { exit, hung, words: tap.words, lastLines: tap.child.lastLines() };
	} finally {
		clearInterval(look);
		await tap.close();
		await tellRenewed(settings, world);
	}
}
