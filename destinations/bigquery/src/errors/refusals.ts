/** What Google says where it gives no token, in our words. */
import { ConnectorError } from "@growthnav/sdk/store";
import type { BigQueryConfig } from "../config.ts";

/**
 * What Google's library throws where it gets no token, in our words: `config.credentials`, or `config.api_disabled`.
 * Undefined for what is no refusal, such as a network that fails.
 */
export function credentialsError(
	thrown: unknown,
	settings: Partial<Pick<BigQueryConfig, "impersonate" | "project_id">>,
): ConnectorError | undefined {
	const { error, description } = refusalOf(thrown);
	const chain = settings.impersonate ?? [];
	if (/SERVICE_DISABLED|has not been used in project|is disabled/.test(description)) {
		return new ConnectorError("config.api_disabled", "The IAM Service Account Credentials API is not enabled", {
			where: "impersonate in the settings of bigquery",
			why: description,
			next: `gcloud services enable iamcredentials.googleapis.com --project=${settings.project_id ?? "PROJECT"}`,
		});
	}
	if (/unable to impersonate/i.test(messageOf(thrown))) return impersonationError(description, chain);
	const known = REFUSALS.find(({ says }) => says.test(`${error} ${description}`));
	if (known === undefined) return undefined;
	return new ConnectorError("config.credentials", known.what, {
		where: "the credentials in the settings of bigquery",
		why: known.why ?? (description || error),
		next: known.next,
	});
}

function impersonationError(description: string, chain: readonly string[]): ConnectorError {
	const target = chain.at(-1) ?? "the service account";
	const before = chain.at(-2);
	const member = before === undefined ? "MEMBER" : `serviceAccount:${before}`;
	return new ConnectorError("config.credentials", `Acting as ${target} is not allowed`, {
		where: "impersonate in the settings of bigquery",
		why: description || "each account of the chain needs roles/iam.serviceAccountTokenCreator on the next",
		next:
			`gcloud iam service-accounts add-iam-policy-binding ${target} --member=${member} ` +
			"--role=roles/iam.serviceAccountTokenCreator; a new right takes some minutes",
	});
}

interface Refusal {
	says: RegExp;
	what: string;
	why?: string;
	next: string;
}

/** The first that fits; texts as Google's token servers and its library send them. */
const REFUSALS: readonly Refusal[] = [
	{
		says: /Could not load the default credentials/i,
		what: "This machine has no credentials for Google Cloud",
		why: "the settings name no key, and there is no application default",
		next: "gcloud auth application-default login, or set credentials_file",
	},
	{
		says: /reasonable timeframe|short-lived token|iat and exp/i,
		what: "Google refused the key: the clock of this machine is wrong",
		next: "set the clock, best by NTP; more than 5 minutes off is too much",
	},
	{
		says: /Invalid JWT Signature|invalid_grant.*(key|signature)/i,
		what: "Google does not know this key",
		why: "it was deleted or disabled, or belongs to another account",
		next: "make a new one: gcloud iam service-accounts keys create key.json --iam-account=…",
	},
	{
		says: /account not found|Invalid (grant|issuer)|invalid_client|unauthorized_client/i,
		what: "Google does not know the account of this key",
		why: "it was deleted or disabled",
		next: "gcloud iam service-accounts list shows those that there are; make a key of one of them",
	},
	{
		says: /rapt|reauth|expired or revoked|invalid_grant.*Bad Request/i,
		what: "The login of the application default has ended",
		next: "gcloud auth application-default login",
	},
	{
		says: /The file at .* does not exist/i,
		what: "The token for workload identity federation cannot be read",
		next: "credential_source.file of the key names it; see that it is there and readable",
	},
	{
		says: /invalid_target|invalid_request|invalid_grant|access_denied/i,
		what: "Google refused the credentials",
		next: "for workload identity federation: compare audience, provider and the token's issuer; else make a new key",
	},
];

/** `error` and `error_description` of OAuth, or status and message of Google's APIs; never the request, which holds secrets. */
function refusalOf(thrown: unknown): { error: string; description: string } {
	const data = (thrown as { response?: { data?: unknown } } | undefined)?.response?.data as
		| { error?: string | { status?: string; message?: string }; error_description?: string }
		| undefined;
	if (typeof data?.error === "object") {
		return { error: data.error.status ?? "", description: data.error.message ?? "" };
	}
	if (typeof data?.error === "string") return { error: data.error, description: data.error_description ?? "" };
	return { error: "", description: messageOf(thrown) };
}

function messageOf(thrown: unknown): string {
	return thrown instanceof Error ? thrown.message : String(thrown);
}
