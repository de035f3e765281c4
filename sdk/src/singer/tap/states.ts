/** STATE messages of a read, in the order in which the tap said them: each goes out behind the records that it covers. */
import type { Json, JsonObject, Message } from "@growthnav/spec";
import { bookmarkOf, isPerStream, type Joined, leadsOn, refreshPart, restOf, streamPart } from "./state.ts";
import type { StreamReading } from "./stream.ts";

export interface TapStates {
	/** The tap said where it stands; `active`: the stream of its last record. */
	said(value: Json, active: StreamReading | undefined): Message[];
	/** These streams are complete: there is at least one state of each, and the last one covers all its records. */
	last(done: readonly StreamReading[]): Message[];
	/** A full table that cannot go on begins anew the next time. */
	forget(reading: StreamReading): Message[];
}

/** `ids`: all streams that the tap knows. A state that is not made of bookmarks makes all from then on whole ones. */
export function tapStates(readings: readonly StreamReading[], ids: ReadonlySet<string>, joined: Joined): TapStates {
	let value: Json = joined.value ?? {};
	let n = joined.n;
	let whole = !isPerStream(value, ids);
	let told = textOf(value);
	let rest = isPerStream(value, ids) ? textOf(restOf(value)) : "";
	const bookmarks = new Map(readings.map(({ id }) => [id, textOf(bookmarkOf(value, id))]));
	const stated = new Set<string>(joined.resumed);
	const complete = new Set<string>();

	const streamState = (reading: StreamReading, isLast: boolean): Message | undefined => {
		const { id, configured } = reading;
		const state = value as JsonObject;
		const isRefresh = configured.sync_mode === "full_refresh";
		const goesOn = isRefresh && !isLast && !complete.has(id);
		// the bookmark of a full table in its middle leads nowhere, unless the tap goes on by it
		if (goesOn && !(configured.stream.is_resumable && leadsOn(bookmarkOf(state, id)))) return undefined;
		bookmarks.set(id, textOf(bookmarkOf(state, id)));
		rest = textOf(restOf(state));
		stated.add(id);
		n++;
		const part = goesOn ? refreshPart(state, id, n, configured.generation_id ?? null) : streamPart(state, id, n);
		return stateMessage({ type: "STREAM", stream: { stream_descriptor: reading.descriptor, stream_state: part } }, [
			reading,
		]);
	};

	const wholeState = (): Message => {
		n++;
		told = textOf(value);
		for (const { id } of readings) stated.add(id);
		const stream_states = readings.map(({ descriptor, id, configured, failed }) => {
			const isRefresh = configured.sync_mode === "full_refresh" && !complete.has(id);
			// one that failed begins anew: its bookmark is of another version than the rows that are there
			const goesOn =
				isRefresh && failed === undefined && configured.stream.is_resumable && leadsOn(bookmarkOf(value, id));
			const stream_state = goesOn ? { generation_id: configured.generation_id ?? null, resume: { n } } : { n };
			return { stream_descriptor: descriptor, stream_state };
		});
		return stateMessage({ type: "GLOBAL", global: { shared_state: value, stream_states } }, readings);
	};

	return {
		said(next, active) {
			value = next;
			whole ||= !isPerStream(next, ids);
			if (whole) return textOf(next) === told ? [] : [wholeState()];
			const going = readings.filter(({ failed }) => failed === undefined);
			const changed = going.filter(({ id }) => textOf(bookmarkOf(next, id)) !== bookmarks.get(id));
			const messages = changed.map((reading) => streamState(reading, false)).filter((one) => one !== undefined);
			if (messages.length > 0 || textOf(restOf(next as JsonObject)) === rest) return messages;
			// nothing but what is said beside the bookmarks changed: it travels with the stream that is being read
			const carrier = [active, ...going].find((one) => one?.configured.sync_mode === "incremental");
			const message = carrier && streamState(carrier, false);
			return message ? [message] : [];
		},
		last(done) {
			for (const { id } of done) complete.add(id);
			const due = done.filter((reading) => {
				const { id, since, configured } = reading;
				const isNew = since.records + since.rejects > 0 || !stated.has(id);
				// the state of a full table in its middle must not stay
				return isNew || configured.sync_mode === "full_refresh" || textOf(bookmarkOf(value, id)) !== bookmarks.get(id);
			});
			if (whole) return due.length > 0 || textOf(value) !== told ? [wholeState()] : [];
			return due.map((reading) => streamState(reading, true)).filter((one) => one !== undefined);
		},
		forget(reading) {
			if (whole || !stated.has(reading.id)) return [];
			n++;
			const state = { type: "STREAM", stream: { stream_descriptor: reading.descriptor, stream_state: { n } } } as const;
			return [stateMessage(state, [reading])];
		},
	};
}

const textOf = (value: Json | undefined): string => (value === undefined ? "" : JSON.stringify(value));

/** With what was sent of these streams since their last state. */
function stateMessage(state: Extract<Message, { type: "STATE" }>["state"], covered: readonly StreamReading[]): Message {
	const sum = (pick: (reading: StreamReading) => number) => covered.reduce((total, one) => total + pick(one), 0);
	const records = sum(({ since }) => since.records);
	const rejects = sum(({ since }) => since.rejects);
	for (const reading of covered) reading.since = { records: 0, rejects: 0 };
	const sourceStats = { recordCount: records, ...(rejects > 0 && { rejectedRecordCount: rejects }) };
	return { type: "STATE", state: { ...state, sourceStats } };
}
