/**
 * The images' contract without an engine: packages packed and installed offline into a folder that stands for the
 * image's, and the ENTRYPOINT of a Dockerfile started from there as Airbyte's platform starts it.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { folder, type Program, start, writeFile } from "./processes.ts";
import { ROOT } from "./sources.ts";

export interface Image {
	/** As the file has them. */
	entrypoint: string[];
	env: Record<string, string>;
	labels: Record<string, string>;
	user: string | undefined;
	workdir: string;
}

/** What the last stage of a Dockerfile says. */
export function imageOf(home: string): Image {
	const text = readFileSync(join(ROOT, home, "Dockerfile"), "utf8").replaceAll("\\\n", " ");
	const last = text.slice(text.lastIndexOf("\nFROM "));
	const said = (word: string) => [...last.matchAll(new RegExp(`^${word} (.*)$`, "gm"))].map(([, rest]) => rest!);
	const pairs = (word: string) =>
		Object.fromEntries(
			said(word).map((one) => [
				one.slice(0, one.indexOf("=")),
				one.slice(one.indexOf("=") + 1).replace(/^"(.*)"$/, "$1"),
			]),
		);
	return {
		entrypoint: JSON.parse(said("ENTRYPOINT").at(-1)!),
		env: pairs("ENV"),
		labels: pairs("LABEL"),
		user: said("USER").at(-1),
		workdir: said("WORKDIR").at(-1)!,
	};
}

/**
 * The packages of these folders as npm packs them, unpacked into node_modules; what they declare to need comes from the
 * workspace, and nothing else: a file or a dependency that is not declared is missing here as it is in an image.
 */
export function installed(homes: readonly string[]): string {
	const at = folder();
	const modules = join(at, "node_modules");
	const args = ["pack", "--ignore-scripts", "--json", "--offline", "--loglevel=error", "--pack-destination", at];
	const workspaces = ["spec", "sdk", ...homes].flatMap((home) => ["--workspace", home]);
	const listed = JSON.parse(
		execFileSync("npm", [...args, ...workspaces], { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
	);
	const packed = Object.values(listed) as { name: string; filename: string }[];
	for (const { name, filename } of packed) {
		const target = join(modules, name);
		mkdirSync(target, { recursive: true });
		execFileSync("tar", ["-xzf", join(at, filename), "--strip-components=1", "-C", target]);
	}
	for (const { name } of packed) {
		const { dependencies = {} } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
		for (const needed of Object.keys(dependencies)) link(modules, name, needed);
	}
	return at;
}

function link(modules: string, by: string, needed: string): void {
	const target = join(modules, needed);
	if (existsSync(target)) return;
	mkdirSync(dirname(target), { recursive: true });
	const home = realpathSync(join(ROOT, "node_modules", by));
	const paths = createRequire(join(home, "package.json")).resolve.paths(needed) ?? [];
	symlinkSync(paths.map((path) => join(path, needed)).find(existsSync)!, target);
}

export interface Contained {
	program: Program;
	/** Its stdout, which it writes into a FIFO. */
	out: string;
	/** Its stdin, a FIFO too; absent where it reads none. */
	in?: string;
}

/**
 * `$AIRBYTE_ENTRYPOINT read --config /config/…` by a shell, in another folder, with next to no environment, stdin and
 * stdout as FIFOs. The node of the image is that of the tests, the image's folder is `at`.
 */
export function contain(image: Image, at: string, words: string[], { input = false } = {}): Contained {
	const pipes = folder();
	const out = join(pipes, "out");
	const inFile = join(pipes, "in");
	execFileSync("mkfifo", input ? [out, inFile] : [out]);
	const entrypoint = image.env
		.AIRBYTE_ENTRYPOINT!.replaceAll(image.workdir, at)
		.replace("/usr/local/bin/node", process.execPath);
	const script = writeFile(
		join(pipes, "start.sh"),
		`exec $AIRBYTE_ENTRYPOINT ${words.join(" ")} <${input ? inFile : "/dev/null"} >${out}\n`,
	);
	const env = ["-i", "PATH=/usr/bin:/bin", `AIRBYTE_ENTRYPOINT=${entrypoint}`];
	const program = start("env", [...env, "sh", script], { cwd: "/" });
	return { program, out, ...(input && { in: inFile }) };
}
