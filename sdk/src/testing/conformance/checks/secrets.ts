/** What is confidential stays so, also where a vendor says it back. */
import type { JsonObject, Message } from "@growthnav/spec";
import { secretsOf } from "../../../schema/parse-config.ts";
import type { Check, Trial } from "../contract.ts";
import { spoilt } from "./faults.ts";

export const SECRET_CHECKS: Check[] = [
	{
		name: "secrets: in no message",
		rule: "no secret of the settings stands in a record, a state, a log or an error",
		run: async (trial) => leaks(trial, JSON.stringify(shown((await trial.whole()).messages)), "a read"),
	},
	{
		name: "secrets: in no error",
		rule: "a vendor that says the request back, with its headers, teaches nobody a secret",
		http: true,
		run: async (trial) => {
			const found: string[] = [];
			for (const status of [400, 401, 403, 500]) {
				const echo = await spoilt(
					trial,
					(_answer, { headers, url }) => {
						const said = `${url} ${JSON.stringify(headers)}`;
						const errors = [{ message: said, code: said, detail: said }];
						const body = { error: said, error_description: said, message: said, code: said, errors };
						return { status, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify(body)) };
					},
					async () => [await trial.check(), shown((await trial.read()).messages)],
				);
				found.push(...leaks(trial, JSON.stringify(echo), `an error ${status}`));
			}
			return [...new Set(found)];
		},
	},
];

/** Renewed secrets travel in CONTROL messages, which are for the settings alone. */
const shown = (messages: readonly Message[]) => messages.filter(({ type }) => type !== "CONTROL");

export function leaks({ source, config }: Trial, text: string, where: string): string[] {
	const secrets = secretsOf(source.config, config as JsonObject).filter((secret) => secret.length >= 6);
	const forms = secrets.flatMap((secret) => [
		secret,
		encodeURIComponent(secret),
		Buffer.from(secret).toString("base64"),
	]);
	return forms.some((form) => text.includes(form)) ? [`${where} shows a secret of the settings`] : [];
}
