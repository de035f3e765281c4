/** Ids as Square makes them. */
import { hash } from "node:crypto";

/** An id as Square makes them: letters and digits that mean nothing, 22 unless said. */
export function idOf(kind: string, number: number, length = 22): string {
	return hash("sha256", `${kind} ${number}`, "base64").replace(/[+/=]/g, "").slice(0, length);
}
