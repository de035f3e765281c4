/** What the name of a field says of its value. What it does not say is decided by the value's form. */

export type Meaning =
	| "secret"
	| "email"
	| "phone"
	| "name"
	| "place"
	| "person"
	/** Leads to the next page; opaque. */
	| "cursor"
	| "id"
	/** One of a few words: a status, a type, a currency. */
	| "word"
	| "zone"
	| "free";

const list = (text: string) => text.trim().split(/\s+/);

const WORDS: [Meaning, Set<string>][] = [
	[
		"cursor",
		new Set(list("cursor next after before continuation page previous prev offset endcursor startcursor link links")),
	],
	[
		"secret",
		new Set(
			list(`token tokens secret secrets password passwd passphrase pwd pass passcode pin apikey authorization auth
				signature sig hmac session sessionid cookie cookies credential credentials jwt bearer nonce otp cvv cvc csrf
				accesstoken refreshtoken idtoken clientsecret privatekey secretkey accesskey license assertion`),
		),
	],
	["email", new Set(list("email emails mail mails recipient replyto sender"))],
	["phone", new Set(list("phone phones mobile fax tel telephone cell cellphone whatsapp msisdn sms"))],
	[
		"name",
		new Set(
			list(`name names firstname lastname fullname surname forename middlename maidenname givenname familyname
				nickname username login handle initials author owner cardholder company organization`),
		),
	],
	[
		"place",
		new Set(
			list(`address addresses addr street city town locality zip zipcode postal postcode county district suburb
				province latitude lat longitude lng lon geo coordinates location1 line1 line2 apartment`),
		),
	],
	[
		"person",
		new Set(
			list(`birth birthday birthdate dob age ssn sin passport iban bic pan last4 gender sex religion ip ips
				useragent agent fingerprint device gclid gbraid wbraid fbclid fbc fbp msclkid ttclid clientid userid vat
				taxid nationalid driver`),
		),
	],
	["zone", new Set(list("timezone zone tz"))],
	["id", new Set(list("id ids uuid guid gid sku upc ean typename"))],
	[
		"word",
		new Set(
			list(`status state type kind currency method mode level scope scopes channel environment locale language lang
				unit object action event format version gateway processor class country category
				subcategory code error reason`),
		),
	],
];

const PAIRS: [Meaning, RegExp][] = [
	["secret", /(api|access|private|secret|client|consumer|license|encryption|signing|shared)_key$|^key$/],
	["person", /account_number|routing_number|card_number|tax_id|national_id|user_agent|last_4|ip_address|click_id/],
	["place", /(address|street)_?(line)?_?\d$|postal_code|zip_code/],
];

/** Of a field by its name, `below` the meaning of the object that it stands in. */
export function meaningOf(key: string, below: Meaning = "free"): Meaning {
	const words = wordsOf(key);
	const joined = words.join("_");
	const found = PAIRS.find(([, pattern]) => pattern.test(joined))?.[0] ?? meaningOfWords(words);
	// what stands in an address is of it, unless it is a number of the vendor's or one of its words
	if (below === "secret" || ((below === "place" || below === "person") && found === "free")) return below;
	return found;
}

/** Whether it is the name of a person for sure, and not of a shop or a thing. */
export function namesPerson(key: string): boolean {
	return /(^|_)(first|last|sur|fore|full|middle|maiden|given|family|nick)_?name$/.test(wordsOf(key).join("_"));
}

/** "billingAddress.firstName" has the words billing, address, first and name; the last one counts most. */
function wordsOf(key: string): string[] {
	return key
		.replace(/([a-z0-9])([A-Z])/g, "$1_$2")
		.toLowerCase()
		.split(/[^a-z0-9]+/)
		.filter(Boolean);
}

function meaningOfWords(words: string[]): Meaning {
	const last = words.at(-1) ?? "";
	const ofWord = (word: string) =>
		WORDS.find(([, set]) => [word, word.replace(/s$/, ""), word.replace(/es$/, "")].some((form) => set.has(form)))?.[0];
	const own = ofWord(last) ?? ofWord(words.slice(-2).join(""));
	const cursor = words.find((word) => ofWord(word) === "cursor");
	if (own === "secret" && cursor !== undefined) return "cursor";
	if (own !== undefined) return own;
	// "password_hash", "token_value", "email_hash", "address2": what stands before says it
	return (
		(["secret", "email", "phone", "place", "person", "zone"] as const).find((meaning) =>
			words.some((word) => ofWord(word.replace(/\d+$/, "")) === meaning),
		) ?? "free"
	);
}
