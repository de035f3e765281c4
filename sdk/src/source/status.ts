/** STREAM_STATUS messages, and what they say of a vendor that limits the rate. */
import type { Message, StreamDescriptor } from "@growthnav/spec";
import type { ConnectorError } from "../errors.ts";
import type { StreamPlan } from "./plan.ts";

/** That the vendor limits the rate, and until when where that is known: milliseconds since the epoch. */
export interface Limited {
	until: number | undefined;
}

export function descriptorOf({ name, namespace }: StreamPlan): StreamDescriptor {
	return namespace === undefined ? { name } : { name, namespace };
}

export function statusMessage(
	plan: StreamPlan,
	status: "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE",
	emitted_at: number,
	limited?: Limited,
): Message {
	const quota = limited?.until === undefined ? {} : { rate_limited: { quota_reset: limited.until } };
	const reasons = limited === undefined ? {} : { reasons: [{ type: "RATE_LIMITED", ...quota }] };
	const stream_status = { stream_descriptor: descriptorOf(plan), status, ...reasons };
	return { type: "TRACE", trace: { type: "STREAM_STATUS", emitted_at, stream_status } };
}

const LIMITS = ["transient.quota", "transient.wait_too_long", "transient.rate_limited"];

/** Whether a stream ended because the vendor limits the rate. */
export function limitedBy(errors: readonly ConnectorError[], now: number): Limited | undefined {
	const error = errors.find(({ code }) => LIMITS.includes(code));
	if (error === undefined) return undefined;
	return { until: error.retryAfter === undefined ? undefined : now + error.retryAfter * 1000 };
}

/** Messages of a connector while it reads a stream: its waits get the stream's name, and are told in the protocol too. */
export function withWaits(messages: readonly Message[], plan: StreamPlan, now: number): Message[] {
	return messages.flatMap((message) => {
		const waiting = message.type === "LOG" ? message.log.waiting : undefined;
		if (message.type !== "LOG" || waiting === undefined) return [message];
		const named: Message = { ...message, log: { ...message.log, waiting: { stream: plan.name, ...waiting } } };
		if (waiting.reason !== "rate_limited") return [named];
		return [named, statusMessage(plan, "RUNNING", now, { until: Math.round(now + waiting.wait_s * 1000) })];
	});
}
