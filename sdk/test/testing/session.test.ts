import { readdirSync, readFileSync } from "node:fs";
import type { ConfiguredCatalog } from "@growthnav/spec";
import { expect, test } from "vitest";
import { checkSession } from "../../src/testing/session.ts";

const folder = new URL("../../../spec/sessions/", import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), "utf8");
const sessions = readdirSync(folder).filter((file) => file.endsWith(".ndjson"));

const faultsOf = (file: string) => {
	const text = read(file);
	const isSelfDescribing = text.includes('{"type":"CATALOG"');
	const catalog = file.includes("no-namespace") ? "catalog.no-namespace.json" : "catalog.json";
	return checkSession(
		text.split("\n"),
		isSelfDescribing ? undefined : (JSON.parse(read(catalog)) as ConfiguredCatalog),
	);
};

test.each(sessions.filter((file) => file.startsWith("good.")))("%s is accepted", (file) => {
	expect(faultsOf(file)).toEqual([]);
});

/** Line and fault. */
const WHY: { [session: string]: [number, string][] } = {
	"bad.record-before-catalog": [
		[1, "a status before the catalog"],
		[2, "a record before the catalog"],
		[0, "shop.orders sent 0 records, its states say 1"],
	],
	"bad.two-catalogs": [
		[10, "a second catalog"],
		[0, "shop.orders never ended"],
	],
	"bad.unknown-stream": [[9, "a record of shop.invoices, which the catalog does not have"]],
	"bad.namespace-differs": [[8, "a record of orders, which the catalog does not have"]],
	"bad.end-without-complete": [[0, "shop.customers never ended"]],
	"bad.never-started": [[0, "shop.customers never ended"]],
	"bad.incomplete": [[0, "shop.orders is incomplete"]],
	"bad.record-after-complete": [[9, "a record after the stream was complete"]],
	"bad.state-without-stream": [[3, "STATE of type STREAM without a stream_descriptor"]],
	"bad.state-of-unknown-stream": [[9, "a state of shop.invoices, which the catalog does not have"]],
	"bad.state-of-unknown-type": [[9, "a state of type PARTITION"]],
	"bad.counts-differ": [[0, "shop.orders sent 2 records, its states say 3"]],
	"bad.empty-data": [[2, "a record without a single field"]],
	"bad.null-key": [
		[2, "a record without its key"],
		[3, "a record without its key"],
	],
	"bad.record-without-emitted-at": [[2, "RECORD without record.emitted_at"]],
	"bad.trace-error-then-end": [
		[12, "the source failed: Shop refused the key"],
		[0, "shop.customers is incomplete"],
	],
	"bad.not-json": [[9, "not JSON: expected double-quoted property name at position 85"]],
	"bad.cut-off": [
		[10, "not JSON: unterminated string at position 82"],
		[0, "shop.customers never ended"],
	],
	"bad.two-messages-on-a-line": [[9, "not JSON: unexpected non-whitespace character after JSON at position 140"]],
	"bad.no-message": [
		[0, "shop.orders never ended"],
		[0, "shop.customers never ended"],
	],
};

test.each(sessions.filter((file) => !file.startsWith("good.")))("%s is refused for its reason", (file) => {
	const faults = faultsOf(file).map(({ line, fault }) => [line, fault]);
	expect(faults).toEqual(WHY[file.replace(".ndjson", "")]);
});

test("no session is good that lacks a line of importance", () => {
	const lines = read("good.incremental.ndjson").trimEnd().split("\n");
	const catalog = JSON.parse(read("catalog.json")) as ConfiguredCatalog;
	const needed = lines.filter((_, n) => checkSession(lines.toSpliced(n, 1), catalog).length > 0);
	expect(needed.map((line) => /"RECORD"|COMPLETE"|"STATE"/.exec(line)?.[0])).not.toContain(undefined);
	expect(needed).toHaveLength(3 + 2 + 2);
});

test("a session without a catalog of any kind is refused", () => {
	expect(checkSession(["a log line"])).toEqual([{ line: 0, fault: "no catalog" }]);
});
