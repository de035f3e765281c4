import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCase, testFolder } from "./bench.ts";

/** Every file below a folder. */
function filesIn(folder: string): string[] {
	return readdirSync(folder).flatMap((name) => {
		const path = join(folder, name);
		return statSync(path).isDirectory() ? filesIn(path) : [path];
	});
}

test("secrets that a connector spills on every way out appear in no event and in no file that stays", async () => {
	const folder = testFolder();
	const secrets = Array.from({ length: 120 }, (_, index) => `s3cr3t/${index}+${(index * 7919).toString(36)}=x"y`);
	const env = Object.fromEntries(secrets.map((value, index) => [`S${index}`, value]));
	const forms = (value: string) => [
		value,
		encodeURIComponent(value),
		Buffer.from(`user:${value}`).toString("base64"),
		JSON.stringify(value),
	];
	const spill = secrets.slice(0, 120).flatMap((value, index) => {
		const text = forms(value)[index % 4]!;
		const log = { message: { type: "LOG", log: { level: "INFO", message: `using ${text}` } } };
		const error = {
			message: `refused ${text}`,
			why: text,
			where: text,
			failure_type: "transient_error",
			code: "transient.x",
		};
		const trace = { message: { type: "TRACE", trace: { type: "ERROR", emitted_at: 1, error } } };
		return [log, { stderr: 1, text }, { text: `${text}\n` }, ...(index < 20 ? [trace] : [])];
	});
	const told: string[] = [];
	const { result } = await runCase({
		folder,
		env,
		source: {
			account: { key: "env:S0" },
			all: secrets.map((_, index) => `env:S${index}`),
			steps: [...spill, { exit: 1 }],
		},
		on: (event) => told.push(JSON.stringify(event)),
	});
	expect(result.exit_code).toBe(20);
	const kept = filesIn(folder)
		// the steps of this test stand in the pipeline file itself
		.filter((file) => !file.endsWith("acme.yaml"))
		.map((file) => readFileSync(file, "utf8"));
	const all = [
		...told,
		...kept,
		JSON.stringify(result.errors.map(({ message, why, where, next }) => [message, why, where, next])),
	].join("\n");
	const found = secrets.filter((value) =>
		forms(value).some((form) => all.includes(form) || all.includes(JSON.stringify(form).slice(1, -1))),
	);
	expect(found).toEqual([]);
});

test("a secret that stands where a long line is cut leaves no part of itself", async () => {
	const folder = testFolder();
	const secret = "s3cr3t-0123456789-abcdefghijklmnopqrstuvwxyz";
	const long = (before: number) => `${"x".repeat(before)}${secret}${"y".repeat(100)}`;
	const befores = [3_980, 3_990, 3_999, 4_000, 63_980, 63_999];
	const log = (message: string) => ({ message: { type: "LOG", log: { level: "INFO", message } } });
	const error = (message: string) => ({
		message: {
			type: "TRACE",
			trace: { type: "ERROR", emitted_at: 1, error: { message, why: message, where: message } },
		},
	});
	const told: string[] = [];
	await runCase({
		folder,
		env: { TOKEN: secret },
		source: {
			token: "env:TOKEN",
			steps: [
				...befores.flatMap((before) => [{ text: `${long(before)}\n` }, { stderr: 1, text: long(before) }]),
				...[log, error].flatMap((message) => [1_980, 1_999, 3_980].map((before) => message(long(before)))),
				{ exit: 1 },
			],
		},
		on: (event) => told.push(JSON.stringify(event)),
	});
	const kept = filesIn(folder)
		.filter((file) => !file.endsWith("acme.yaml"))
		.map((file) => readFileSync(file, "utf8"));
	expect([...told, ...kept].join("\n")).not.toContain(secret.slice(0, 6));
});

test("a secret that is too short to be removed is told by its name, written by hand or not", async () => {
	const ran = await runCase({
		env: { PIN: "1234" },
		source: { token: "1234", account: { key: "env:PIN" }, steps: [{ status: "COMPLETE", stream: "orders" }] },
		plan: { plainSecrets: true },
	});
	expect(ran.of("log").flatMap(({ level, from, message }) => (from === "growthnav" ? [[level, message]] : []))).toEqual(
		[
			["WARN", "the value of env:PIN is too short to be removed from texts; a secret should be longer"],
			["WARN", "the value of token is too short to be removed from texts; a secret should be longer"],
		],
	);
});
