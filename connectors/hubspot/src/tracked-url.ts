/** How somebody came, as one address: that of their first page, with the click ids that HubSpot keeps in properties. */

/** An id that the address has itself comes first in it. Undefined where nothing is known. */
export function trackedUrl(contact: { [property: string]: unknown }): string | undefined {
	const { hs_analytics_first_url: url, hs_google_click_id: gclid, hs_facebook_click_id: fbclid } = contact;
	const ids = Object.entries({ gclid, fbclid }).filter(([, id]) => typeof id === "string");
	const added = ids.map(([name, id]) => `${name}=${encodeURIComponent(String(id))}`).join("&");
	const address = typeof url === "string" ? url : "";
	if (added === "") return address || undefined;
	return `${address}${address.includes("?") ? "&" : "?"}${added}`;
}
