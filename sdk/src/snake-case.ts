/** Words of camelCase apart, in small letters, other characters as one `_`: `Customer ID` and `customerId` are `customer_id`. */
export function snakeCase(text: string): string {
	return text
		.normalize("NFC")
		.replace(/([a-z0-9])([A-Z])/g, "$1_$2")
		.replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, "_");
}
