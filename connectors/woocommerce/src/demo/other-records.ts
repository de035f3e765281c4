/** Products, customers and coupons as the API shows them. */
import type { JsonObject } from "@growthnav/sdk";
import { decimalText as money } from "@growthnav/sdk/testing";
import type { Coupon, Customer, Product } from "./events.ts";
import { links, type Site, times } from "./records.ts";

export function productRecord(product: Product, status: string, modified: number, site: Site): JsonObject {
	const { id, name, sku, category, price, variation } = product;
	const slug = sku.toLowerCase();
	return {
		...{ id, name, slug, permalink: `${site.home}/product/${slug}/` },
		...times("date_created", product.created, site),
		...times("date_modified", modified, site),
		...{ type: variation ? "variable" : "simple", status, featured: id % 3 === 0, catalog_visibility: "visible" },
		...{ description: `<p>${name}</p>\n`, short_description: "", sku, price: money(price) },
		...{
			regular_price: variation ? "" : money(price),
			sale_price: id % 5 === 0 ? money(price - 100) : "",
			on_sale: id % 5 === 0,
		},
		...{ date_on_sale_from: null, date_on_sale_from_gmt: null, purchasable: true, total_sales: id * 3, virtual: false },
		...{ downloadable: false, tax_status: "taxable", tax_class: product.taxRate === 7 ? "reduced-rate" : "" },
		...{
			manage_stock: id % 2 === 0,
			stock_quantity: id % 2 === 0 ? id % 40 : null,
			stock_status: "instock",
			weight: "0.4",
		},
		dimensions: { length: "", width: "", height: "" },
		...{
			parent_id: 0,
			average_rating: "4.50",
			rating_count: id % 12,
			related_ids: [id + 7],
			attributes: [],
			default_attributes: [],
		},
		categories: [{ id: 30 + (category.length % 9), name: category, slug: category.toLowerCase() }],
		...{
			tags: id % 4 === 0 ? [{ id: 50, name: "New", slug: "new" }] : [],
			images: [{ id: id + 2, src: `${site.home}/${slug}.jpg`, name: "", alt: "" }],
		},
		...{
			variations: variation ? [variation.id] : [],
			grouped_products: [],
			menu_order: 0,
			meta_data: [{ id, key: "_origin", value: "Tokoname" }],
		},
		_links: links(site, "products", id),
	};
}

export function customerRecord(customer: Customer, site: Site): JsonObject {
	const { id, given, family, email, phone, role } = customer;
	const address = { first_name: given, last_name: family, company: "", address_1: "", address_2: "", city: "Berlin" };
	const place = { postcode: "10969", country: "DE", state: "DE-BE" };
	return {
		id,
		...times("date_created", customer.created, site),
		...times("date_modified", id % 5 === 0 ? undefined : customer.modified, site),
		...{ email, first_name: given, last_name: family, role, username: email.split("@")[0]! },
		billing: { ...address, ...place, email, phone: phone ?? "" },
		shipping: { ...address, ...place, phone: "" },
		...{ is_paying_customer: id % 4 !== 0, avatar_url: "https://secure.gravatar.example/avatar/0", meta_data: [] },
		_links: links(site, "customers", id),
	};
}

export function couponRecord(coupon: Coupon, site: Site): JsonObject {
	const { id, code, percent, uses } = coupon;
	return {
		...{ id, code, amount: `${percent}.00`, status: "publish" },
		...times("date_created", coupon.created, site),
		...times("date_modified", coupon.modified, site),
		...{
			discount_type: "percent",
			description: id === 91 ? "Spring" : "",
			usage_count: uses,
			individual_use: id === 92,
		},
		...times("date_expires", id === 91 ? coupon.modified + 86_400_000 * 60 : undefined, site),
		...{ product_ids: [], excluded_product_ids: [], usage_limit: id === 90 ? 5000 : null, usage_limit_per_user: null },
		...{
			free_shipping: false,
			product_categories: [],
			exclude_sale_items: false,
			minimum_amount: "20.00",
			maximum_amount: "0.00",
		},
		...{ email_restrictions: [], used_by: ["12"], meta_data: [] },
		_links: links(site, "coupons", id),
	};
}
