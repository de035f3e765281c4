/** Streams by one name each: Singer has no namespaces. */
import type { StreamDescriptor } from "@growthnav/spec";
import { ConnectorError } from "../../errors.ts";

/**
 * `square` and `orders` → `square__orders`. What is neither letter, digit nor `_` becomes `_`: targets take `-` and `.`
 * apart, and make files and tables of the name.
 */
export function singerName({ name, namespace }: StreamDescriptor): string {
	const whole = namespace === undefined || namespace === "" ? name : `${namespace}__${name}`;
	return whole.replace(/[^\p{L}\p{N}_]/gu, "_");
}

/** Throws config.stream_name where two streams would get one name, also to targets that know only small letters. */
export function checkNames(streams: readonly StreamDescriptor[]): void {
	const taken = new Map<string, StreamDescriptor>();
	for (const stream of streams) {
		const name = singerName(stream);
		const other = taken.get(name.toLowerCase());
		if (other !== undefined) {
			throw new ConnectorError("config.stream_name", `Two streams would be ${name} in Singer`, {
				where: `streams ${described(other)} and ${described(stream)}`,
				why: "Singer knows a stream by one name, of which targets make a table or a file: their rows would be mixed",
				next: "select one of them, or read them in two pipelines with other namespaces",
			});
		}
		taken.set(name.toLowerCase(), stream);
	}
}

function described({ name, namespace }: StreamDescriptor): string {
	return JSON.stringify(namespace === undefined ? name : [namespace, name]);
}
