/** The executable of the tea house: `node program.ts <what it does wrong> <command> …`. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { main } from "../../../src/cli/main.ts";
import { house } from "./teahouse.ts";

const [wrong = "right"] = process.argv.splice(2, 1);
const config = process.argv[process.argv.indexOf("--config") + 1] ?? "";
const secret = () => String(JSON.parse(readFileSync(config, "utf8")).token);
const write = process.stdout.write.bind(process.stdout);

/** What comes out is seen, and changed, on its way: texts as the connector writes them. */
function onItsWay(change: (text: string) => string | undefined): void {
	process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
		const text = change(typeof chunk === "string" ? chunk : Buffer.from(chunk).toString());
		return write(text ?? "", ...rest);
	}) as typeof process.stdout.write;
}

const FAULTS: { [wrong: string]: () => void } = {
	right() {},
	greets: () => void write("Welcome to the Tea House\n"),
	"fails with its check"() {
		onItsWay((text) => {
			if (text.includes('"FAILED"')) process.once("exit", () => process.exit(1));
			return text;
		});
	},
	"says no error": () => onItsWay((text) => text.replace(/^.*"type":"ERROR".*\n/gm, "")),
	"always ends with 0": () => void process.once("exit", () => process.exit(0)),
	stays() {
		process.stdout.on("error", () => setInterval(() => {}, 1000));
		process.exit = (() => {}) as never;
	},
	"traces its reader": () => void process.stdout.on("error", ({ stack }) => process.stderr.write(`${stack}\n`)),
	"saves ahead"() {
		process.once("SIGTERM", () => {
			const stream_descriptor = { name: "sales", namespace: "teahouse" };
			const stream_state = { cursor_field: "updated_at", cursor: "2999-01-01T00:00:00Z" };
			const state = { type: "STREAM", stream: { stream_descriptor, stream_state } };
			write(`${JSON.stringify({ type: "STATE", state })}\n`, () => process.exit(1));
		});
	},
	"ends within a line": () => void process.once("SIGTERM", () => write('{"type":"REC', () => process.exit(143))),
	"is deaf"() {
		const on = process.on.bind(process);
		process.on = ((name: string, listen: never) => on(name, name === "SIGTERM" ? () => {} : listen)) as never;
	},
	"keeps all"() {
		const kept: string[] = [];
		process.stdout.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
			kept.push(String(chunk));
			(rest.find((one) => typeof one === "function") as (() => void) | undefined)?.();
			return true;
		}) as typeof process.stdout.write;
		process.once("beforeExit", () => write(kept.join("")));
	},
	mutters: () => void (config !== "" && process.stderr.write(`asks with ${secret()}\n`)),
	"hands on"() {
		if (config !== "") spawn(process.execPath, ["-e", "setTimeout(() => {}, 1000)", secret()], { stdio: "ignore" });
	},
};

FAULTS[wrong]!();
await main(async () => ({ default: house().source }));
