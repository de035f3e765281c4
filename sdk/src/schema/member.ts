/** Fields of records are own properties: `constructor` and `__proto__` are names like any other, and mostly absent. */

/** Reads a field of an object; undefined where the object itself does not have it. */
export function memberReader(name: string): (object: object) => unknown {
	// all other names are on no prototype, and cost half as much
	if (!(name in Object.prototype)) return (object) => (object as Record<string, unknown>)[name];
	return (object) => (Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined);
}

/** Sets a field of an object; an assignment to `__proto__` would set its prototype. */
export function setMember(object: Record<string, unknown>, name: string, value: unknown): void {
	if (name !== "__proto__") object[name] = value;
	else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}
