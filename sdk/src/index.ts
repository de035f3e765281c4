/** What an author of a connector imports. */
export { ConnectorError } from "./errors.ts";
export {
	array,
	boolean,
	date,
	datetime,
	decimal,
	integer,
	json,
	object,
	oneOf,
	optional,
	secret,
	string,
	time,
	timestamp,
} from "./schema/vocabulary.ts";
