/** `growthnav test`: a connector tried by every rule, in a process of its own. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConnectorError } from "../../errors.ts";
import { type Connector, findConnector } from "../../pipeline/connectors/connectors.ts";
import { whyItEnded } from "../../pipeline/connectors/death.ts";
import { startChild } from "../../pipeline/connectors/process.ts";
import type { RunEvent } from "../../pipeline/events.ts";
import { lineBatches } from "../../protocol/lines.ts";
import type { Outcome } from "../../testing/conformance/contract.ts";
import { ruleLines } from "../screen/rules.ts";
import type { World } from "../world.ts";

interface TestOptions {
	only?: string;
	release?: boolean;
}

const BROKEN = 30;

export async function test(world: World, options: TestOptions, [name]: [string]): Promise<number> {
	const connector = await findConnector({ connector: name }, "source", world.host);
	const { module, demo, folder } = connector;
	if (module === undefined || demo === undefined || folder === undefined) throw nothingToTry(connector);
	const release = join(folder, "release.json");
	const child = await startChild({
		argv: [world.host.node, world.trialHost, module, demo],
		args: [existsSync(release) ? release : "", options.only ?? "", ...connector.argv],
		cwd: world.host.cwd,
		program: `trial of ${connector.name}`,
		host: world.host,
	});
	world.signal.addEventListener("abort", () => void child.stop(), { once: true });
	const style = world.terminal.outStyle;
	world.say(`${connector.program} ${connector.version ?? ""}`.trimEnd(), "");
	const rules: RuleEvent[] = [];
	let promises: string | undefined;
	for await (const lines of lineBatches(child.stdout)) {
		for (const { bytes } of lines.filter((line) => line.oversize === undefined)) {
			if (promises === undefined) {
				promises = bytes.toString();
				continue;
			}
			const event = eventOf(JSON.parse(bytes.toString()) as Outcome);
			rules.push(event);
			world.tell(event);
			world.say(...ruleLines(event, style));
		}
	}
	const exit = await child.exited;
	world.signal.throwIfAborted();
	if (exit.code !== 0 || promises === undefined)
		throw new ConnectorError("internal.trial_died", `The trial of ${connector.name} did not end`, {
			why: whyItEnded(exit, child.lastLines()),
			next: `look at ${module} and ${demo}: the connector, or its demo, could not be loaded or started`,
		});
	return verdict(rules, options, { release, promises, name: connector.name }, world);
}

type RuleEvent = Extract<RunEvent, { event: "rule" }>;

function eventOf({ name, rule, findings, skipped, seconds }: Outcome): RuleEvent {
	const status = skipped !== undefined ? "not_tried" : findings.length === 0 ? "holds" : "broken";
	return {
		event: "rule",
		name,
		rule,
		status,
		findings: skipped === undefined ? findings : [skipped],
		duration_s: seconds,
	};
}

interface Kept {
	release: string;
	promises: string;
	name: string;
}

function verdict(rules: RuleEvent[], options: TestOptions, kept: Kept, world: World): number {
	const style = world.terminal.outStyle;
	const broken = rules.filter(({ status }) => status === "broken").length;
	const held = rules.filter(({ status }) => status === "holds").length;
	if (rules.length === 0)
		throw new ConnectorError("config.no_rule", `No rule begins with ${options.only}`, {
			where: "--only",
			why: "rules begin with spec, check, discover, read, conversions, resume, faults, secrets or process",
			next: `growthnav test ${kept.name}`,
		});
	if (broken > 0) {
		world.say("", `${style.bad(style.failed)} ${broken} of ${broken + held} rules are broken. Exit code ${BROKEN}.`);
		return BROKEN;
	}
	world.say("", `${style.good(style.ok)} ${held} rules hold.`);
	if (options.release) {
		writeFileSync(kept.release, `${JSON.stringify(JSON.parse(kept.promises), null, "\t")}\n`);
		world.say(`  ${kept.release} holds what later versions must keep.`);
	}
	return 0;
}

function nothingToTry({ name, package: packaged }: Connector): ConnectorError {
	return new ConnectorError("config.no_demo", `${name} cannot be tried`, {
		why: packaged === undefined ? "it is a command, not a package" : "its package exports no ./demo",
		next: "export ./demo with start(), a scripted source (docs/write-a-connector.md, Tests)",
	});
}
