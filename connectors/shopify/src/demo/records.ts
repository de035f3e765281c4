/** The shop's things as the Admin API (2026-07) gives them; fields that nobody asks this server for are not there. */
import { SHOP } from "./assortment.ts";
import { type Thing, within } from "./connection.ts";
import {
	type Agreement,
	ATTRIBUTION,
	type Entry,
	entriesOf,
	type Line,
	type Order,
	type Payment,
	type Person,
	type Product,
	type Refund,
	type Return,
	standingOf,
	sum,
	totalOf,
	type Variant,
	type Visit,
} from "./events.ts";

const reference = (type: string, id: number): Thing => ({
	...{ __typename: type, id: gid(type, id), legacyResourceId: String(id) },
});

/** What the shop counts in. */
export interface Money {
	currency: string;
	/** Of a currency's minor unit. */
	decimals: (currency: string) => number;
}

export const gid = (type: string, id: number | string) => `gid://shopify/${type}/${id}`;
export const instant = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
const orNull = (ms: number | undefined) => (ms === undefined ? null : instant(ms));

/** 1250 → "12.5", 1200 → "12.0": Shopify leaves out zeros at the end, but never the first decimal. */
export function amountText(minor: number, decimals: number): string {
	const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
	const whole = digits.slice(0, digits.length - decimals);
	const rest = digits.slice(digits.length - decimals).replace(/0+$/, "");
	return `${minor < 0 ? "-" : ""}${whole}.${rest === "" ? "0" : rest}`;
}

