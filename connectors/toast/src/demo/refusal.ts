/** How Toast refuses: a status, and an ErrorMessage. */
import type { ScriptedAnswer } from "@growthnav/sdk/testing";

export interface Refusal {
	status: number;
	code: number | null;
	message: string;
	headers?: Record<string, string>;
}

/** Thrown by handlers. */
export const refusal = (status: number, code: number | null, message: string, headers: Refusal["headers"] = {}) =>
	new Error(message, { cause: { status, code, message, headers } satisfies Refusal });

export function refusedAnswer({ status, code, message, headers = {} }: Refusal): ScriptedAnswer {
	return {
		status,
		headers,
		json: {
			...{ status, code, message, messageKey: null, fieldName: null, link: null },
			...{ requestId: "2ea769e2-7fcb-4148-ba75-8de77a248211", developerMessage: null, errors: [], canRetry: null },
		},
	};
}
