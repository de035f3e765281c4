/** Listens to a try: each exchange as one line, without what is secret or somebody's. */
import { decoded } from "../../http/address.ts";
import type { BudgetLevel } from "../../http/budget.ts";
import { isCard, isEmail, isPhone } from "../../http/cassette/forms.ts";
import { type Meaning, meaningOf } from "../../http/cassette/keys.ts";
import type { Heard, Tap } from "../../http/tap.ts";
import { maskValue } from "../../mask.ts";
import type { Told } from "./told.ts";

/** `doing`: what is being done when a request is answered. */
export function devTap(doing: () => string, tell: (told: Told) => void): Tap {
	const heard = (one: Heard, bytes: number | null) => {
		const { method, status, tried, ms } = one;
		tell({ request: { for: doing(), method, url: shownUrl(one), status, tried, ms: Math.round(ms), bytes } });
	};
	return {
		whole: (one, body) => heard(one, body.length),
		streamed(one, body) {
			heard(one, null);
			return body;
		},
		budget: (budget: BudgetLevel) => tell({ budget }),
	};
}

const PERSONAL: Meaning[] = ["email", "phone", "name", "place", "person"];

/** Path and query as people read them; the origin too where it is another one. */
function shownUrl({ url, base }: Pick<Heard, "url" | "base">): string {
	const query = [...url.searchParams].map(([name, value]) => `${name}=${shownValue(name, value)}`).join("&");
	const path = url.pathname.split("/").map(shownPart).join("/");
	return `${url.origin === base ? "" : url.origin}${path}${query === "" ? "" : `?${query}`}`;
}

/** An id stays; it may have as many digits as a phone. */
function shownPart(part: string): string {
	const plain = decoded(part);
	return isEmail(plain) || isPhone(plain) || isCard(plain) ? bare(plain) : part;
}

const bare = (value: string) => maskValue(value).replaceAll('"', "");

function shownValue(name: string, value: string): string {
	const meaning = meaningOf(name);
	if (meaning === "secret") return "***";
	return PERSONAL.includes(meaning) || /\S@\S+\.\S/.test(value) ? bare(value) : value;
}
