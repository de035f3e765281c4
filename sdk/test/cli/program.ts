/** Starts programs as a shell does: real processes, real pipes. They run the sources, without a build. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Message } from "@growthnav/spec";

export const SAMPLE = fileURLToPath(new URL("sample-program.ts", import.meta.url));
export const STORE = fileURLToPath(new URL("sample-store.ts", import.meta.url));

export interface Ended {
	code: number | null;
	signal: NodeJS.Signals | null;
	out: string;
	err: string;
}

export function launch(program: string, args: string[], env: Record<string, string> = {}): ChildProcess {
	return spawn(process.execPath, ["--conditions=growthnav-source", "--no-warnings", program, ...args], {
		env: { ...process.env, ...env },
		stdio: ["pipe", "pipe", "pipe"],
	});
}

/** The child's output whole, and how it ended. */
export async function ended(child: ChildProcess): Promise<Ended> {
	const out: Buffer[] = [];
	const err: Buffer[] = [];
	child.stdout!.on("data", (chunk) => out.push(chunk));
	child.stderr!.on("data", (chunk) => err.push(chunk));
	child.stdout!.resume();
	const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
		child.once("close", (code, signal) => resolve([code, signal])),
	);
	return { code, signal, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

export async function run(program: string, args: string[], input = ""): Promise<Ended> {
	const child = launch(program, args);
	child.stdin!.on("error", () => {});
	child.stdin!.end(input);
	return ended(child);
}

/** Every line of stdout as a message; throws where one is none. */
export function messagesIn({ out }: Pick<Ended, "out">): Message[] {
	return out
		.split("\n")
		.filter(Boolean)
		.map((line) => JSON.parse(line) as Message);
}

export function errorsIn(ended: Pick<Ended, "out">) {
	return messagesIn(ended).flatMap((message) =>
		message.type === "TRACE" && message.trace.error ? [message.trace.error] : [],
	);
}

/** A folder for the files of a test. */
export function folder() {
	const path = mkdtempSync(join(tmpdir(), "gn-cli-"));
	return {
		path,
		file(name: string, content: unknown): string {
			const file = join(path, name);
			writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
			return file;
		},
		remove: () => rmSync(path, { recursive: true, force: true }),
	};
}
