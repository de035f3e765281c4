import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Writable } from "node:stream";
import { setTimeout as sleep, setImmediate as tick } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Message } from "@growthnav/spec";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { isConnectorError } from "../../src/errors.ts";
import { isRawNumber, messageText, messageWriter, parseJson } from "../../src/protocol/index.ts";
import { forgetSecrets, registerSecret } from "../../src/redact.ts";

afterEach(forgetSecrets);

const record = (data: object): Message => ({
	type: "RECORD",
	record: { stream: "a", data: data as never, emitted_at: 1 },
});

/** A sink that keeps what it was given, `delay` ms after it was given it. */
function slowSink(delay = 0) {
	const chunks: string[] = [];
	const sink = new Writable({
		decodeStrings: false,
		write(chunk, _encoding, done) {
			chunks.push(String(chunk));
			if (delay > 0) setTimeout(done, delay);
			else done();
		},
	});
	return { sink, chunks, text: () => chunks.join("") };
}

const codeOf = (thrown: unknown) => (isConnectorError(thrown) ? thrown.code : thrown);

test("lines go out in batches, one write each, whole and in order", async () => {
	const { sink, chunks, text } = slowSink();
	const writer = messageWriter(sink);
	for (let id = 0; id < 5_000; id++) await writer.write(record({ id }));
	await writer.close();
	const lines = text().trimEnd().split("\n");
	expect(lines.map((line) => JSON.parse(line).record.data.id)).toEqual(Array.from({ length: 5_000 }, (_, id) => id));
	expect(chunks.length).toBeLessThan(10);
	expect(chunks.every((chunk) => chunk === "" || chunk.endsWith("\n"))).toBe(true);
});

test("a small batch goes out by itself at the end of a tick", async () => {
	const { sink, text } = slowSink();
	messageWriter(sink).write(record({ id: 1 }));
	await tick();
	await tick();
	expect(text()).toBe(`${JSON.stringify(record({ id: 1 }))}\n`);
});

test("counts of a state look like 4.0, all else stays as it is", () => {
	const state: Message = {
		type: "STATE",
		state: {
			type: "STREAM",
			stream: { stream_descriptor: { name: "a" }, stream_state: { recordCount: 4 } },
			sourceStats: { recordCount: 4, rejectedRecordCount: 0 },
			destinationStats: { recordCount: 1.5, additionalStats: { seconds: 2 } },
			id: 9,
		},
	};
	expect(messageText(state)).toBe(
		'{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"a"},"stream_state":{"recordCount":4}},"sourceStats":{"recordCount":4.0,"rejectedRecordCount":0.0},"destinationStats":{"recordCount":1.5,"additionalStats":{"seconds":2.0}},"id":9}}',
	);
	expect(messageText({ type: "STATE", state: { data: { a: 1 } } })).toBe('{"type":"STATE","state":{"data":{"a":1}}}');
});

test("exact numbers go out as they came in", async () => {
	const { sink, text } = slowSink();
	const writer = messageWriter(sink);
	const line =
		'{"type":"RECORD","record":{"stream":"a","data":{"n":9007199254740993,"d":1.10e400,"z":-0},"emitted_at":1}}';
	writer.write(parseJson(line) as unknown as Message);
	await writer.close();
	expect(text()).toBe(`${line}\n`);
});

test("a writer with a slow reader waits, and holds little", async () => {
	const { sink } = slowSink(2);
	const writer = messageWriter(sink);
	let waits = 0;
	let most = 0;
	for (let id = 0; id < 20_000; id++) {
		const behind = writer.write(record({ id, text: "x".repeat(100) }));
		if (behind !== undefined) {
			waits++;
			await behind;
		}
		most = Math.max(most, sink.writableLength);
	}
	await writer.close();
	expect(waits).toBeGreaterThan(10);
	expect(most).toBeLessThan(200_000);
});

