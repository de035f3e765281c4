/**
 * Click ids by the names under which they stand in URLs, lower case. A name that is another spelling of an id leads to
 * its canonical name; names that mean different things (`mc_cid` a campaign, `mc_eid` a person) each stay themselves,
 * so that none hides another. Checked against the lists of PostHog, Mixpanel and Amplitude.
 */
import { CLICK_ID_COLUMNS, UTM_COLUMNS } from "@growthnav/spec";

/** Kept in `click_ids` under their own names. */
const OTHERS = [
	// Google: qualifiers and evidence of a click; srsltid is a free listing
	...["gclsrc", "gad_source", "gad_campaignid", "srsltid"],
	// Meta and Instagram: WhatsApp ads; a share is no ad click
	...["ctwa_clid", "igshid"],
	// Quora, Yandex (ysclid is organic), Outbrain, Taboola, Nextdoor, Yahoo
	...["qclid", "yclid", "ysclid", "obclid", "tblci", "ndclid", "vmcid"],
	// Amazon Attribution
	...["aref", "maas"],
	// affiliates: Impact, CJ, Awin, ShareASale, Rakuten, Zanox
	...["irclickid", "cjevent", "awc", "sscid", "ranSiteID", "ranMID", "ranEAID", "zanpid"],
	// Kochava, Wicked Reports, Adobe
	...["ko_click_id", "wickedid", "ef_id", "s_kwcid"],
	// e-mail: Klaviyo, Mailchimp, HubSpot, Marketo, Vero; some identify a person
	...["_kx", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "hsCtaTracking", "mkt_tok", "vero_id"],
];

const OTHER_SPELLINGS = { igsh: "igshid", dicbo: "obclid", outbrainclickid: "obclid", irclid: "irclickid" };

export type TrackingName = { name: string; kind: "click_id" | "utm" };

/** What a URL parameter is, by its name in lower case. */
export const TRACKING_NAMES: ReadonlyMap<string, TrackingName> = new Map<string, TrackingName>([
	...[...CLICK_ID_COLUMNS, ...OTHERS].map((name) => [name.toLowerCase(), { name, kind: "click_id" }] as const),
	...Object.entries(OTHER_SPELLINGS).map(([spelling, name]) => [spelling, { name, kind: "click_id" }] as const),
	...UTM_COLUMNS.map((name) => [name, { name, kind: "utm" }] as const),
]);
