/** The private folder of one run: configs, catalogs and states on their way to connectors. Gone when the run ends. */
import { chmod, lstat, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "../host.ts";

export interface Scratch {
	folder: string;
	/** Writes a file that only this user can read; answers its path, which is new at every call. */
	write(name: string, text: string): Promise<string>;
	remove(): Promise<void>;
}

const PREFIX = "growthnav-";

/** A new folder with mode 0700. Folders of processes that are gone (killed before they could remove them) go. */
export async function openScratch(host: Host): Promise<Scratch> {
	const folder = await mkdtemp(join(host.tmpdir, `${PREFIX}${host.pid}-`));
	await chmod(folder, 0o700);
	await sweep(host, (await lstat(folder)).uid);
	let files = 0;
	return {
		folder,
		async write(name, text) {
			const file = join(folder, `${++files}-${name}`);
			// "wx": a planted link is never followed
			await writeFile(file, text, { mode: 0o600, flag: "wx" });
			return file;
		},
		remove: () => rm(folder, { recursive: true, force: true }),
	};
}

/** `us`: whose folders these are. */
async function sweep(host: Host, us: number): Promise<void> {
	const names = await readdir(host.tmpdir).catch(() => []);
	for (const name of names) {
		const owner = /^growthnav-(\d+)-\w{6}$/.exec(name)?.[1];
		if (owner === undefined || host.signal(Number(owner), 0)) continue;
		const folder = join(host.tmpdir, name);
		const found = await lstat(folder).catch(() => undefined);
		// another user's could change under our hands, and a link would lead elsewhere
		if (found?.isDirectory() && found.uid === us) await rm(folder, { recursive: true, force: true }).catch(() => {});
	}
}
