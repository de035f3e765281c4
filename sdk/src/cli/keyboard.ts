/** Keys of a person at the terminal, and its size. Where there is none, nothing is heard. */
import type { World } from "./world.ts";

export interface Keyboard {
	close(): void;
}

/** Hears single keys until it is closed; the terminal is as it was then, and before it ends or sleeps in any other way. */
export function openKeyboard({ terminal }: World, onKey: (key: string) => void, redraw: () => void): Keyboard {
	const { stdin, stdout } = process;
	if (stdin.isTTY !== true) return { close() {} };
	const raw = (on: boolean) => void stdin.setRawMode(on);
	const heard = (bytes: Buffer) => {
		for (const key of bytes.toString()) {
			// in this mode a terminal makes no signals of keys
			if (key === "\x03") process.kill(process.pid, "SIGINT");
			else if (key === "\x1a") process.kill(process.pid, "SIGTSTP");
			else onKey(key);
		}
	};
	const awake = () => {
		raw(true);
		redraw();
	};
	raw(true);
	const stay = terminal.onLeave(() => raw(false));
	stdin.on("data", heard).resume();
	stdout.on("resize", redraw);
	process.on("SIGCONT", awake);
	return {
		close() {
			stay();
			stdin.off("data", heard).pause();
			stdout.off("resize", redraw);
			process.off("SIGCONT", awake);
			raw(false);
		},
	};
}
