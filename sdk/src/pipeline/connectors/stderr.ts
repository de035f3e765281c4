/** Stderr of a connector: lines, bounded in length, in number per second and in memory. A flood is counted, not kept. */
import type { Readable } from "node:stream";

const LIMITS = { line: 64_000, perSecond: 200, kept: 20 };

/** Reads the stream to its end in any case, so that a chatty process never blocks on it. */
export function stderrLines(stream: Readable | null, onLine: (line: string) => void = () => {}): { last(): string[] } {
	const kept: string[] = [];
	let open = "";
	let cut = 0;
	let second = 0;
	let told = 0;
	let skipped = 0;

	const tell = (line: string) => {
		kept.push(line);
		if (kept.length > LIMITS.kept) kept.shift();
		const now = Math.floor(performance.now() / 1000);
		if (now !== second) {
			if (skipped > 0) onLine(`(${skipped} lines left out: more than ${LIMITS.perSecond} a second)`);
			[second, told, skipped] = [now, 0, 0];
		}
		if (++told <= LIMITS.perSecond) onLine(line);
		else skipped++;
	};
	const finish = () => {
		const line = open.endsWith("\r") ? open.slice(0, -1) : open;
		if (line !== "") tell(cut > 0 ? `${line} (${cut} more characters)` : line);
		open = "";
		cut = 0;
	};
	const add = (text: string) => {
		const room = Math.max(0, LIMITS.line - open.length);
		open += text.slice(0, room);
		cut += Math.max(0, text.length - room);
	};

	stream?.setEncoding("utf8");
	stream?.on("data", (text: string) => {
		const lines = text.split("\n");
		for (const [index, line] of lines.entries()) {
			if (index > 0) finish();
			add(line);
		}
	});
	stream?.once("close", () => {
		finish();
		if (skipped > 0) onLine(`(${skipped} lines left out: more than ${LIMITS.perSecond} a second)`);
	});
	return { last: () => [...kept] };
}
