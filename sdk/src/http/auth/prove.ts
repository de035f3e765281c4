/** The tries of requests, each with its proof; after a 401, one more try with another proof. */
import { isConnectorError } from "../../errors.ts";
import type { Auth, AuthSession, Proof, Unsigned } from "./contract.ts";

/** Makes the proof of a request that is about to leave. */
export type Sign = (request: Unsigned) => Promise<Proof>;

/** For one request: runs a try, and runs it again where the vendor refused a proof that can be renewed; that happens once. */
export function proving(auth: Auth | undefined, session: AuthSession) {
	let renewed = false;
	return async function proven<T>(attempt: (sign: Sign) => Promise<T>): Promise<T> {
		let shown: Proof | undefined;
		await auth?.ready?.(session);
		try {
			return await attempt(async (request) => {
				shown = await auth?.sign(request, session);
				return shown ?? {};
			});
		} catch (error) {
			const refused = isConnectorError(error) && error.code === "config.credentials" && shown !== undefined;
			if (renewed || !refused || auth?.refused?.(shown!) !== true) throw error;
			renewed = true;
			return proven(attempt);
		}
	};
}
