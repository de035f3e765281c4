/** A program that serves others while they are measured: it says its URL in a line of JSON, and ends with its stdin. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Server {
	url: string;
	end(): void;
}

export async function startServer(argv: string[]): Promise<Server> {
	const [program, ...args] = argv;
	const child = spawn(program!, args, { stdio: ["pipe", "pipe", "inherit"] });
	const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`${argv.join(" ")} ended with ${code}`)));
	ended.catch(() => {});
	const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [string];
	return { url: (JSON.parse(line) as { url: string }).url, end: () => void child.stdin.end() };
}
