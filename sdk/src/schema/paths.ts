/**
 * The dotted paths of a record type, for mappings that the compiler checks. Elements of an array are reached by number
 * (`items.0.sku`), or within `each` by the name `item` (`item.sku`). Unknown shapes (`json()`) allow any path below.
 */
export type PathOf<T> = RecordPath<T> | ElementPath<T>;

type Leaf = string | number | boolean | bigint | Date | null | undefined;

type RecordPath<T, Depth extends 0[] = []> = Depth["length"] extends 6
	? never
	: unknown extends T
		? string
		: NonNullable<T> extends Leaf
			? never
			: NonNullable<T> extends readonly (infer Item)[]
				? `${number}` | `${number}.${RecordPath<NonNullable<Item>, [...Depth, 0]>}`
				: NonNullable<T> extends object
					? {
							[K in keyof NonNullable<T> & string]:
								| K
								| (NonNullable<NonNullable<T>[K]> extends Leaf
										? never
										: `${K}.${RecordPath<NonNullable<NonNullable<T>[K]>, [...Depth, 0]>}`);
						}[keyof NonNullable<T> & string]
					: never;

/** Paths below `item`, for the elements of any array of the record. */
type ElementPath<T, Depth extends 0[] = []> = Depth["length"] extends 4
	? never
	: NonNullable<T> extends Leaf
		? never
		: NonNullable<T> extends readonly (infer Item)[]
			? `item.${RecordPath<NonNullable<Item>>}` | ElementPath<NonNullable<Item>, [...Depth, 0]>
			: NonNullable<T> extends object
				? {
						[K in keyof NonNullable<T>]: ElementPath<NonNullable<NonNullable<T>[K]>, [...Depth, 0]>;
					}[keyof NonNullable<T>]
				: never;
