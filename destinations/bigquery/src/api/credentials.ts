/** Who we are to Google: application default, a key, or an account that is acted as. Loaded late, with Google's library. */
import { ConnectorError } from "@growthnav/sdk/store";
import type { AuthClient, GoogleAuth, Impersonated } from "google-auth-library";
import type { BigQueryConfig } from "../config.ts";
import { credentialsError } from "../errors/refusals.ts";
import { type Key, keyOf } from "./key.ts";

/** What GoogleAuth and the client of BigQuery take; without `authClient` they find the application default. */
export interface AuthOptions {
	projectId: string;
	scopes: string[];
	authClient?: AuthClient;
}

export interface AuthSurroundings {
	/** In place of the one of Node, for tests. */
	fetch?: typeof fetch;
}

type Library = typeof import("google-auth-library");
type Settings = Pick<
	BigQueryConfig,
	"project_id" | "credentials_json" | "credentials_file" | "impersonate" | "allow_emulator" | "staging_bucket"
>;

const CLOUD = "https://www.googleapis.com/auth/cloud-platform";
const BIGQUERY = "https://www.googleapis.com/auth/bigquery";
const STORAGE = "https://www.googleapis.com/auth/devstorage.read_write";
/** A request for a token; without it a server that never answers would hang the run. */
const DEADLINE = 30_000;

/**
 * The narrowest scopes that the work needs, and a client for the key of the settings. Nothing is sent yet; a token is
 * fetched with the first request, and what goes wrong there `credentialsError` puts in words. Throws `config.key`.
 */
export async function authOptionsOf(settings: Settings, surroundings: AuthSurroundings = {}): Promise<AuthOptions> {
	const { project_id: projectId, impersonate, allow_emulator } = settings;
	const scopes = settings.staging_bucket == null ? [BIGQUERY] : [BIGQUERY, STORAGE];
	const chain = impersonate ?? [];
	const key = await keyOf(settings);
	const library = await import("google-auth-library");
	if (key === undefined && allow_emulator) return { projectId, scopes, authClient: new library.PassThroughClient() };
	if (key === undefined && chain.length === 0) return { projectId, scopes };
	// who acts as another asks for that with its own token, which only the wide scope allows
	const own = chain.length > 0 ? [CLOUD] : scopes;
	const source = await sourceClient(library, key, own, surroundings);
	const authClient = chain.length === 0 ? source : await actingAs(library, source, chain, scopes);
	return { projectId, scopes, authClient };
}

async function sourceClient(
	library: Library,
	key: Key | undefined,
	scopes: string[],
	surroundings: AuthSurroundings,
): Promise<AuthClient> {
	if (key !== undefined) return clientOf(library, key, scopes, surroundings);
	const auth: GoogleAuth = new library.GoogleAuth({ scopes, clientOptions: transport(surroundings) });
	return auth.getClient().catch((thrown: unknown) => {
		throw credentialsError(thrown, { impersonate: null }) ?? thrown;
	});
}

async function clientOf(
	library: Library,
	key: Key,
	scopes: string[],
	surroundings: AuthSurroundings,
): Promise<AuthClient> {
	const text = (name: string) => String(key[name]);
	const options = transport(surroundings);
	if (key.type === "service_account") {
		return new library.JWT({ ...options, email: text("client_email"), key: text("private_key"), scopes });
	}
	if (key.type === "authorized_user") {
		const client = new library.UserRefreshClient(options);
		client.fromJSON(key as never);
		return client;
	}
	if (key.type === "external_account") return external(library, { ...key, ...options }, scopes);
	const source = await clientOf(library, key.source_credentials as Key, [CLOUD], surroundings);
	const url = text("service_account_impersonation_url");
	const target = /([^/]+):generateAccessToken$/.exec(url)?.[1] ?? "";
	return actingAs(library, source, [...((key.delegates as string[] | undefined) ?? []), target], scopes);
}

function transport({ fetch }: AuthSurroundings) {
	return { transporterOptions: { timeout: DEADLINE, ...(fetch !== undefined && { fetchImplementation: fetch }) } };
}

async function external(library: Library, options: object, scopes: string[]): Promise<AuthClient> {
	try {
		const client = (await quietly())(() => library.ExternalAccountClient.fromJSON(options as never));
		if (client === null) throw new Error("no external account");
		client.scopes = scopes;
		return client;
	} catch (thrown) {
		throw new ConnectorError("config.key", "The configuration of workload identity federation cannot be used", {
			where: "the credentials in the settings of bigquery",
			why: thrown instanceof Error ? thrown.message : String(thrown),
			next: "make it anew: gcloud iam workload-identity-pools create-cred-config …",
		});
	}
}

/** The last of the chain does the work, the others vouch for the next. */
async function actingAs(
	library: Library,
	sourceClient: AuthClient,
	chain: readonly string[],
	targetScopes: string[],
): Promise<Impersonated> {
	const [targetPrincipal, ...others] = [...chain].reverse();
	const options = { sourceClient, targetPrincipal: targetPrincipal!, delegates: others.reverse(), targetScopes };
	return (await quietly())(() => new library.Impersonated(options));
}

/** The library warns on the console of every key that it did not check itself; ours are checked. */
async function quietly(): Promise<<T>(work: () => T) => T> {
	const { default: inner } = (await import("google-auth-library/build/src/util.js")) as {
		default: { suppressAdcWarning?: <T>(work: () => T) => T };
	};
	return inner.suppressAdcWarning ?? ((work) => work());
}
