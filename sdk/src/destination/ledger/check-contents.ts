/** Whether a store is one that this run may write and read. */
import { ConnectorError } from "../../errors.ts";
import type { StoreContents } from "../store.ts";
import { LAYOUT_VERSION } from "../tables/layout.ts";

/** Throws `config.other_customer` and `config.newer_layout`: a store that must not be written by this run. */
export function checkContents(store: string, contents: StoreContents, customerId: string): void {
	const other = contents.customers.find((customer) => customer !== customerId);
	if (other !== undefined) {
		throw new ConnectorError("config.other_customer", `${store} holds the data of another customer`, {
			where: "customer_id in the settings of the destination",
			why: `its ledger is of ${other}, the settings say ${customerId}; a store holds one customer only`,
			next: "choose another store, or correct customer_id",
		});
	}
	if (contents.layout <= LAYOUT_VERSION) return;
	throw new ConnectorError("config.newer_layout", `${store} was written by a newer version`, {
		where: "its ledger, _gn_commits",
		why: `its tables have layout ${contents.layout}, this version knows ${LAYOUT_VERSION}`,
		next: "update the destination",
	});
}
