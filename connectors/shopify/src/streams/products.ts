/** Products with their variants: what is sold. */
import {
	array,
	boolean,
	decimal,
	integer,
	object,
	optional,
	type ReadContext,
	type RowOf,
	type StreamDefinition,
	string,
	timestamp,
} from "@growthnav/sdk";
import { changed } from "../changed.ts";
import type { Config } from "../config.ts";
import type { Listing } from "../listing.ts";

export const product = object({
	id: string(),
	legacyResourceId: string(),
	title: string(),
	handle: string(),
	productType: optional(string()),
	vendor: optional(string()),
	status: string().describe("ACTIVE, ARCHIVED, DRAFT or UNLISTED"),
	isGiftCard: boolean(),
	tags: array(string()),
	createdAt: timestamp(),
	updatedAt: timestamp(),
	publishedAt: optional(timestamp()),
	totalInventory: optional(integer()),
	onlineStoreUrl: optional(string()),
	variants: array(
		object({
			id: string(),
			legacyResourceId: string(),
			title: string(),
			sku: optional(string()),
			barcode: optional(string()),
			price: decimal(),
			compareAtPrice: optional(decimal()),
			inventoryQuantity: optional(integer()),
			position: optional(integer()),
			updatedAt: timestamp(),
		}),
	),
});
export type ProductRow = RowOf<typeof product>;

const VARIANT = "id legacyResourceId title sku barcode price compareAtPrice inventoryQuantity position updatedAt";

const LISTING: Listing = {
	root: "products",
	size: 20,
	node: (list) => `id legacyResourceId title handle productType vendor status isGiftCard tags createdAt updatedAt
		publishedAt totalInventory onlineStoreUrl ${list("variants", 20, VARIANT)}`,
	children: { variants: { type: /^ProductVariant$/ } },
	inner: () => ({
		variants: {
			query: `query ($id: ID!, $after: String) { product(id: $id) {
				variants(first: 100, after: $after) { edges { node { ${VARIANT} } } pageInfo { hasNextPage endCursor } }
			} }`,
			connection: (data) => data.product?.variants,
		},
	}),
};

export const products: StreamDefinition<typeof product, Config> = {
	schema: product,
	primaryKey: "legacyResourceId",
	cursor: "updatedAt",
	start: ({ start_date }) => start_date ?? "2006-01-01",
	window: "3650d",
	lookback: "10m",
	read: (context: ReadContext<Config>) => changed<ProductRow>(LISTING, context),
	note: "orders name what was sold",
};
