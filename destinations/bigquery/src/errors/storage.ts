/** What an operator reads where the bucket for large commits is the matter. Texts are as Cloud Storage sends them. */
import { type BigQueryConfig, stagingOf } from "../config.ts";
import { type GrantSettings, grantOf } from "./grants.ts";
import type { ApiProblem } from "./problem.ts";

type Settings = GrantSettings & Pick<BigQueryConfig, "location">;

interface BucketSentence {
	code: `${"config" | "transient"}.${string}`;
	what: string;
	next: string;
}

/** Undefined for what has nothing to do with a bucket, or reads as it does everywhere. */
export function storageSentence(problem: ApiProblem, settings: Settings): BucketSentence | undefined {
	const staging = stagingOf(settings);
	const { message, reason } = problem;
	if (staging === undefined) return undefined;
	const bucket = `gs://${staging.bucket}`;
	const missing = /bucket does not exist|Not found: Bucket/i.test(message);
	if (missing)
		return { code: "config.staging_bucket", what: `The bucket ${bucket} does not exist`, next: make(bucket, settings) };
	const far = /different locations: source: ([\w-]+), destination: ([\w-]+)/i.exec(message);
	if (far !== null && !/dataset/i.test(message)) {
		return {
			code: "config.staging_location",
			what: `The bucket ${bucket} lies in ${far[1]}, the dataset in ${far[2]}, and BigQuery loads nothing across`,
			next: `set staging_bucket to one in ${far[2]}: gcloud storage buckets create gs://NAME --location=${far[2]}`,
		};
	}
	const permission = /\bstorage\.[a-zA-Z]+\.[a-zA-Z]+\b/.exec(message)?.[0];
	const isDenied = ["accessDenied", "forbidden", "PERMISSION_DENIED"].includes(reason);
	if (isDenied && permission !== undefined) return denied(permission, settings);
	if (!problem.step.startsWith("staging")) return undefined;
	if (isDenied) return denied(RIGHTS[problem.step] ?? "storage.objects.create", settings);
	if (reason !== "network") return undefined;
	return {
		code: "transient.network",
		what: "Cloud Storage cannot be reached",
		next: "look at the network (name servers, firewall, proxy), then run again: what is committed stays, and the rest follows",
	};
}

/** Which right a step needs, where the service does not say it. */
const RIGHTS: Record<string, string> = {
	"staging upload": "storage.objects.create",
	"staging list": "storage.objects.list",
	"staging delete": "storage.objects.delete",
};

function denied(permission: string, settings: Settings): BucketSentence {
	return {
		code: "config.permission",
		what: `The permission ${permission} is missing`,
		next: `${grantOf(permission, settings)!.command}; a new right takes some minutes`,
	};
}

function make(bucket: string, { project_id, location }: Settings): string {
	return (
		`gcloud storage buckets create ${bucket} --project=${project_id} --location=${location} --uniform-bucket-level-access, ` +
		"or correct staging_bucket"
	);
}
