/** The authentication API: tokens for keys, good for a day, counted by the hour where a test wants that. */
import type { JsonObject } from "@growthnav/sdk";
import type { ScriptedRequest } from "@growthnav/sdk/testing";
import { guidOf } from "./house.ts";
import { refusal } from "./refusal.ts";

export interface Logins {
	clientId: string;
	clientSecret: string;
	/** Seconds that a token lives. */
	lifetime: number;
	/** Toast asks for no more than two, and does not enforce it today. */
	perHour: number;
	/** Milliseconds. */
	clock: () => number;
}

export function openLogins({ clientId, clientSecret, lifetime, perHour, clock }: Logins) {
	const made: { token: string; at: number }[] = [];
	let revoked = 0;
	return {
		login({ body }: ScriptedRequest): JsonObject {
			const asked = (body ?? {}) as JsonObject;
			if (asked.userAccessType !== "TOAST_MACHINE_CLIENT")
				throw refusal(400, 10003, "userAccessType must be TOAST_MACHINE_CLIENT");
			if (asked.clientId !== clientId || asked.clientSecret !== clientSecret)
				throw refusal(401, 10010, "The client credentials are not valid");
			const now = clock();
			const lately = made.filter(({ at }) => at > now - 3_600_000);
			if (lately.length >= perHour) {
				const seconds = Math.ceil((lately[0]!.at + 3_600_000 - now) / 1000);
				throw refusal(429, 10020, "Too many authentication requests", { "retry-after": String(seconds) });
			}
			const token = `eyJhbGciOiJSUzI1NiJ9.${guidOf("token", made.length)}.${guidOf("signature", made.length)}`;
			made.push({ token, at: now });
			const nothing = { scope: null, idToken: null, refreshToken: null };
			return { token: { tokenType: "Bearer", expiresIn: lifetime, accessToken: token, ...nothing }, status: "SUCCESS" };
		},
		isGood(authorization: string | undefined): boolean {
			const found = made.findIndex(({ token }) => authorization === `Bearer ${token}`);
			return found >= revoked && clock() < made[found]!.at + lifetime * 1000;
		},
		/** Every token so far is good no more. */
		revoke() {
			revoked = made.length;
		},
	};
}