test("close waits for the last byte", async () => {
	const { sink, text } = slowSink(20);
	const writer = messageWriter(sink);
	for (let id = 0; id < 1_000; id++) writer.write(record({ id, text: "x".repeat(200) }));
	await writer.close({ end: true });
	expect(text().split("\n")).toHaveLength(1_001);
	expect(sink.writableFinished).toBe(true);
});

test("writeLine passes a line on as it is", async () => {
	const { sink, text } = slowSink();
	const writer = messageWriter(sink);
	writer.writeLine('{"a":1.0}');
	await writer.flush();
	expect(text()).toBe('{"a":1.0}\n');
});

test("a sink that fails is an error at the next call and at close, never an unhandled one", async () => {
	const { sink } = slowSink();
	const writer = messageWriter(sink);
	sink.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
	await sleep(1);
	const behind = writer.write(record({}));
	expect(await Promise.resolve(behind).catch(codeOf)).toBe("transient.reader_closed");
	writer.write(record({}));
	expect(await writer.flush().catch(codeOf)).toBe("transient.reader_closed");
	expect(await writer.close().catch(codeOf)).toBe("transient.reader_closed");
});

test("a reader that goes while the writer waits for it breaks the wait", async () => {
	const sink = new Writable({ highWaterMark: 1, write: () => {} });
	const writer = messageWriter(sink);
	const behind = writer.write(record({ text: "x".repeat(100_000) }));
	expect(behind).toBeInstanceOf(Promise);
	const closing = writer.close().catch(codeOf);
	sink.destroy();
	expect(await (behind as Promise<void>).catch(codeOf)).toBe("transient.reader_closed");
	expect(await closing).toBe("transient.reader_closed");
	expect(await messageWriter(sink).close().catch(codeOf)).toBe("transient.reader_closed");
});

test.each([
	["ENOSPC", "config.disk_full"],
	["EIO", "transient.output_failed"],
])("%s is told as %s", async (code, expected) => {
	const sink = new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
	const writer = messageWriter(sink);
	writer.write(record({}));
	expect(await writer.close().catch(codeOf)).toBe(expected);
});

test("a secret never goes out, and what holds it stays JSON", async () => {
	for (const secret of ["123456", 's3cr"et\\', "a,b:c}", "pass word é"]) registerSecret(secret);
	const { sink, text } = slowSink();
	const writer = messageWriter(sink);
	writer.write(
		record({ 's3cr"et\\': 's3cr"et\\ and more', number: 123456, list: [7123456.5, "a,b:c}"], url: "pass+word+%C3%A9" }),
	);
	writer.write(record({ id: "plain", number: 9007199254740993n.toString() }));
	writer.writeLine('{"big":9007199254740993,"text":"123456","small":1.0}');
	await writer.close();
	expect(text().trimEnd().split("\n")).toEqual([
		'{"type":"RECORD","record":{"stream":"a","data":{"***":"*** and more","number":"***","list":["***","***"],"url":"***"},"emitted_at":1}}',
		'{"type":"RECORD","record":{"stream":"a","data":{"id":"plain","number":"9007199254740993"},"emitted_at":1}}',
		'{"big":9007199254740993,"text":"***","small":1.0}',
	]);
});

test("a text that matches a secret only across JSON's own marks stays as it is", async () => {
	registerSecret('","b":"');
	const { sink, text } = slowSink();
	const writer = messageWriter(sink);
	writer.writeLine('{"a":"1","b":"2"}');
	await writer.close();
	expect(text()).toBe('{"a":"1","b":"2"}\n');
});

test("any JSON with any secret in it goes out as JSON without it", async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.string({ unit: "binary", minLength: 6, maxLength: 12 }),
			fc.array(fc.oneof(fc.constant("SECRET"), fc.jsonValue()), { maxLength: 4 }),
			async (secret, values) => {
				forgetSecrets();
				registerSecret(secret);
				const { sink, text } = slowSink();
				const writer = messageWriter(sink);
				const data = Object.fromEntries(values.map((one, n) => [`k${n}`, one === "SECRET" ? `x${secret}y` : one]));
				writer.write(record(data));
				await writer.close();
				const sent = parseJson(text()) as unknown as { record: { data: { [key: string]: unknown } } };
				for (const [n, one] of values.entries()) {
					if (one === "SECRET") expect(sent.record.data[`k${n}`]).not.toContain(secret);
					expect(isRawNumber(one)).toBe(false);
				}
			},
		),
	);
});

