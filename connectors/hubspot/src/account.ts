/** What is joined into records: the account, its owners, and what its deal stages mean. Asked for once per run. */
import { type SourceContext, unexpectedAnswer } from "@growthnav/sdk";
import type { Config } from "./config.ts";
import { resultsOf } from "./expected.ts";

type Context = SourceContext<Config>;

export interface Account {
	portal_id: string;
	/** Of deals that name none: accounts with one currency write it nowhere. */
	company_currency: string;
	time_zone: string;
	is_test: boolean;
}

/** Beside it HubSpot's own clock, in milliseconds. */
export const accountOf = ({ http, once }: Context): Promise<{ account: Account; now: number }> =>
	once("account", async () => {
		const { body, headers, request } = await http.get("/account-info/v3/details");
		if (body?.portalId == null) throw unexpectedAnswer(request, "it has no portalId");
		const account = {
			portal_id: String(body.portalId),
			company_currency: body.companyCurrency,
			time_zone: body.timeZone,
			is_test: body.accountType !== "STANDARD",
		};
		return { account, now: Date.parse(headers.date ?? "") || Date.now() };
	});

export interface Owner {
	owner_name: string;
	owner_email: string | undefined;
}

/** By id, those who have left too. */
export const ownersOf = ({ http, once }: Context): Promise<Map<string, Owner>> =>
	once("owners", async () => {
		const owners = new Map<string, Owner>();
		for (const archived of [true, false]) {
			const pages = http.pages<OwnerRow>("/crm/v3/owners", {
				query: { limit: 500, archived },
				rows: (body) => body.results,
				next: ({ body }) => body.paging && { query: { after: body.paging.next.after } },
			});
			for await (const rows of pages) {
				for (const { id, firstName, lastName, email } of rows)
					owners.set(id, { owner_name: [firstName, lastName].filter(Boolean).join(" "), owner_email: email });
			}
		}
		return owners;
	});
type OwnerRow = { id: string; firstName?: string; lastName?: string; email?: string };

export interface Stage {
	pipeline_name: string;
	stage_name: string;
	outcome: "won" | "lost" | "open";
}

/** By pipeline and stage: ids of stages are a pipeline's own. A stage is won when it is closed with certainty. */
export const stagesOf = ({ http, once }: Context): Promise<Map<string, Stage>> =>
	once("stages", async () => {
		const pipelines = resultsOf<Pipeline>(await http.get("/crm/v3/pipelines/deals"));
		const stages = new Map<string, Stage>();
		for (const pipeline of pipelines) {
			for (const { id, label, metadata } of pipeline.stages) {
				const closed = Number(metadata.probability) === 1 ? "won" : "lost";
				const outcome = String(metadata.isClosed) === "true" ? closed : "open";
				stages.set(stageKey(pipeline.id, id), { pipeline_name: pipeline.label, stage_name: label, outcome });
			}
		}
		return stages;
	});

interface Pipeline {
	id: string;
	label: string;
	stages: { id: string; label: string; metadata: { isClosed?: string | boolean; probability?: string } }[];
}

export const stageKey = (pipeline: unknown, stage: unknown): string => JSON.stringify([pipeline, stage]);
