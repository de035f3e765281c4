/**
 * Currencies and the decimals of their minor units: ISO 4217 (List One, maintained by SIX; amendments up to 179), with
 * those that List Three has withdrawn since 2010, for records of those years. Browsers and CLDR differ: they say how
 * many decimals people write (none for HUF), not how many the minor unit has.
 */
const BY_EXPONENT: Record<number, string> = {
	0: "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
		CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
		HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL LTL LVL MAD MDL MGA MKD MMK MNT MOP
		MRO MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
		SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED
		VEF VES WST XCD XCG YER ZAR ZMK ZMW ZWG ZWL`,
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
};

const EXPONENTS = new Map(
	Object.entries(BY_EXPONENT).flatMap(([exponent, codes]) =>
		codes.split(/\s+/).map((code) => [code, Number(exponent)] as const),
	),
);

/** Decimals of the minor unit: USD 2, JPY 0, KWD 3. Undefined for codes that ISO 4217 does not know, or gives none. */
export function currencyExponent(code: string): number | undefined {
	return EXPONENTS.get(code);
}

/** Three letters, in capitals: some systems (Stripe) write `usd`, and the case of a code means nothing. */
export function currencyCode(text: string): string | undefined {
	if (EXPONENTS.has(text)) return text;
	const code = text.trim();
	return /^[A-Za-z]{3}$/.test(code) ? code.toUpperCase() : undefined;
}
