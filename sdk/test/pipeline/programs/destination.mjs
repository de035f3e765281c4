// A destination with a ledger in a JSON file (`path`), or without one (`foreign`); it misbehaves as its config says.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const foreign = process.argv[2] === "foreign";
const [command, ...rest] = process.argv.slice(foreign ? 3 : 2);
const option = (name) => {
	const at = rest.indexOf(`--${name}`);
	return at < 0 ? undefined : JSON.parse(readFileSync(rest[at + 1], "utf8"));
};
const config = option("config") ?? {};
const send = (message) => new Promise((resolve) => process.stdout.write(`${JSON.stringify(message)}\n`, resolve));
const ledger =
	config.path !== undefined && existsSync(config.path)
		? JSON.parse(readFileSync(config.path, "utf8"))
		: { epoch: 0, rows: {}, states: {}, lines: [], rejects: 0, runs: [] };

const commands = { spec, check, write, state, sql };
await commands[command]();

async function spec() {
	const properties = foreign
		? { path: { type: "string" }, password: { type: "string", airbyte_secret: true } }
		: { path: { type: "string" }, customer_id: { type: "string" }, connection: { type: "string" } };
	const supported_destination_sync_modes = ["append", "overwrite", "append_dedup"];
	await send({
		type: "SPEC",
		spec: { connectionSpecification: { type: "object", properties }, supported_destination_sync_modes },
	});
}

async function check() {
	await send({ type: "CONNECTION_STATUS", connectionStatus: { status: "SUCCEEDED", message: "can be made" } });
}

async function state() {
	for (const one of Object.values(ledger.states)) await send({ type: "STATE", state: one });
}

async function sql() {
	await send({ columns: [{ name: "n", type: "BIGINT" }] });
	await send([ledger.rejects]);
}

async function write() {
	const catalog = option("catalog");
	const known = new Set(catalog.streams.map(({ stream }) => `${stream.namespace ?? ""}.${stream.name}`));
	const pending = new Map();
	const complete = new Set();
	const ids = [];
	let records = 0;
	ledger.runs.push({ catalog });
	if (config.silent) await new Promise(() => setInterval(() => {}, 1000));
	for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
		if (config.keepLines) ledger.lines.push(line);
		let message;
		try {
			message = JSON.parse(line);
		} catch {
			message = { type: "LOG", log: { reject: { stream: "", code: "garbage", reason: "not JSON" } } };
		}
		if (message.type === "RECORD") {
			const { stream, namespace = "" } = message.record;
			const key = `${namespace}.${stream}`;
			const bad = !known.has(key) || (config.rejectEvery && (records + 1) % config.rejectEvery === 0);
			count(pending, key, line.length, bad);
			ids.push(message.record.data.id);
			if (++records === config.dieAfter) {
				if (config.lastWords) process.stderr.write(config.lastWords.map((one) => `${one}\n`).join(""));
				if (config.trace) await send({ type: "TRACE", trace: { type: "ERROR", emitted_at: 1, error: config.trace } });
				if (typeof config.die === "number") process.exit(config.die);
				process.kill(process.pid, config.die ?? "SIGKILL");
				await sleep(1000);
			}
			if (config.slow && records % 100 === 0) await sleep(config.slow);
			if (config.stuckAfter === records) await new Promise(() => setInterval(() => {}, 1000));
		} else if (message.type === "LOG") {
			const { reject } = message.log;
			count(pending, `${reject.namespace ?? ""}.${reject.stream}`, 0, true);
		} else if (message.type === "TRACE") {
			const { stream_descriptor, status } = message.trace.stream_status;
			const key = `${stream_descriptor.namespace ?? ""}.${stream_descriptor.name}`;
			if (status === "COMPLETE") complete.add(key);
		} else if (message.type === "STATE" && !config.neverAck) {
			await commit(message.state, pending, complete, ids);
		}
	}
	const missing = [...known].filter((key) => !complete.has(key));
	if (!config.neverAck && pending.size + complete.size > 0 && missing.length === 0)
		await commit(undefined, pending, complete, ids);
	save();
	if (config.slowEnd) await sleep(config.slowEnd);
	if (missing.length > 0 && !foreign) {
		const error = {
			message: `${missing.length} streams did not end`,
			failure_type: "transient_error",
			code: "transient.incomplete",
		};
		await send({ type: "TRACE", trace: { type: "ERROR", emitted_at: 1, error } });
		process.exit(20);
	}
}

function count(counts, key, bytes, bad) {
	const one = counts.get(key) ?? { read: 0, rejected: 0, bytes: 0 };
	one.read++;
	one.bytes += bytes;
	if (bad) one.rejected++;
	counts.set(key, one);
}

async function commit(state, pending, complete, ids) {
	ledger.epoch++;
	const streams = [...new Set([...pending.keys(), ...(state === undefined ? complete : [])])].map((key) => {
		const { read, rejected, bytes } = pending.get(key) ?? { read: 0, rejected: 0, bytes: 0 };
		const [namespace, stream] = [key.slice(0, key.indexOf(".")), key.slice(key.indexOf(".") + 1)];
		ledger.rows[key] = (ledger.rows[key] ?? 0) + read - rejected;
		ledger.rejects += rejected;
		return {
			stream,
			...(namespace && { namespace }),
			table: namespace ? `${namespace}__${stream}` : stream,
			read,
			loaded: read - rejected,
			superseded: 0,
			rejected,
			values_nulled: 0,
			bytes,
			...(state === undefined && { complete: true }),
			...(rejected > 0 && { reasons: [{ kind: "record", code: "bad", reason: "it is bad", rows: rejected }] }),
		};
	});
	pending.clear();
	ledger.ids = [...(ledger.ids ?? []), ...ids.splice(0)];
	if (state) ledger.states[JSON.stringify(state.stream?.stream_descriptor ?? null)] = state;
	save();
	if (!foreign) {
		const conversions = { mapped: 0, loaded: 0, superseded: 0, rejected: 0, left_out: 0, ...config.conversions };
		const report = {
			epoch: ledger.epoch,
			batch_id: "b",
			seconds: 0.01,
			states: state ? 1 : 0,
			streams,
			conversions,
			totals: config.totals ?? [],
		};
		await send({ type: "LOG", log: { level: "INFO", message: "committed", commit: report } });
	}
	const last = streams[0]?.read ?? 0;
	if (state) await send({ type: "STATE", state: { ...state, destinationStats: { recordCount: last } } });
}

function save() {
	if (config.path !== undefined) writeFileSync(config.path, JSON.stringify(ledger));
}
