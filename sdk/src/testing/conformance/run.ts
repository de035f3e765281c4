/** Runs the checks one after the other, each on the same trial. */

import { CATALOG_CHECKS } from "./checks/catalog.ts";
import { CONVERSION_CHECKS } from "./checks/conversions.ts";
import { FAULT_CHECKS } from "./checks/faults.ts";
import { PROCESS_CHECKS } from "./checks/process.ts";
import { READING_CHECKS } from "./checks/reading.ts";
import { RESUMING_CHECKS } from "./checks/resuming.ts";
import { SECRET_CHECKS } from "./checks/secrets.ts";
import { SPEC_CHECKS } from "./checks/spec.ts";
import type { Check, Outcome, Subject, Trial } from "./contract.ts";
import { openTrial } from "./trial.ts";

/** All rules, in the order in which they are tried. */
export const CHECKS: readonly Check[] = [
	...SPEC_CHECKS,
	...CATALOG_CHECKS,
	...READING_CHECKS,
	...CONVERSION_CHECKS,
	...RESUMING_CHECKS,
	...FAULT_CHECKS,
	...SECRET_CHECKS,
	...PROCESS_CHECKS,
];

/** Tries a connector by every rule, or those whose name `only` begins. Throws only what the demo's start throws. */
export async function* conformance(subject: Subject, only = ""): AsyncGenerator<Outcome> {
	const trial = await openTrial(subject);
	try {
		for (const check of CHECKS) {
			if (check.name.startsWith(only)) yield await outcomeOf(check, trial);
		}
	} finally {
		await trial.close();
	}
}

async function outcomeOf(check: Check, trial: Trial): Promise<Outcome> {
	const { name, rule } = check;
	const started = performance.now();
	const skipped = whyNot(check, trial);
	const findings = skipped === undefined ? await findingsOf(check, trial) : [];
	const seconds = (performance.now() - started) / 1000;
	return { name, rule, findings, ...(skipped !== undefined && { skipped }), seconds };
}

function whyNot({ http, program }: Check, trial: Trial): string | undefined {
	if (http && trial.proxy === undefined) return "it speaks to no server";
	return program && trial.program === undefined ? "its executable is not known" : undefined;
}

/** What a check stumbles over is a finding too. */
async function findingsOf(check: Check, trial: Trial): Promise<string[]> {
	try {
		return await check.run(trial);
	} catch (thrown) {
		return [thrown instanceof Error ? thrown.message : String(thrown)];
	}
}
