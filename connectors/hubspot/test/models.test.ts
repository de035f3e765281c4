/** The scripted answers against the attributes of HubSpot's own client models, where a copy lies beside the project. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPortal, type Portal } from "../src/demo/server.ts";

const FILE = fileURLToPath(
	new URL("../../../../shared/data/apis/hubspot/hubspot-crm-models-from-npm.json", import.meta.url),
);

type Models = { [model: string]: { [attribute: string]: string } };

/** What is wrong with a value of a type, each with its path. */
function faults(models: Models, type: string, value: unknown, path: string): string[] {
	const wrong = [`${path} is ${JSON.stringify(value)?.slice(0, 60)}, not ${type}`];
	const list = /^Array<(.+)>$/.exec(type)?.[1];
	if (list !== undefined)
		return Array.isArray(value) ? value.flatMap((one, n) => faults(models, list, one, `${path}.${n}`)) : wrong;
	const member = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
	const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
	if (member !== undefined) {
		if (!isObject) return wrong;
		return Object.entries(value).flatMap(([name, one]) => faults(models, member, one, `${path}.${name}`));
	}
	if (type.endsWith(" | null") && value === null) return [];
	const word = type.replace(" | null", "").split(":")[0]!;
	if (word === "string" || word.endsWith("Enum")) return typeof value === "string" ? [] : wrong;
	if (word === "boolean") return typeof value === "boolean" ? [] : wrong;
	if (word === "number") return Number.isInteger(value) ? [] : wrong;
	if (word === "Date") return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(value)) ? [] : wrong;
	const model = models[word];
	if (model === undefined) return [`${path}: no model ${word}`];
	if (!isObject) return wrong;
	return Object.entries(value).flatMap(([name, one]) => {
		if (model[name] === undefined) return [`${path}.${name} is not in ${word}`];
		return one === null ? [] : faults(models, model[name], one, `${path}.${name}`);
	});
}

describe.skipIf(!existsSync(FILE))(
	"the scripted account keeps HubSpot's models (skipped where they are not beside the project)",
	() => {
		let portal: Portal;
		let modules: { [name: string]: { models: Models } };
		beforeAll(async () => {
			portal = await openPortal({ story: { contacts: 420, companies: 120, deals: 260 }, associationsPage: 1 });
			modules = JSON.parse(readFileSync(FILE, "utf8")).modules;
		});
		afterAll(() => portal.close());

		const PROPERTIES = ["amount", "email", "name", "hs_merged_object_ids", "phone"];
		const ids = () => portal.history.records.deals.slice(0, 90).map(({ id }) => ({ id }));
		const associated = "BatchResponsePublicAssociationMultiWithLabel";
		test.each([
			[
				"deals",
				"CollectionResponseWithTotalSimplePublicObjectForwardPaging",
				"POST /crm/v3/objects/deals/search",
				() => ({ limit: 200, properties: PROPERTIES }),
			],
			[
				"contacts",
				"CollectionResponseWithTotalSimplePublicObjectForwardPaging",
				"POST /crm/v3/objects/contacts/search",
				() => ({ limit: 20, properties: PROPERTIES }),
			],
			[
				"deals",
				"CollectionResponseSimplePublicObjectWithAssociationsForwardPaging",
				"GET /crm/v3/objects/deals?archived=true&limit=3",
				undefined,
			],
			[
				"companies",
				"BatchResponseSimplePublicObject",
				"POST /crm/v3/objects/companies/batch/read",
				() => ({ inputs: [{ id: portal.history.records.companies[0]!.id }], properties: PROPERTIES }),
			],
			["owners", "CollectionResponsePublicOwnerForwardPaging", "GET /crm/v3/owners?limit=2", undefined],
			["pipelines", "CollectionResponsePipelineNoPaging", "GET /crm/v3/pipelines/deals", undefined],
			["properties", "CollectionResponsePropertyNoPaging", "GET /crm/v3/properties/contacts", undefined],
			["associations/v4", associated, "POST /crm/v4/associations/deals/contacts/batch/read", () => ({ inputs: ids() })],
		] as const)("%s %s: %s", async (module, model, request, body) => {
			const [method, path] = request.split(" ") as [string, string];
			const answer = await fetch(portal.url + path, {
				method,
				headers: { authorization: `Bearer ${portal.token}` },
				...(body !== undefined && { body: JSON.stringify(body()) }),
			});
			const { errors: _, numErrors: __, ...told } = (await answer.json()) as { [name: string]: unknown };
			expect((told.results as []).length).toBeGreaterThan(0);
			expect(faults(modules[module]!.models, model, told, "")).toEqual([]);
		});
	},
);
