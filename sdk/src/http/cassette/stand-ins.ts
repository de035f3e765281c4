/** What stands in place of a value that is nobody's business: the same for the same value, so that joins still work. */
import type { Meaning } from "./keys.ts";

export type Kind = Exclude<Meaning, "word" | "zone" | "free"> | "card" | "ip" | "text" | "site";

export interface StandIns {
	/** The stand-in of a value; a new one where it was never seen. */
	of(kind: Kind, original: string): string;
	/** The one that a value already has, whatever it is. */
	known(original: string): string | undefined;
	/** Its words are somebody's name: they are looked for in what stays, too. */
	named(name: string): void;
	isPersonal(word: string): boolean;
}

const MAKE: Record<Kind, (nth: number, original: string) => string> = {
	secret: (nth) => `secret-${nth}`,
	email: (nth) => `person${nth}@example.com`,
	phone: (nth, original) => `${original.startsWith("+") ? "+" : ""}1555${String(nth).padStart(7, "0")}`,
	name: (nth) => `Name ${nth}`,
	place: (nth) => `Place ${nth}`,
	person: (nth) => `person-${nth}`,
	cursor: (nth) => `cursor-${nth}`,
	id: (nth) => `id-${nth}`,
	card: (nth, original) => noCard(nth, original.replace(/\D/g, "").length),
	ip: (nth) => `192.0.2.${nth % 255}`,
	text: (nth) => `text ${nth}`,
	site: (nth) => `https://site${nth}.example/`,
};

/** Whether a text is one of ours: in a request, one that may be anything when it is replayed. */
export function isStandIn(text: string): boolean {
	return /^9{5,11}0\d{7}$|^192\.0\.2\.\d+$|^((secret|person|cursor|id)-\d+|(Name|Place|text) \d+|person\d+@example\.com|\+?1555\d{7}|\*\*\*|https:\/\/site\d+\.example\/)$/.test(
		text,
	);
}

export function openStandIns(): StandIns {
	const made = new Map<string, string>();
	const byOriginal = new Map<string, string>();
	const counts = new Map<Kind, number>();
	const personal = new Set<string>();
	return {
		of(kind, original) {
			const key = `${kind} ${sameness(kind, original)}`;
			let standIn = made.get(key);
			if (standIn === undefined) {
				const nth = (counts.get(kind) ?? 0) + 1;
				counts.set(kind, nth);
				standIn = MAKE[kind](nth, original);
				made.set(key, standIn);
			}
			if (!byOriginal.has(original)) byOriginal.set(original, standIn);
			return standIn;
		},
		known: (original) => byOriginal.get(original),
		named: (name) => {
			for (const word of wordsOf(name)) personal.add(word);
		},
		isPersonal: (word) => personal.has(word.toLowerCase()),
	};
}

/** "Ann@X.example" and "ann@x.example " are one address; "+1 (555) 0100" and "15550100" one phone. */
function sameness(kind: Kind, original: string): string {
	if (kind === "phone" || kind === "card") return original.replace(/\D/g, "");
	return kind === "email" || kind === "name" ? original.trim().toLowerCase() : original;
}

/** Of four letters or more: shorter ones stand in too many other words. */
function wordsOf(text: string): string[] {
	return text.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
}

/** As many digits, with a beginning that no card has. */
function noCard(nth: number, length: number): string {
	return String(nth).padStart(8, "0").padStart(length, "9");
}
