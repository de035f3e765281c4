/** Programs on a pseudo terminal, which `script` makes; and what a person sees of what they wrote to it. */
import { spawn, spawnSync } from "node:child_process";

/** Where there is no `script` (or another one), tests on terminals are left out. */
export const HAS_TERMINAL = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;

export interface TerminalOptions {
	cwd: string;
	columns?: number;
	rows?: number;
	env?: Record<string, string>;
	/** Keys that are typed once the text was seen, one after the other: "\x03" is Ctrl-C. */
	keys?: { when: string; type: string }[];
	/** Called at everything that comes, with all of it so far. */
	onText?: (text: string) => void;
}

export interface Seen {
	code: number | null;
	/** Everything that was written, with its control sequences. */
	text: string;
	/** The lines that stand on the terminal at the end. */
	lines: string[];
	cursorHidden: boolean;
	/** The frames and texts on the way: what stood there whenever something more came. */
	moments: string[];
}

/** `command` is a shell's. */
export async function onTerminal(command: string, options: TerminalOptions): Promise<Seen> {
	const { cwd, columns = 80, rows = 30, keys = [] } = options;
	const { PATH = "", HOME = "", TMPDIR } = process.env;
	const env = { PATH, HOME, ...(TMPDIR !== undefined && { TMPDIR }), TERM: "xterm", LC_ALL: "C.UTF-8", ...options.env };
	const sized = `stty cols ${columns} rows ${rows}; exec ${command}`;
	const child = spawn("script", ["-qec", sized, "/dev/null"], { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
	const screen = openScreen(columns);
	const left = [...keys];
	let text = "";
	child.stdout.setEncoding("utf8").on("data", (part: string) => {
		text += part;
		screen.take(part);
		options.onText?.(text);
		if (left[0] !== undefined && text.includes(left[0].when)) child.stdin.write(left.shift()!.type);
	});
	const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
	const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
	clearTimeout(timer);
	return { code, text, ...screen.end() };
}

/** Text, line ends, colours, and the few sequences that a frame is made of. */
function openScreen(columns: number) {
	let lines: string[][] = [[]];
	let [row, column] = [0, 0];
	let cursorHidden = false;
	let rest = "";
	const moments: string[] = [];
	const shown = () => lines.map((line) => line.join("").trimEnd());
	const newLine = () => {
		row++;
		while (lines.length <= row) lines.push([]);
	};
	const put = (character: string) => {
		if (column === columns) {
			column = 0;
			newLine();
		}
		const line = lines[row]!;
		while (line.length < column) line.push(" ");
		line[column++] = character;
	};
	const obey = (count: string, verb: string) => {
		if (verb === "A") row = Math.max(0, row - Number(count || 1));
		else if (verb === "B") row += Number(count || 1);
		else if (verb === "K") lines[row] = count === "2" ? [] : lines[row]!.slice(0, column);
		else if (verb === "H") [row, column] = [0, 0];
		else if (verb === "J" && count === "2") lines = lines.map(() => []);
		else if (verb === "J") {
			lines = lines.slice(0, row + 1);
			lines[row] = lines[row]!.slice(0, column);
		} else if (verb === "h" || verb === "l") cursorHidden = verb === "l";
	};
	return {
		take(part: string) {
			const text = rest + part;
			const open = /\x1b(?:\[[?\d;]*)?$/.exec(text);
			rest = open?.[0] ?? "";
			for (const [whole, count, verb] of text
				.slice(0, text.length - rest.length)
				.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|[^\x1b]/gsu)) {
				if (verb !== undefined) obey(count!, verb);
				else if (whole === "\r") column = 0;
				else if (whole === "\n") newLine();
				else put(whole);
			}
			moments.push(shown().join("\n"));
		},
		end: () => ({ lines: shown(), cursorHidden, moments }),
	};
}
