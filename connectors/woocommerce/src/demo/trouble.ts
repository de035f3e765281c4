/** What answers in place of the API: plugins, hosts, WordPress itself. None of them says when to come back, but one. */
import type { ScriptedAnswer } from "@growthnav/sdk/testing";

const html = (status: number, title: string, text: string, headers: Record<string, string> = {}): ScriptedAnswer => ({
	status,
	headers: { "content-type": "text/html; charset=UTF-8", ...headers },
	body: `<!DOCTYPE html>\n<html lang="en-US"><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>`,
});

export const TROUBLE = {
	/** A security plugin that counts requests. */
	limited: html(429, "Your access to this site has been limited", "Reason: exceeded the maximum number of requests."),
	/** A firewall that wants to see a browser. */
	challenge: html(403, "Just a moment...", "Enable JavaScript and cookies to continue"),
	/** An update is under way. */
	maintenance: html(503, "Maintenance", "Briefly unavailable for scheduled maintenance. Check back in a minute.", {
		"retry-after": "600",
	}),
	/** PHP gave up within the API. */
	critical: {
		status: 500,
		json: {
			...{ code: "internal_server_error", message: "<p>There has been a critical error on this website.</p>" },
			...{ data: { status: 500 }, additional_errors: [] },
		},
	},
	/** PHP gave up before it, or the host did. */
	gateway: html(502, "502 Bad Gateway", "nginx"),
	/** A warning of PHP stands before the JSON. */
	warning: {
		status: 200,
		headers: { "content-type": "application/json" },
		body: "<br />\n<b>Warning</b>:  Undefined array key in plugin.php on line 12<br />\n[]",
	},
	/** A plugin that closes the REST API for everybody who is not logged in. */
	closed: {
		status: 401,
		json: { code: "rest_not_logged_in", message: "You are not currently logged in.", data: { status: 401 } },
	},
} satisfies Record<string, ScriptedAnswer>;

export type Trouble = keyof typeof TROUBLE;
