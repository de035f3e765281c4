/** Opening the file: one writer at a time, and every way in which it can fail said in words. */
import { constants } from "node:fs";
import { access, readdir, realpath, rm, stat, statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { ConnectorError } from "@growthnav/sdk/store";
import type { DuckdbConfig } from "./config.ts";
import { duckdbDialect } from "./dialect.ts";
import { FIRST_MEMORY_LIMIT, mostMemory } from "./room.ts";

const { text } = duckdbDialect;

export interface OpenDatabase {
	connection: DuckDBConnection;
	close(): void;
}

/**
 * DuckDB locks its file against other processes, not against a second opening in the same one, and closing that
 * one would end the lock: so it is refused here.
 */
const opened = new Set<string>();

export async function openDatabase(config: DuckdbConfig, mode: "write" | "read"): Promise<OpenDatabase> {
	const { path } = config;
	const file = await canonical(path);
	if (opened.has(file)) throw locked(path, "this process holds its lock");
	opened.add(file);
	let instance: DuckDBInstance | undefined;
	try {
		// loaded at first use: `spec` and `--help` answer without it
		const { DuckDBInstance: Instances } = await import("@duckdb/node-api");
		instance = await Instances.create(":memory:", settings(config, mode));
		const connection = await instance.connect();
		await attach(connection, file, mode);
		return {
			connection,
			close() {
				connection.closeSync();
				instance?.closeSync();
				opened.delete(file);
			},
		};
	} catch (thrown) {
		instance?.closeSync();
		opened.delete(file);
		throw await openError(thrown, path);
	}
}

function settings({ memory_limit, threads }: DuckdbConfig, mode: "write" | "read"): Record<string, string> {
	// a query may need much at once, and cannot be done again with more: its settings are locked
	const first = mode === "write" ? FIRST_MEMORY_LIMIT : `${Math.floor(mostMemory() / 1e6)}MB`;
	return {
		memory_limit: memory_limit ?? first,
		threads: String(threads ?? Math.max(1, Math.min(4, availableParallelism() - 1))),
		preserve_insertion_order: "false",
		// a checkpoint after each commit costs visibly; one is made at the end
		checkpoint_threshold: "1GB",
		// of new files; those that are there keep theirs
		default_block_size: String(BLOCK_SIZE),
		// rows go to the file as soon as a row group is full; freed memory goes back to the system
		write_buffer_row_group_count: "1",
		allocator_background_threads: "true",
		allocator_flush_threshold: "16MB",
		allocator_bulk_deallocation_flush_threshold: "8MB",
		autoinstall_known_extensions: "false",
		autoload_known_extensions: "false",
	};
}

/**
 * A quarter of the usual: a commit then fills whole row groups, which are compressed once and written at once. With
 * the usual size the checkpoint at the end writes most rows a second time.
 */
const ROW_GROUP_SIZE = 30_720;

/**
 * Half of the usual. Every column of a row group that is being filled takes whole blocks, also where all is null: with
 * the usual size the wide `conversions` does not fit the memory, and goes to disk and back before it is compressed.
 */
const BLOCK_SIZE = 131_072;

async function attach(connection: DuckDBConnection, file: string, mode: "write" | "read"): Promise<void> {
	await connection.run("SET TimeZone = 'UTC'");
	const options = mode === "read" ? "READ_ONLY" : `ROW_GROUP_SIZE ${ROW_GROUP_SIZE}`;
	await connection.run(`ATTACH ${text(file)} AS store (${options})`);
	await connection.run("USE store");
	const temporary = `${file}.tmp`;
	// only who has the lock may take away what a killed writer left
	if (mode === "write") await sweep(temporary);
	await connection.run(`SET temp_directory = ${text(temporary)}`);
	if (mode === "read") await shutIn(connection);
}

/**
 * A query sees the store and nothing else: no file is read or written, no other database attached (it may be another
 * customer's), no extension installed, and no setting changed that would allow it. That also holds for what stands in
 * a store from elsewhere: a view may be a query too.
 */
async function shutIn(connection: DuckDBConnection): Promise<void> {
	await connection.run("SET enable_external_access = false");
	await connection.run("SET lock_configuration = true");
}

async function sweep(folder: string): Promise<void> {
	for (const name of await readdir(folder).catch(() => [])) {
		if (name.startsWith("duckdb_temp_")) await rm(join(folder, name), { force: true });
	}
}

/** The same for every way of writing a path, also of a file that does not exist yet. */
async function canonical(path: string): Promise<string> {
	const absolute = resolve(path);
	try {
		return await realpath(absolute);
	} catch {
		return join(await realpath(dirname(absolute)).catch(() => dirname(absolute)), basename(absolute));
	}
}

export async function exists(path: string): Promise<boolean> {
	return stat(path).then(
		() => true,
		() => false,
	);
}

export async function freeBytes(path: string): Promise<number> {
	const { bavail, bsize } = await statfs(dirname(resolve(path)));
	return bavail * bsize;
}

/** Throws `config.folder_missing`, `config.not_writable` or `config.not_a_database` for a path that cannot be a store. */
export async function checkPath(path: string): Promise<void> {
	const folder = dirname(resolve(path));
	const where = "path in the settings of duckdb";
	if (!(await exists(folder))) {
		throw new ConnectorError("config.folder_missing", `The folder of ${basename(path)} does not exist`, {
			where,
			why: `there is no ${folder}`,
			next: `make it, or correct path`,
		});
	}
	if ((await exists(path)) && (await stat(path)).isDirectory()) {
		throw new ConnectorError("config.not_a_database", `${path} is a folder`, {
			where,
			why: "the store is one file",
			next: `name a file in it, for example ${join(path, "acme.duckdb")}`,
		});
	}
	// DuckDB writes beside its file: the log of its changes and what does not fit into memory
	await access(folder, constants.W_OK | constants.X_OK).catch(() => {
		throw notWritable(path, `this user may not write in ${folder}`);
	});
	if (!(await exists(path))) return;
	await access(path, constants.R_OK | constants.W_OK).catch(() => {
		throw notWritable(path, "this user may not read and write the file");
	});
}

function notWritable(path: string, why: string): ConnectorError {
	return new ConnectorError("config.not_writable", `${basename(path)} cannot be written`, {
		where: "path in the settings of duckdb",
		why,
		next: "give this user the right to, or choose another path",
	});
}

function locked(path: string, why: string): ConnectorError {
	return new ConnectorError("transient.database_locked", `${basename(path)} is open in another program`, {
		where: "path in the settings of duckdb",
		why,
		next: "close it, then run again",
	});
}

/** What DuckDB says when it cannot open a file, in our words. */
async function openError(thrown: unknown, path: string): Promise<unknown> {
	const message = thrown instanceof Error ? thrown.message : String(thrown);
	const holder = /Conflicting lock is held in (.*?) \(PID (\d+)\)/.exec(message);
	if (holder !== null) return locked(path, `process ${holder[2]} (${basename(holder[1]!)}) holds its lock`);
	if (message.includes("Could not set lock")) return locked(path, "another process holds its lock");
	if (/not a valid DuckDB database|Could not read from file/i.test(message)) {
		return new ConnectorError("config.not_a_database", `${basename(path)} is no DuckDB file`, {
			where: "path in the settings of duckdb",
			why: "its first bytes are not those of a database",
			next: "choose another path, or move that file away",
		});
	}
	if (/newer version|version number/i.test(message)) {
		return new ConnectorError("config.newer_database", `${basename(path)} was written by a newer DuckDB`, {
			where: "path in the settings of duckdb",
			why: message.split("\n")[0]!,
			next: "update @growthnav/destination-duckdb, or choose another path",
		});
	}
	if (/Permission denied/i.test(message)) return notWritable(path, "this user may not open the file");
	return thrown;
}