export function recordsOf(money: Money) {
	const { currency, decimals } = money;

	const moneyOf = (minor: number, code = currency): Thing => ({
		...{ __typename: "MoneyV2", amount: amountText(minor, decimals(code)), currencyCode: code },
	});

	function bag(minor: number, { shown }: Order): Thing {
		const code = shown.rate === 1 ? currency : shown.currency;
		const seen = Math.round(minor * shown.rate * 10 ** (decimals(code) - decimals(currency)));
		return {
			__typename: "MoneyBag",
			shopMoney: () => moneyOf(minor),
			presentmentMoney: () => moneyOf(shown.rate === 1 ? minor : seen, code),
		};
	}

	function product(one: Product): Thing {
		return {
			...{ __typename: "Product", id: gid("Product", one.id), legacyResourceId: String(one.id), title: one.title },
			...{ handle: one.title.toLowerCase().replace(/[^a-z0-9]+/g, "-"), productType: one.type, vendor: SHOP.name },
			...{ status: one.archived ? "ARCHIVED" : "ACTIVE", tags: [one.type], isGiftCard: one.giftCard },
			...{ createdAt: instant(one.created), updatedAt: instant(one.updated), publishedAt: instant(one.created) },
			...{
				totalInventory: one.variants.length * 12,
				onlineStoreUrl: one.archived ? null : `https://juniper-ceramics.example/${one.id}`,
			},
			variants: () => within(one.variants.map(withText), variant),
		};
	}

	const withText = <T extends { id: number }>(one: T) => ({ ...one, id: String(one.id) });

	function variant(one: Omit<Variant, "id"> & { id: string }): Thing {
		return {
			...{ __typename: "ProductVariant", id: gid("ProductVariant", one.id), legacyResourceId: one.id },
			...{ title: one.title, sku: skuOf(one), price: amountText(one.price, decimals(currency)), compareAtPrice: null },
			...{
				barcode: null,
				inventoryQuantity: 12,
				position: one.product.variants.findIndex(({ id }) => String(id) === one.id) + 1,
			},
			...{ createdAt: instant(one.product.created), updatedAt: instant(one.product.updated) },
		};
	}

	const skuOf = ({ product: { title }, title: kind }: Pick<Variant, "product" | "title">) =>
		`${title.slice(0, 3)}-${kind.replace(/\W/g, "")}`.toUpperCase();

	function customer(one: Person, orders: Order[]): Thing {
		const spent = sum(orders.map((order) => totalOf(order.agreements[0]!.entries)));
		return {
			...{ __typename: "Customer", id: gid("Customer", one.id), legacyResourceId: String(one.id), locale: "en-US" },
			...{
				firstName: one.given,
				lastName: one.family,
				displayName: `${one.given} ${one.family}`,
				note: one.id % 3 === 0 ? "pays by invoice" : null,
				tags: [],
			},
			...{ createdAt: instant(one.created), updatedAt: instant(one.updated), state: "ENABLED", verifiedEmail: true },
			...{ numberOfOrders: String(orders.length), amountSpent: moneyOf(spent), taxExempt: false },
			defaultEmailAddress: one.email && {
				...{ __typename: "CustomerEmailAddress", emailAddress: one.email, marketingState: "SUBSCRIBED" },
			},
			defaultPhoneNumber: one.phone && { __typename: "CustomerPhoneNumber", phoneNumber: one.phone },
			defaultAddress: {
				__typename: "MailingAddress",
				city: "Portland",
				provinceCode: "OR",
				zip: "97201",
				countryCodeV2: "US",
			},
		};
	}

	function order(one: Order, now: number): Thing {
		const { agreements, payments, refunds, returns, cancelled, updated, status } = standingOf(one, now);
		const entries = entriesOf(agreements);
		const closed = one.touched.find((at) => at <= now);
		const settled = entries.filter(({ type }) => type !== "ADJUSTMENT");
		const lines = entries.flatMap(({ line, action }) => (line !== undefined && action === "ORDER" ? [line] : []));
		const paid = (...kinds: Payment["kind"][]) =>
			sum(
				payments
					.filter(({ kind, status: how }) => kinds.includes(kind) && how === "SUCCESS")
					.map(({ amount }) => amount),
			);
		const money = (minor: number) => () => bag(minor, one);
		return {
			...{ __typename: "Order", id: gid("Order", one.id), legacyResourceId: String(one.id), name: `#${one.number}` },
			...{ number: one.number, createdAt: instant(one.created), processedAt: instant(one.processed) },
			...{ updatedAt: instant(updated), closedAt: orNull(closed), cancelledAt: orNull(cancelled) },
			...{ cancelReason: cancelled === undefined ? null : "CUSTOMER", displayFinancialStatus: status, confirmed: true },
			...{ displayFulfillmentStatus: cancelled === undefined ? "FULFILLED" : "UNFULFILLED", test: one.test },
			...{
				returnStatus: returns.length > 0 ? "RETURNED" : "NO_RETURN",
				edited: agreements.some(({ kind }) => kind === "OrderEdit"),
			},
			...{ taxesIncluded: one.taxesIncluded, currencyCode: currency, sourceName: one.channel },
			...{ presentmentCurrencyCode: one.shown.rate === 1 ? currency : one.shown.currency },
			...{
				email: one.person?.email ?? null,
				phone: one.person?.phone ?? null,
				tags: one.touched.some((at) => at <= now) ? ["checked"] : [],
			},
			...{ customer: one.person === undefined ? null : reference("Customer", one.person.id) },
			...{
				discountCodes: lines.some(({ discount }) => discount > 0) ? ["KILN"] : [],
				note: closed === undefined ? null : "packed twice",
				customAttributes: [],
			},
			...{
				poNumber: one.number % 50 === 0 ? `PO-${one.number}` : null,
				sourceIdentifier: one.channel === "pos" ? `till-${one.number}` : null,
				customerLocale: "en-US",
				paymentGatewayNames: ["shopify_payments"],
			},
			retailLocation: one.channel === "pos" ? { ...reference("Location", 71_001), name: "Alder Street" } : null,
			originalTotalPriceSet: money(totalOf(agreements[0]!.entries)),
			totalPriceSet: money(totalOf(agreements[0]!.entries)),
			currentTotalPriceSet: money(totalOf(settled)),
			totalRefundedSet: money(paid("REFUND")),
			totalReceivedSet: money(paid("SALE", "CAPTURE")),
			totalOutstandingSet: money(totalOf(entries) - paid("SALE", "CAPTURE") + paid("REFUND")),
			customerJourneySummary: one.channel === "pos" ? null : journey(one, now),
			lineItems: () =>
				within(
					lines.map((line) => ({ ...line, id: String(line.id) })),
					(line) => lineItem(line, one, entries),
				),
			agreements: () =>
				within(
					agreements.map((agreed) => ({ ...agreed, id: String(agreed.id) })),
					(agreed) => agreement(agreed, one),
				),
			refunds: () => refunds.map((refund) => refundThing(refund, one)),
			returns: () =>
				within(
					returns.map((back) => ({ ...back, id: String(back.id) })),
					returnThing,
				),
			transactions: () => payments.map((payment) => transaction(payment, one)),
		};
	}

	/** Sessions are attributed some time after the order. */
	function journey({ visits, created }: Order, now: number): Thing {
		const ready = now >= created + ATTRIBUTION;
		const visit = (one: Visit | undefined, n: number) =>
			one && visitThing(one, created - (visits.length - n) * 86_400_000);
		return {
			...{ __typename: "CustomerJourneySummary", ready, customerOrderIndex: 0 },
			firstVisit: ready ? (visit(visits[0], 0) ?? null) : null,
			lastVisit: ready ? (visit(visits.at(-1), visits.length - 1) ?? null) : null,
		};
	}

	function visitThing({ landing, referrer, source, utm }: Visit, at: number): Thing {
		return {
			...{ __typename: "CustomerVisit", id: gid("CustomerVisit", at), occurredAt: instant(at), landingPage: landing },
			...{ referrerUrl: referrer ?? null, source, sourceType: utm === undefined ? null : "AD" },
			utmParameters: utm === undefined ? null : { __typename: "UTMParameters", ...utm, content: "a", term: "mug" },
		};
	}

	function lineItem(line: Omit<Line, "id"> & { id: string }, one: Order, entries: Entry[]): Thing {
		const { variant: sold, quantity, net, discount, tax } = line;
		const unit = Math.round((net + discount + (one.taxesIncluded ? tax : 0)) / quantity);
		const changes = entries.filter((entry) => String(entry.line?.id) === line.id && entry.action === "RETURN");
		return {
			...{ __typename: "LineItem", id: gid("LineItem", line.id), name: `${sold.product.title} - ${sold.title}` },
			...{ title: sold.product.title, variantTitle: sold.title, sku: skuOf(sold), vendor: SHOP.name, quantity },
			...{
				currentQuantity: quantity + sum(changes.map((entry) => entry.quantity ?? 0)),
				isGiftCard: sold.product.giftCard,
			},
			originalUnitPriceSet: () => bag(unit, one),
			sellingPlan: one.number % 40 === 0 ? { __typename: "SellingPlan", name: "Every month" } : null,
			product: { ...reference("Product", sold.product.id), productType: sold.product.type },
			variant: reference("ProductVariant", sold.id),
		};
	}

	function agreement(one: Omit<Agreement, "id"> & { id: string }, from: Order): Thing {
		const sales = one.entries.map((entry, n) => ({ ...entry, id: `${one.id}${String(n).padStart(3, "0")}` }));
		return {
			...{ __typename: `${one.kind}Agreement`, id: gid(`${one.kind}Agreement`, one.id), happenedAt: instant(one.at) },
			reason: { Order: "ORDER", OrderEdit: "ORDER_EDIT", Refund: "REFUND", Return: "RETURN" }[one.kind],
			sales: () => within(sales, (entry) => sale(entry, from)),
			refund: () => refundThing(one.refund!, from),
			return: () => returnThing({ ...one.comesBack!, id: String(one.comesBack!.id) }),
		};
	}

	function sale({ id, type, action, line, quantity, net, discount, tax }: Entry & { id: string }, from: Order): Thing {
		return {
			...{
				__typename: SALES[type],
				id: gid(SALES[type], id),
				lineType: type,
				actionType: action,
				quantity: quantity ?? null,
			},
			totalAmount: () => bag(net + tax, from),
			totalTaxAmount: () => bag(tax, from),
			totalDiscountAmountBeforeTaxes: () => bag(discount, from),
			totalDiscountAmountAfterTaxes: () => bag(from.taxesIncluded ? Math.round(discount * 1.2) : discount, from),
			...(line !== undefined && { lineItem: { __typename: "LineItem", id: gid("LineItem", line.id) } }),
		};
	}

	const refundThing = ({ id, at, amount, note }: Refund, from: Order): Thing => ({
		...{ __typename: "Refund", id: gid("Refund", id), legacyResourceId: String(id), note },
		...{ createdAt: instant(at), processedAt: instant(at), updatedAt: instant(at) },
		totalRefundedSet: () => bag(amount, from),
	});

	const returnThing = ({ id, at, pieces }: Omit<Return, "id"> & { id: string }): Thing => ({
		...{
			__typename: "Return",
			id: gid("Return", id),
			name: `R${id.slice(-4)}`,
			status: "CLOSED",
			totalQuantity: pieces,
		},
		...{ createdAt: instant(at), closedAt: instant(at) },
	});

	const transaction = ({ id, kind, status, amount, at }: Payment, from: Order): Thing => ({
		...{ __typename: "OrderTransaction", id: gid("OrderTransaction", id), kind, status, gateway: "shopify_payments" },
		...{ createdAt: instant(at), processedAt: instant(at), test: from.test, paymentId: `c${id}.1`, errorCode: null },
		amountSet: () => bag(amount, from),
	});

	return { product, customer, order };
}

const SALES: Record<Entry["type"], string> = {
	PRODUCT: "ProductSale",
	GIFT_CARD: "GiftCardSale",
	SHIPPING: "ShippingLineSale",
	TIP: "TipSale",
	DUTY: "DutySale",
	FEE: "FeeSale",
	ADJUSTMENT: "AdjustmentSale",
};
