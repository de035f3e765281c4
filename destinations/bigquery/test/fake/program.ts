/**
 * The fake as a program of its own: `node program.ts [options as JSON]` prints `{"url":"http://127.0.0.1:…"}` and runs
 * until its standard input ends or it is told to stop. Faults come over HTTP, on `/fake/faults`.
 */
import { type FakeOptions, startFake } from "./server.ts";

const fake = await startFake(JSON.parse(process.argv[2] ?? "{}") as FakeOptions);
process.stdout.write(`${JSON.stringify({ url: fake.url })}\n`);

let closing = false;
async function end(): Promise<void> {
	if (closing) return;
	closing = true;
	await fake.close();
	process.exit(0);
}

process.on("SIGTERM", end);
process.on("SIGINT", end);
process.stdin.on("end", end).resume();
