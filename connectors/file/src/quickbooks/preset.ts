/** The `quickbooks` preset: exported reports as the streams `sales` and `journal`, told apart by their headers. */
import { ConnectorError, type SourceContext } from "@growthnav/sdk";
import { openBytes } from "../bytes.ts";
import { decideDates } from "../columns.ts";
import type { Config } from "../config.ts";
import { addText, type Evidence, newEvidence } from "../evidence.ts";
import { type FoundFile, findFiles } from "../files.ts";
import { accountMissing, type StreamSettings } from "../settings.ts";
import type { FileStream } from "../stream.ts";
import { noFiles } from "../survey.ts";
import type { ReportKind } from "./header.ts";
import { journalSchema } from "./journal.ts";
import { readReports } from "./read-reports.ts";
import { readReport } from "./report.ts";
import { salesConversions, salesSchema } from "./sales.ts";

export interface ReportFiles {
	sales: FoundFile[];
	journal: FoundFile[];
	dates: Evidence;
}

/** The streams of the preset, and their files. Looks into all reports: only they tell how dates are written. */
export async function quickbooksStreams(
	settings: StreamSettings,
	{ config, log }: SourceContext<Config>,
): Promise<{ streams: { sales: FileStream; journal: FileStream }; files: ReportFiles }> {
	checkSettings(config);
	const found = await findFiles({
		path: settings.path,
		root: settings.root,
		allowEmpty: settings.allowEmpty,
		where: "path",
	});
	for (const skipped of found.skipped) log.warn(`passed over ${skipped}`);
	if (found.files.length === 0 && !settings.allowEmpty) throw noFiles(settings, found);
	const files: ReportFiles = { sales: [], journal: [], dates: newEvidence() };
	for (const file of found.files) await lookInto(file, files, settings, config.report_rows);
	if (files.sales.length > 0) checkAccount(settings);
	const readDate = decideDates("date", files.dates.dates, settings);
	const readOf =
		(kind: ReportKind): FileStream["read"] =>
		({ state, signal, log }) =>
			readReports({ kind, files: files[kind], settings, config, readDate, saved: state, signal, log });
	const counted = settings.account !== undefined && settings.currency !== undefined;
	return {
		files,
		streams: {
			sales: {
				schema: salesSchema,
				primaryKey: "id",
				ownState: true,
				read: readOf("sales"),
				...(counted && salesCounted(settings, config)),
			},
			journal: {
				schema: journalSchema,
				primaryKey: ["entry", "entry_line"],
				ownState: true,
				read: readOf("journal"),
				note: "entries of the ledger repeat the sales",
			},
		},
	};
}

function salesCounted(settings: StreamSettings, { basis }: Config): Partial<FileStream> {
	return {
		conversions: salesConversions(basis, settings.timeZone),
		origin: {
			source: { const: "accounting" },
			source_system: { const: "quickbooks" },
			source_account: { const: settings.account! },
		},
	};
}

async function lookInto(file: FoundFile, files: ReportFiles, settings: StreamSettings, limit: number): Promise<void> {
	const open = await openBytes(file);
	try {
		const report = await readReport(open, settings, limit);
		files[report.kind].push(file);
		for (const row of report.rows) {
			if (row.is !== "line" || row.cells.date === undefined) continue;
			addText(files.dates, row.cells.date, undefined, () => `${file.shown}:${row.line}`);
		}
	} finally {
		await open.handle.close();
	}
}

/** What the preset decides itself. */
const DECIDED = [
	"stream",
	"key",
	"columns",
	"names",
	"header",
	"skip_rows",
	"conversions",
	"source",
	"format",
] as const;

function checkSettings(config: Config): void {
	const given = DECIDED.find((name) => config[name] != null);
	if (given === undefined) return;
	throw new ConnectorError("config.wrong_value", `${given} cannot stand beside preset: quickbooks`, {
		where: given,
		why: "the preset knows the layout of the reports, and what counts",
		next: `remove ${given}`,
	});
}

/** Exports name no currency and no company that could be relied on. */
function checkAccount({ account, currency, at }: StreamSettings): void {
	if (account === undefined) throw accountMissing(at);
	if (currency !== undefined) return;
	throw new ConnectorError("config.missing", "currency is missing in the settings of file", {
		where: "currency",
		why: "exports of QuickBooks do not say their currency, and it is never assumed",
		next: "add currency, for example USD",
	});
}
