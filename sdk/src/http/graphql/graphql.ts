/** One GraphQL request, and what its errors mean: they come with status 200, also beside data. */
import { ConnectorError } from "../../errors.ts";
import type { Refusal, VendorError } from "../client.ts";
import type { AnswerHead, HttpAnswer } from "../exchange.ts";
import type { GraphqlError, GraphqlOptions } from "./contract.ts";

/** Reads the vendor's error from an answer, the form of `errorOf`. */
export type ErrorOf = (body: HttpAnswer["body"], answer: AnswerHead) => VendorError | undefined;

/** What the codes in use mean; any other is an error of the query. */
const MEANINGS: [RegExp, Refusal][] = [
	[/THROTTLED|RATE_?LIMIT|TOO_MANY_REQUESTS/, "rate_limited"],
	[/ACCESS_DENIED|FORBIDDEN|PERMISSION/, "forbidden"],
	[/UNAUTHENTICATED|UNAUTHORIZED|AUTHENTICATION/, "credentials"],
	[/INTERNAL|TIMEOUT|UNAVAILABLE/, "vendor_error"],
];

/**
 * `errorOf` for answers of GraphQL. The first error that is not tolerated is the vendor's; what the connector's own
 * `errorOf` says of it goes before.
 */
export function graphqlErrorOf({ tolerates }: GraphqlOptions, own: ErrorOf | undefined): ErrorOf {
	return (body, head) => {
		// refused before anything was asked: the status says why
		if (head.status >= 300 && !Array.isArray(body?.errors)) return own?.(body, head);
		const error = errorsOf(body).find((one) => tolerates?.(one) !== true);
		const said = own?.(body, head);
		return error === undefined ? said : { ...vendorErrorOf(error), ...said };
	};
}

function vendorErrorOf({ code, message, path }: GraphqlError): VendorError {
	const as = MEANINGS.find(([codes]) => codes.test(code?.toUpperCase() ?? ""))?.[1] ?? "request_refused";
	return { ...(code !== undefined && { code }), detail: path === "" ? message : `${message} (${path})`, as };
}

/** `errors` of the specification; members of other forms are not left out. */
function errorsOf(body: HttpAnswer["body"]): GraphqlError[] {
	const errors: unknown = body?.errors;
	if (errors === undefined || errors === null) return [];
	return (Array.isArray(errors) ? errors : [errors]).map((error) => {
		const code = error?.extensions?.code ?? error?.code;
		return {
			message: typeof error?.message === "string" ? error.message : JSON.stringify(error),
			code: typeof code === "string" ? code : undefined,
			path: Array.isArray(error?.path) ? error.path.join(".") : "",
		};
	});
}

/** The data of an answer without errors, or with tolerated ones. */
export function dataOf({ body, request }: HttpAnswer): HttpAnswer["body"] {
	if (typeof body?.data === "object" && body.data !== null) return body.data;
	throw new ConnectorError("data.unexpected_answer", "The answer has no data", {
		where: request,
		why: "it has neither errors nor data",
		next: "check that base_url leads to the vendor's GraphQL API",
	});
}
