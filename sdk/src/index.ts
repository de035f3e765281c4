/**
 * What an author of a connector imports: `defineSource`, the error, the words of the vocabulary, and their types. The
 * rest is for connectors that read what people wrote (files, reports, exports) or that join and compare: exact numbers,
 * times with and without zone, what may be shown of a value, suggestions.
 */
export type {
	ControlTotal,
	ConversionMapping,
	ConversionOrigin,
	Json,
	JsonObject,
	Reject,
	Value,
} from "@growthnav/spec";
export { currencyExponent } from "./conversion/currency.ts";
export { instantText, type Moment, parseMoment, secondsOf } from "./conversion/moment.ts";
export { instantOf, type Zone, zoneOf } from "./conversion/zone.ts";
export { ConnectorError, isConnectorError } from "./errors.ts";
export { type Client, clientCredentials, type RefreshClient, refreshToken } from "./http/auth/grant.ts";
export { type Assertion, googleKey, jwt, jwtAssertion, type SigningKey } from "./http/auth/jwt.ts";
export { apiKey, basic, bearer, type KeyPlace } from "./http/auth/keys.ts";
export { type Login, login } from "./http/auth/login.ts";
export { type OAuth1, oauth1 } from "./http/auth/oauth1.ts";
export { hmac, signed } from "./http/auth/signed.ts";
export { keptToken, type TokenOptions } from "./http/auth/token.ts";
export { type CsvFormat, type CsvRow, csv } from "./http/bodies/csv.ts";
export { jsonArray } from "./http/bodies/json-array.ts";
export { jsonLines } from "./http/bodies/json-lines.ts";
export { type XmlFormat, type XmlValue, xml } from "./http/bodies/xml.ts";
export type {
	AnswerHead,
	AnyRequest,
	Auth,
	AuthSession,
	BudgetNews,
	ChangesOptions,
	Connection,
	ConnectionOptions,
	Download,
	Format,
	GraphqlError,
	GraphqlOptions,
	HttpAnswer,
	HttpClient,
	HttpLimits,
	HttpOptions,
	HttpPage,
	HttpRequest,
	Inner,
	InnerConnection,
	KeysetOptions,
	NextPage,
	PagesOptions,
	Patch,
	PollOptions,
	Proof,
	Rate,
	Refusal,
	TokenRequest,
	Unsigned,
	VendorError,
	WholeConnection,
} from "./http/client.ts";
export { unexpected as unexpectedAnswer } from "./http/paging/answer.ts";
export { nextLink, nextOffset, nextPage, type Offsets, type PageNumbers } from "./http/paging/next.ts";
export { type SearchWindow, splitWindows, type WindowOptions } from "./http/paging/windows.ts";
export { maskValue } from "./mask.ts";
export { didYouMean, listOf } from "./nearest.ts";
export { addDecimals, compareDecimals, decimalOf, negateDecimal } from "./protocol/numbers.ts";
export { exactNumber, parseJson } from "./protocol/parse.ts";
export { shareDecimal } from "./protocol/share.ts";
export { asDeclared } from "./schema/as-declared.ts";
export type { PathOf } from "./schema/paths.ts";
export {
	array,
	boolean,
	date,
	datetime,
	decimal,
	integer,
	json,
	notSecret,
	object,
	oneOf,
	optional,
	type ParsedOf,
	type RowOf,
	secret,
	string,
	time,
	timestamp,
} from "./schema/vocabulary.ts";
export { defineSource } from "./source/define.ts";
export type {
	Duration,
	Page,
	ReadContext,
	RecordSchema,
	Slice,
	SlicesContext,
	Source,
	SourceContext,
	SourceLog,
	StreamDefinition,
} from "./source/definition.ts";
export type { Demo, DemoOptions, ExpectedTotal, StartDemo } from "./source/demo.ts";
