/** What an author of a connector imports. */
export { ConnectorError } from "./errors.ts";
