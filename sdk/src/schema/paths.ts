/**
 * The dotted paths of a record type, for mappings that the compiler checks. Elements of an array are reached by number
 * (`items.0.sku`), or within `each` by the name `item` (`item.sku`). A dot in a key is written `Invoice No\.`. Unknown
 * shapes (`json()`) allow any path below.
 */
export type PathOf<T> = RecordPath<T> | ElementPath<T>;

type Leaf = string | number | boolean | bigint | null | undefined;

/** Nesting stops at six levels, so that a deep schema does not slow the compiler down. */
type RecordPath<T, Depth extends 0[] = []> = Depth["length"] extends 6
	? never
	: unknown extends T
		? string
		: NonNullable<T> extends Leaf
			? never
			: NonNullable<T> extends readonly (infer Item)[]
				? `${number}` | `${number}.${RecordPath<Item, [...Depth, 0]>}`
				: MemberPath<NonNullable<T>, Depth>;

type MemberPath<T, Depth extends 0[]> = {
	[K in keyof T & string]-?: Escaped<K> | `${Escaped<K>}.${RecordPath<T[K], [...Depth, 0]>}`;
}[keyof T & string];

/** Paths below `item`, for the elements of any array of the record. */
type ElementPath<T, Depth extends 0[] = []> = Depth["length"] extends 5
	? never
	: unknown extends T
		? never
		: NonNullable<T> extends Leaf
			? never
			: NonNullable<T> extends readonly (infer Item)[]
				? "item" | `item.${RecordPath<Item>}` | ElementPath<Item, [...Depth, 0]>
				: { [K in keyof NonNullable<T>]-?: ElementPath<NonNullable<T>[K], [...Depth, 0]> }[keyof NonNullable<T>];

type Escaped<K extends string> = K extends `${infer Before}.${infer After}` ? `${Before}\\.${Escaped<After>}` : K;
