/** What is wrong with a body. */
import { count } from "../../count.ts";
import { ConnectorError } from "../../errors.ts";
import type { HttpLimits } from "../client.ts";
import { limitSetting } from "../limits.ts";
import type { Download } from "./contract.ts";

export const ACCEPT_ENCODING = "gzip, deflate, br";

type SizeLimit = "answerBytes" | "downloadMegabytes" | "decompressionRatio";

export function tooLarge(limit: SizeLimit, limits: HttpLimits, request: string): ConnectorError {
	const bound = {
		answerBytes: `larger than ${count(limits.answerBytes)} bytes`,
		downloadMegabytes: `larger than ${count(limits.downloadMegabytes)} megabytes`,
		decompressionRatio: `more than ${limits.decompressionRatio} times larger than its compressed form`,
	};
	return new ConnectorError("data.answer_too_large", "The answer is too large", {
		where: request,
		why: `it is ${bound[limit]}`,
		next: `if that is right, raise ${limitSetting(limit)}`,
	});
}

export function unknownEncoding(encoding: string, request: string): ConnectorError {
	return new ConnectorError("data.answer_encoding", `The answer is compressed as ${JSON.stringify(encoding)}`, {
		where: request,
		why: `only ${ACCEPT_ENCODING} were asked for`,
		next: "report it to the vendor",
	});
}

/** A body that is not whole: the next try may bring it. */
export function cutOff(request: string, why: string, cause?: unknown): ConnectorError {
	return new ConnectorError("transient.answer_cut_off", "The answer did not arrive whole", {
		where: request,
		why,
		next: "run again; what is committed stays",
		cause,
	});
}

/** Something of a download cannot be read. `place` is "line 17". */
export function unreadable({ request }: Download, place: string, why: string): ConnectorError {
	return new ConnectorError("data.export_unreadable", "The export cannot be read", {
		where: `${request}, ${place}`,
		why,
		next: "run again; if it stays, report it to the vendor, or as a bug of the connector",
	});
}

export function rowTooLarge({ request, rowBytes }: Download, place: string): ConnectorError {
	return new ConnectorError("data.row_too_large", "A row of the export is too large", {
		where: `${request}, ${place}`,
		why: `it is larger than ${count(rowBytes)} bytes`,
		next: `if that is right, raise ${limitSetting("rowBytes")}`,
	});
}
