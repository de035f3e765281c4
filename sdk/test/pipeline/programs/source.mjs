// A source that does what its config says, step by step: well-behaved or not. `steps` are run by `read`.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const [command, ...rest] = process.argv.slice(2);
const option = (name) => {
	const at = rest.indexOf(`--${name}`);
	return at < 0 ? undefined : JSON.parse(readFileSync(rest[at + 1], "utf8"));
};
const config = option("config") ?? {};

function write(text) {
	return new Promise((resolve) => process.stdout.write(text, resolve));
}
const send = (message) => write(`${JSON.stringify(message)}\n`);
const ns = config.namespace === undefined ? {} : { namespace: config.namespace };

const steps = {
	// n records of a stream; ids go on counting
	async records({ records, stream, size = 0, order = "usual" }) {
		let text = "";
		for (let i = 0; i < records; i++) {
			const id = (counts[stream] ?? 0) + 1;
			counts[stream] = id;
			const record = { stream, ...ns, data: { id, ...(size && { text: "x".repeat(size) }) }, emitted_at: 1 };
			const message = order === "usual" ? { type: "RECORD", record } : { record, type: "RECORD" };
			text += `${JSON.stringify(message)}\n`;
			if (text.length > 60_000) {
				await write(text);
				text = "";
			}
		}
		if (text) await write(text);
	},
	// ids up to `to`, a state after every few; goes on after the id in the state that it was given
	async count({ count: to, stream, every, pause = 0 }) {
		const saved = (option("state") ?? []).find((one) => one.stream?.stream_descriptor.name === stream);
		for (let id = (saved?.stream.stream_state.cursor ?? 0) + 1; id <= to; id++) {
			await send({ type: "RECORD", record: { stream, ...ns, data: { id }, emitted_at: 1 } });
			if (id % every === 0 || id === to) await steps.state({ state: { cursor: id }, stream });
			if (pause && id % every === 0) await sleep(pause);
		}
	},
	async state({ state, stream, ...more }) {
		const stream_descriptor = { name: stream, ...ns };
		await send({
			type: "STATE",
			state: { type: "STREAM", stream: { stream_descriptor, stream_state: state }, ...more },
		});
	},
	async status({ status, stream }) {
		const stream_status = { stream_descriptor: { name: stream, ...ns }, status };
		await send({ type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at: 1.5, stream_status } });
	},
	message: ({ message }) => send(message),
	text: ({ text }) => write(text),
	sleep: ({ sleep: time }) => sleep(time),
	async stderr({ stderr, text = "noise" }) {
		for (let i = 0; i < stderr; i++) {
			if (!process.stderr.write(`${text} ${i}\n`))
				await new Promise((resolve) => process.stderr.once("drain", resolve));
		}
	},
	die: ({ die }) => process.kill(process.pid, die),
	exit: ({ exit }) => process.exit(exit),
	async hang() {
		setInterval(() => {}, 1000);
		await new Promise(() => {});
	},
	ignore: () => process.on("SIGTERM", () => {}),
	// asked to stop: sends what it has and its state, then ends
	stoppable: ({ stoppable }) =>
		process.on("SIGTERM", async () => {
			for (const step of stoppable) await run(step);
			process.exit(143);
		}),
	close: () => new Promise((resolve) => process.stdout.end(resolve)),
	// a grandchild that keeps our output open
	fork: ({ fork }) =>
		spawn(process.execPath, ["-e", `process.on("SIGTERM", () => {}); setTimeout(() => {}, ${fork})`], {
			stdio: ["ignore", "inherit", "inherit"],
		}),
	// what it was given, for the test to see
	tell: ({ tell }) =>
		writeFileSync(
			tell,
			JSON.stringify({
				config,
				catalog: option("catalog"),
				state: option("state"),
				env: process.env,
				argv: process.argv,
				cwd: process.cwd(),
			}),
		),
};
const counts = {};

async function run(step) {
	const [kind] = Object.keys(step);
	await steps[kind](step);
}

if (command === "spec") {
	await send({
		type: "SPEC",
		spec: {
			connectionSpecification: {
				type: "object",
				properties: {
					token: { type: "string", airbyte_secret: true },
					port: { type: "integer" },
					account: { type: "object", properties: { key: { type: "string", airbyte_secret: true } } },
				},
			},
		},
	});
} else if (command === "check") {
	await send({
		type: "CONNECTION_STATUS",
		connectionStatus: config.bad ? { status: "FAILED", message: "no" } : { status: "SUCCEEDED", message: "fine" },
	});
} else if (command === "discover") {
	for (const step of config.discover ?? []) await run(step);
	const streams = config.streams ?? [{ name: "orders" }];
	await send({
		type: "CATALOG",
		catalog: {
			streams: streams.map((stream) => ({
				json_schema: { type: "object", properties: { id: { type: "integer" } } },
				supported_sync_modes: ["full_refresh", "incremental"],
				source_defined_cursor: true,
				source_defined_primary_key: [["id"]],
				...ns,
				...stream,
			})),
		},
	});
} else if (command === "read") {
	for (const step of config.steps ?? []) await run(step);
}
