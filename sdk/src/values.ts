/**
 * For connectors that read what people wrote (files, reports, exports) or that join and compare: exact numbers, times
 * with and without zone, what may be shown of a value, suggestions. Most connectors need none of it.
 */
export { instantText, type Moment, parseMoment, secondsOf } from "./conversion/moment.ts";
export { instantOf, type Zone, zoneOf } from "./conversion/zone.ts";
export { maskValue } from "./mask.ts";
export { didYouMean, listOf } from "./nearest.ts";
export { addDecimals, compareDecimals, negateDecimal } from "./protocol/numbers.ts";
export { exactNumber, parseJson } from "./protocol/parse.ts";
