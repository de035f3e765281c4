/** Who belongs to whom: a search does not tell, so pages of records are asked about at once. */
import { array, object, type ReadContext, type RowOf, string } from "@growthnav/sdk";
import { refuseErrors } from "./batch.ts";
import type { Config } from "./config.ts";
import { resultsOf } from "./expected.ts";
import type { CrmObject } from "./properties.ts";

export const association = () => array(object({ id: string(), labels: array(string()) }));
export type Association = RowOf<ReturnType<typeof association>>[number];

interface Result {
	from: { id: string };
	to: { toObjectId: string | number; associationTypes: { label?: string | null }[] }[];
	paging?: { next: { after: string } };
}

/** By the record's id, the primary one first and then by age; none for a record that has none. */
export async function associationsOf(
	{ http }: ReadContext<Config>,
	from: CrmObject,
	to: CrmObject,
	ids: readonly string[],
): Promise<Map<string, Association[]>> {
	const found = new Map<string, Association[]>(ids.map((id) => [id, []]));
	const path = `/crm/v4/associations/${from}/${to}/batch/read`;
	let inputs: { id: string; after?: string }[] = ids.map((id) => ({ id }));
	while (inputs.length > 0) {
		const answer = await http.post(path, { body: { inputs } });
		const results = resultsOf<Result>(answer);
		refuseErrors(answer, "NO_ASSOCIATIONS_FOUND");
		for (const { from: source, to: targets } of results) {
			for (const { toObjectId, associationTypes } of targets) {
				const labels = associationTypes.flatMap(({ label }) => label ?? []);
				found.get(source.id)!.push({ id: String(toObjectId), labels });
			}
		}
		inputs = results.flatMap(({ from: { id }, paging }) => (paging ? { id, after: paging.next.after } : []));
	}
	for (const list of found.values()) list.sort((a, b) => rank(a) - rank(b) || Number(a.id) - Number(b.id));
	return found;
}

const rank = ({ labels }: Association) => (labels.includes("Primary") ? 0 : 1);
