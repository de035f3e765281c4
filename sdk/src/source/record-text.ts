/** Lines of records. All but the data is the same for a whole stream, so it is made once. */
import type { Message, RecordPayload } from "@growthnav/spec";
import { messageText } from "../protocol/writer.ts";

/** Lines for messages that `readBatches` made: their records have no other fields than these four. */
export function lineMaker(): (message: Message) => string {
	let stream: string | undefined;
	let namespace: string | undefined;
	let start = "";
	let emittedAt: number | undefined;
	let end = "";
	return (message) => {
		if (message.type !== "RECORD") return messageText(message);
		const { record } = message;
		if (record.stream !== stream || record.namespace !== namespace) {
			({ stream, namespace } = record);
			start = startOf(record);
		}
		if (record.emitted_at !== emittedAt) {
			emittedAt = record.emitted_at;
			end = `,"emitted_at":${emittedAt}}}`;
		}
		return start + JSON.stringify(record.data) + end;
	};
}

function startOf({ stream, namespace }: RecordPayload): string {
	const text = JSON.stringify({ type: "RECORD", record: { stream, namespace, data: 0 } });
	return text.slice(0, -"0}}".length);
}
