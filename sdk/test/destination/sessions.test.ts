/** The golden sessions of the protocol, each written to a destination: a good one is done, a bad one leaves its trace. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { memory } from "./memory-run.ts";

const FOLDER = new URL("../../../spec/sessions/", import.meta.url);
const read = (name: string) => readFileSync(new URL(name, FOLDER), "utf8");
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ndjson"));

/** Exit code, codes of errors and of dead letters. */
const BAD: Record<string, string> = {
	// states are the source's own: whoever reads both sides compares their counts
	"bad.counts-differ": "0",
	"bad.cut-off": "20 transient.incomplete no_message",
	"bad.empty-data": "30 data.all_refused empty_record",
	"bad.end-without-complete": "20 transient.incomplete",
	"bad.incomplete": "20 transient.incomplete",
	"bad.namespace-differs": "30 data.unknown_stream unknown_stream",
	"bad.never-started": "20 transient.incomplete",
	"bad.no-message": "20 transient.incomplete",
	"bad.not-json": "0 no_message",
	"bad.null-key": "30 data.all_refused missing_key missing_key",
	"bad.record-after-complete": "20 transient.incomplete",
	"bad.record-before-catalog": "30 data.record_before_catalog",
	"bad.record-without-emitted-at": "0 no_message",
	"bad.state-of-unknown-stream": "30 data.unknown_stream unknown_stream",
	"bad.state-of-unknown-type": "0 unknown_state",
	"bad.state-without-stream": "0 no_message",
	"bad.trace-error-then-end": "20 transient.incomplete",
	// the second is the first, word for word
	"bad.two-catalogs": "0",
	"bad.two-messages-on-a-line": "0 no_message",
	"bad.unknown-stream": "30 data.unknown_stream unknown_stream",
};

it.each(names)("%s", async (file) => {
	const name = file.replace(".ndjson", "");
	const text = read(file);
	const catalog = JSON.parse(read(name.includes("no-namespace") ? "catalog.no-namespace.json" : "catalog.json"));
	const run = memory();
	const lines = text.split("\n").filter((line) => line !== "");
	const result = await run.write(lines, /"type":\s*"CATALOG"/.test(text) ? {} : { catalog });
	const errors = result.errors.map((error) => error.code);
	const letters = run.rows("_gn_dead_letters").map((letter) => letter.code);
	if (name.startsWith("good.")) expect([result.exitCode, ...errors]).toEqual([0]);
	else expect([result.exitCode, ...errors, ...letters].join(" ")).toBe(BAD[name]);
	for (const { streams } of result.commits) {
		for (const one of streams) expect(one.read).toBe(one.loaded + one.superseded + one.rejected);
	}
});
