/** What the commands of an executable work with. */
import type { Message } from "@growthnav/spec";
import type { Destination } from "../destination/definition.ts";
import type { MessageWriter } from "../protocol/writer.ts";
import type { Source } from "../source/definition.ts";
import type { Options } from "./command-line.ts";

export type Definition = Source | Destination;

/** What a command works with. */
export interface Run {
	program: string;
	options: Options;
	out: MessageWriter;
	/** Aborted by SIGINT and SIGTERM, with a ConnectorError as its reason. */
	signal: AbortSignal;
	/** Remembers the failure that a TRACE ERROR tells, and shows it on a terminal. Every message passes here. */
	note(message: Message): void;
	/** Another exit code than that of the failures; the worst counts. */
	code(code: number): void;
}
