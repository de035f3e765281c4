// A Singer target that keeps what it got in the file `path` of its config, and misbehaves as its config says.
import { appendFileSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const at = process.argv.indexOf("--config");
const config = at < 0 ? {} : JSON.parse(readFileSync(process.argv[at + 1], "utf8"));
const { path, habit } = config;
const print = (text) => new Promise((resolve) => process.stdout.write(`${text}\n`, resolve));
if (habit === "no start") {
	console.error(`INFO connecting with ${config.password}`);
	console.error(`CRITICAL the server refused ${config.password}`);
	console.error("Traceback: line 1");
	process.exit(1);
}
if (habit === "hangs") {
	process.on("SIGTERM", () => {});
	setInterval(() => {}, 1_000);
}
if (habit === "ends early") {
	process.stdin.once("data", () => process.exit(0));
	await sleep(60_000);
}
let state;
let rows = 0;
for await (const line of createInterface({ input: process.stdin })) {
	const message = JSON.parse(line);
	appendFileSync(path, `${line}\n`);
	if (message.type === "RECORD") rows++;
	if (message.type === "RECORD" && habit === "forgets") state = undefined;
	if (message.type === "STATE") {
		state = message.value;
		if (habit === "at once") await print(JSON.stringify(state));
		if (habit === "logs too") await print(`INFO got a state\n{"level": "info"}\n${JSON.stringify(state)}\n{not json`);
		if (habit === "invents") await print('{"bookmarks": {"shop__orders": {"position": "0-1"}}}');
	}
	if (habit === "dies" && rows === 3) {
		await print(JSON.stringify(state));
		console.error("CRITICAL no space left");
		process.exit(1);
	}
	if (habit === "slow") await sleep(5);
}
if (habit === "silent") process.exit(0);
if (habit === "older") state = { bookmarks: {} };
if (state) await print(JSON.stringify(state, undefined, habit === "pretty" ? 2 : undefined));
