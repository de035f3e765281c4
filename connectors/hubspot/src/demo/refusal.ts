/** HubSpot's errors: a status and a body with category, message and correlationId. */
import { randomUUID } from "node:crypto";
import type { JsonObject } from "@growthnav/sdk";
import type { ScriptedAnswer } from "@growthnav/sdk/testing";

const SCOPES_PAGE = "https://developers.hubspot.com/scopes";

export function errorAnswer(status: number, category: string, message: string, more: JsonObject = {}): ScriptedAnswer {
	return { status, json: { status: "error", message, correlationId: randomUUID(), ...more, category } };
}

export const invalid = (message: string) => errorAnswer(400, "VALIDATION_ERROR", message);

export const noCredentials = () =>
	errorAnswer(
		401,
		"INVALID_AUTHENTICATION",
		"Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
	);

export const missingScopes = (scopes: string[]) =>
	errorAnswer(
		403,
		"MISSING_SCOPES",
		`This app hasn't been granted all required scopes to make this call. Read more about required scopes here: ${SCOPES_PAGE}.`,
		{
			errors: [
				{
					message: "One or more of the following scopes are required.",
					context: { requiredGranularScopes: scopes },
				},
			],
			links: { scopes: SCOPES_PAGE },
		},
	);

/** `policy`: TEN_SECONDLY_ROLLING, SECONDLY or DAILY. No Retry-After comes with it. */
export const limited = (policy: string): ScriptedAnswer => ({
	status: 429,
	json: {
		...{ status: "error", message: `You have reached your ${policy.toLowerCase()} limit.`, errorType: "RATE_LIMIT" },
		...{ correlationId: randomUUID(), policyName: policy, requestId: randomUUID() },
	},
});
