/** Which event a row is: read from the record, or refused. */
import { maskValue } from "../mask.ts";
import { whyAbsent, whyWrong } from "./blame.ts";
import { conversionIdOf, recordId, SEPARATOR } from "./conversion-id.ts";
import {
	columnOf,
	type Draft,
	flagWrong,
	type Mapped,
	mapped,
	type Part,
	type PartSource,
	type Refusal,
} from "./draft.ts";
import { formatPath, type Scope } from "./path.ts";
import { asText, type Found } from "./value.ts";

/** Fills system, account, record id and the two ids that follow from them. */
export function identityPart(source: PartSource): Part {
	const { mapping, context, names } = source;
	const readSystem = identityOf(columnOf(source, "source_system"), "source_system");
	const readAccount = identityOf(columnOf(source, "source_account"), "source_account");
	const readRecord = keyOf(
		context.primaryKey.map((path) => mapped(formatPath(path), {})),
		"primary key",
	);
	const readDiscriminator =
		mapping.discriminator === undefined ? () => "" : identityOf(mapped(mapping.discriminator, names), "discriminator");
	const { customerId, stream } = context;
	const idOf = customerId === undefined ? undefined : conversionIdOf(customerId, stream, mapping.type);
	const fillParent = customerId === undefined ? undefined : parentOf(source, customerId);

	return (draft, scope) => {
		const system = readSystem(scope);
		if (typeof system !== "string") return system;
		const account = readAccount(scope);
		if (typeof account !== "string") return account;
		const record = readRecord(scope);
		if (typeof record !== "string") return record;
		const discriminator = readDiscriminator(scope);
		if (typeof discriminator !== "string") return discriminator;
		const { row } = draft;
		row.source_system = system;
		row.source_account = account;
		row.source_record_id = record;
		draft.discriminator = discriminator;
		if (idOf === undefined) return undefined;
		row.conversion_id = idOf(system, account, record, discriminator);
		if (fillParent !== undefined) fillParent(draft, scope, system, account);
		return undefined;
	};
}

/** A part of the identity: text, or why there is none. */
type ReadText = (scope: Scope) => string | Refusal;

function identityOf(part: Mapped, what: string): ReadText {
	// system and account are the same in record after record
	let plain: string | undefined;
	return (scope) => {
		const found = part.read(scope);
		if (typeof found !== "string" || (found !== plain && !isPlain(found))) {
			return identityText(part, found, what, scope);
		}
		plain = found;
		return found;
	};
}

function isPlain(text: string): boolean {
	return text.isWellFormed() && !text.includes(SEPARATOR);
}

function identityText(part: Mapped, found: Found, what: string, scope: Scope): string | Refusal {
	if (found === undefined) return { code: "no_identity", ...whyAbsent(part, what, scope) };
	const text = asText(found);
	if (text === undefined) return { code: "no_identity", ...whyWrong(part, "no id", scope) };
	if (isPlain(text)) return text;
	const not = text.isWellFormed() ? "no id: it holds the separator U+001F" : "no id: it holds half a character";
	return { code: "no_identity", ...whyWrong(part, not, scope) };
}

function keyOf(parts: Mapped[], what: string): ReadText {
	const reads = parts.map((part) => identityOf(part, what));
	const [only] = reads;
	if (only === undefined) return () => ({ code: "no_identity", reason: `the stream has no ${what}` });
	if (reads.length === 1) return only;
	return (scope) => {
		const texts: string[] = [];
		for (const read of reads) {
			const text = read(scope);
			if (typeof text !== "string") return text;
			texts.push(text);
		}
		return recordId(texts);
	};
}

type FillParent = (draft: Draft, scope: Scope, system: string, account: string) => void;

/** A reversal whose sale is not named is still money that moved: `parent_conversion_id` is then null. */
function parentOf({ mapping: { parent }, names }: PartSource, customerId: string): FillParent | undefined {
	if (parent === undefined) return undefined;
	const parts = (Array.isArray(parent.key) ? parent.key : [parent.key]).map((value) => mapped(value, names));
	const readKey = keyOf(parts, "parent key");
	const which = parent.discriminator === undefined ? undefined : mapped(parent.discriminator, names);
	const readWhich = which === undefined ? () => "" : identityOf(which, "discriminator of the parent");
	const idOf = conversionIdOf(customerId, parent.stream, parent.type);
	return (draft, scope, system, account) => {
		const key = readKey(scope);
		const discriminator = readWhich(scope);
		if (typeof key === "string" && typeof discriminator === "string") {
			draft.row.parent_conversion_id = idOf(system, account, key, discriminator);
			return;
		}
		const absent = [...parts, ...(which === undefined ? [] : [which])].some(({ read }) => read(scope) === undefined);
		if (!absent) flagWrong(draft, "parent_conversion_id");
	};
}

/** Refuses a second row of the record with the same type and discriminator: one would silently replace the other. */
export function refuseDouble(draft: Draft, type: string, seen: Set<string>): Refusal | undefined {
	const { row, discriminator } = draft;
	const identity = [row.source_system, row.source_account, type, discriminator].join(SEPARATOR);
	if (seen.has(identity)) {
		const told =
			draft.discriminator === ""
				? "no discriminator"
				: `the discriminator ${maskValue(draft.discriminator, { key: true })}`;
		return { code: "duplicate_identity", reason: `a second ${type} of this record has ${told}` };
	}
	seen.add(identity);
	return undefined;
}
