/** What a request to another origin may not carry. */
import { ConnectorError } from "../../errors.ts";
import { redact } from "../../redact.ts";
import type { AnyRequest } from "../exchange.ts";

/** Throws where a request to another origin than the base's has a body, or a key in its address. */
export function bodyForBase(url: URL, { body }: AnyRequest, base: URL, request: string): void {
	if (url.origin === base.origin || (body === undefined && redact(url.href) === url.href)) return;
	throw new ConnectorError("data.other_origin", "A download would take what is confidential to another address", {
		where: request,
		why: body === undefined ? "the key stands in its address" : "what is sent in a body is for the base URL alone",
		next: "report it as a bug of the connector",
	});
}
