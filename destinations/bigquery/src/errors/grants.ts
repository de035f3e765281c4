/** Which role holds a permission, and the command that grants it to whoever works here. */
import { parseJson } from "@growthnav/sdk/store";
import { type BigQueryConfig, datasetOf, stagingOf } from "../config.ts";

export type GrantSettings = Pick<
	BigQueryConfig,
	"project_id" | "customer_id" | "dataset" | "impersonate" | "credentials_json" | "kms_key" | "staging_bucket"
>;

export interface Grant {
	role: string;
	/** As it is typed; MEMBER stands for an account that the settings do not tell. */
	command: string;
}

/** Undefined for a permission that no role of ours is known for. */
export function grantOf(permission: string, settings: GrantSettings): Grant | undefined {
	const [service, what] = permission.split(".");
	if (service === "cloudkms") return keyGrant(settings);
	if (service === "storage") return bucketGrant(what === "buckets", settings);
	if (service !== "bigquery") return undefined;
	if (what === "jobs") return projectGrant("roles/bigquery.jobUser", settings);
	if (permission === "bigquery.datasets.create") return projectGrant("roles/bigquery.user", settings);
	return datasetGrant(permission.startsWith("bigquery.datasets.") ? "dataOwner" : "dataEditor", settings);
}

function projectGrant(role: string, settings: GrantSettings): Grant {
	const { project_id } = settings;
	return {
		role,
		command: `gcloud projects add-iam-policy-binding ${project_id} --member=${memberOf(settings)} --role=${role}`,
	};
}

/** On the dataset alone: on the project it would open the datasets of all customers. */
function datasetGrant(name: "dataEditor" | "dataOwner", settings: GrantSettings): Grant {
	const role = `roles/bigquery.${name}`;
	const dataset = `${settings.project_id}.${datasetOf(settings)}`;
	const grant = `GRANT \`${role}\` ON SCHEMA \`${dataset}\` TO "${memberOf(settings)}"`;
	return { role, command: `bq query --use_legacy_sql=false '${grant}'` };
}

/** On the bucket alone. Its objects are made, read and deleted; the bucket itself is only looked at. */
function bucketGrant(isOfBucket: boolean, settings: GrantSettings): Grant {
	const role = isOfBucket ? "roles/storage.legacyBucketReader" : "roles/storage.objectUser";
	const bucket = stagingOf(settings)?.bucket ?? "BUCKET";
	return {
		role,
		command: `gcloud storage buckets add-iam-policy-binding gs://${bucket} --member=${memberOf(settings)} --role=${role}`,
	};
}

/** BigQuery's own account uses the key, not the one that starts jobs. */
function keyGrant({ kms_key, project_id }: GrantSettings): Grant {
	const role = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
	const [, project, location, ring, key] =
		/^projects\/([^/]+)\/locations\/([^/]+)\/keyRings\/([^/]+)\/cryptoKeys\/([^/]+)$/.exec(kms_key ?? "") ?? [];
	return {
		role,
		command:
			`gcloud kms keys add-iam-policy-binding ${key ?? "KEY"} --project=${project ?? "PROJECT"} ` +
			`--location=${location ?? "LOCATION"} --keyring=${ring ?? "RING"} --role=${role} ` +
			`--member=serviceAccount:$(bq show --encryption_service_account --project_id=${project_id} --format=json | jq -r .ServiceAccountID)`,
	};
}

/** Who does the work, as IAM writes it. */
export function memberOf({ impersonate, credentials_json }: GrantSettings): string {
	const acting = impersonate?.at(-1) ?? emailOf(credentials_json);
	return acting === undefined ? "MEMBER" : `serviceAccount:${acting}`;
}

/** An address is no secret; the rest of the key is. */
function emailOf(key: string | null | undefined): string | undefined {
	if (key == null) return undefined;
	try {
		const { client_email: email } = parseJson(key) as { client_email?: unknown };
		return typeof email === "string" && /^[\w.-]+@[\w.-]+$/.test(email) ? email : undefined;
	} catch {
		return undefined;
	}
}
