import { expect, test } from "vitest";
import { openRunFolder } from "../../src/pipeline/run/folder.ts";
import { withRenewals } from "../../src/pipeline/run/renewed.ts";
import { testFolder } from "./bench.ts";

const of = (refresh_token: string) => ({ base_url: "https://a.example", login: { refresh_token } });

test("two files with settings for the same connector keep their renewed tokens apart; a changed setting is believed", async () => {
	const folder = openRunFolder(testFolder(), "square");
	const open = (token: string) => withRenewals(of(token), "source.json", folder);
	await (await open("token-a-1")).keep(of("token-a-2"));
	await (await open("token-b-1")).keep(of("token-b-2"));
	await (await open("token-a-1")).keep(of("token-a-3"));
	expect((await open("token-a-1")).config).toEqual(of("token-a-3"));
	expect((await open("token-b-1")).config).toEqual(of("token-b-2"));
	expect((await open("token-c-1")).config).toEqual(of("token-c-1"));
	for (let n = 0; n < 30; n++) await (await open(`other-${n}`)).keep(of(`newer-${n}`));
	expect((await folder.read("source.json")) as unknown[]).toHaveLength(21);
});
