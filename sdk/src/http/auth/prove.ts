/** The tries of requests, each with its proof; after a 401, one more try with another proof. */
import { ConnectorError, type ErrorKind, isConnectorError, toConnectorError } from "../../errors.ts";
import type { Auth, AuthSession, Proof, Unsigned } from "./contract.ts";

/** Makes the proof of a request that is about to leave. */
export type Sign = (request: Unsigned) => Promise<Proof>;

/** For one request: runs a try, and runs it again where the vendor refused a proof that can be renewed; that happens once. */
export function proving(auth: Auth | undefined, session: AuthSession) {
	let renewed = false;
	return async function proven<T>(attempt: (sign: Sign) => Promise<T>): Promise<T> {
		let shown: Proof | undefined;
		const sign: Sign = async (request) => {
			try {
				shown = await auth?.sign(request, session);
				return shown ?? {};
			} catch (thrown) {
				// what an author's code throws is no failure of the network
				throw toConnectorError(thrown);
			}
		};
		await auth?.ready?.(session);
		try {
			return await attempt(sign);
		} catch (error) {
			const proof = shown;
			if (proof === undefined || !isConnectorError(error)) throw error;
			if (renewed || error.code !== "config.credentials" || auth?.refused?.(proof) !== true)
				throw withoutProof(error, proof);
			renewed = true;
			return proven(attempt);
		}
	};
}

/** A signature, or a token for one request, is no registered secret; a vendor may still echo it. */
function withoutProof(error: ConnectorError, { headers = {}, query = {} }: Proof): ConnectorError {
	const values = [...Object.values(headers), ...Object.values(query)].flatMap((value) => [value, ...value.split(" ")]);
	const long = values.filter((value) => value.length >= 16).flatMap((value) => [value, encodeURIComponent(value)]);
	const clean = (text: string) => long.reduce((rest, value) => rest.replaceAll(value, "***"), text);
	const { code, message, where, why, next, stream, retryAfter, cause } = error;
	const texts = [message, where, why, next];
	if (texts.every((text) => text === undefined || clean(text) === text)) return error;
	return new ConnectorError(code as `${ErrorKind}.${string}`, clean(message), {
		...(where !== undefined && { where: clean(where) }),
		...(why !== undefined && { why: clean(why) }),
		...(next !== undefined && { next: clean(next) }),
		...(stream !== undefined && { stream }),
		...(retryAfter !== undefined && { retryAfter }),
		cause,
	});
}