/** A program that writes `count` records to its stdout, in the way executables do. */
function program(count: number) {
	const room = new URL("../../src/protocol/index.ts", import.meta.url);
	const code = `
		const { messageWriter } = await import(${JSON.stringify(room.href)});
		const writer = messageWriter(process.stdout);
		try {
			for (let id = 0; id < ${count}; id++) {
				const behind = writer.write({ type: "RECORD", record: { stream: "a", data: { id, text: "x".repeat(100) }, emitted_at: 1 } });
				if (behind !== undefined) await behind;
			}
			await writer.close();
			process.stderr.write("closed");
			process.exit(0);
		} catch (error) {
			process.stderr.write(error.code);
			process.exit(20);
		}`;
	return spawn(process.execPath, ["--conditions=growthnav-source", "--input-type=module", "-e", code], {
		stdio: ["ignore", "pipe", "pipe"],
		cwd: fileURLToPath(new URL(".", import.meta.url)),
	});
}

test("a process that exits at once after close has lost nothing, also with a reader that starts late", async () => {
	const child = program(20_000);
	await sleep(300);
	const hash = createHash("sha256");
	let bytes = 0;
	for await (const chunk of child.stdout) {
		bytes += chunk.length;
		hash.update(chunk);
		if (bytes < 500_000) await sleep(1);
	}
	const expected = createHash("sha256");
	for (let id = 0; id < 20_000; id++) expected.update(`${messageText(record({ id, text: "x".repeat(100) }))}\n`);
	expect(hash.digest("hex")).toBe(expected.digest("hex"));
});

test("a reader that closes early ends the writer with one word and no crash", async () => {
	const child = program(1_000_000);
	let told = "";
	child.stderr.on("data", (chunk) => {
		told += chunk;
	});
	child.stdout.once("data", () => child.stdout.destroy());
	const [code] = await once(child, "close");
	expect([code, told]).toEqual([20, "transient.reader_closed"]);
});

test("on a terminal nothing of a message is obeyed; the messages are the same", async () => {
	const data = { text: "\x1b]0;title\x07\u009b2J\u202e\u2028\ud83d\u200b日本", "\u202ekey": 1 };
	for (const isTTY of [true, false]) {
		const { sink, text } = slowSink();
		const writer = messageWriter(Object.assign(sink, { isTTY }));
		await writer.write(record(data));
		await writer.write(record(data));
		await writer.close();
		const lines = text().trimEnd().split("\n");
		expect(lines.map((line) => JSON.parse(line))).toEqual([record(data), record(data)]);
		expect(/[\u007f-\u009f\u200b\u2028\u202e]/.test(text())).toBe(!isTTY);
	}
});

test("a renewed config keeps its secrets, and is with the reader when it counts as written; no other line holds them", async () => {
	registerSecret("refresh-2-0123456");
	const { sink, text } = slowSink(30);
	const writer = messageWriter(sink);
	const config = { token: "refresh-2-0123456" };
	writer.write(record(config));
	writer.write({ type: "CONTROL", control: { type: "CONNECTOR_CONFIG", emitted_at: 1, connectorConfig: { config } } });
	writer.write(record({ line: '{"type":"CONTROL","token":"refresh-2-0123456"}' }));
	await writer.written();
	const lines = text().trimEnd().split("\n");
	expect(lines.map((line) => line.split("refresh-2-0123456").length - 1)).toEqual([0, 1, 0]);
	expect(JSON.parse(lines[1]!).control.connectorConfig.config).toEqual(config);
	sink.destroy();
	await expect(writer.written().catch((thrown) => Promise.reject(codeOf(thrown)))).rejects.toBe(
		"transient.reader_closed",
	);
});
