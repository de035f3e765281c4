/** What a statement of GoogleSQL consists of, after parsing. */

export type SqlType =
	| { of: "scalar"; name: string }
	| { of: "array"; item: SqlType }
	| { of: "struct"; fields: { name: string; type: SqlType }[] };

export type Expression =
	| { is: "null" }
	| { is: "boolean"; value: boolean }
	| { is: "integer"; text: string }
	| { is: "float"; text: string }
	| { is: "string"; value: string }
	| { is: "bytes"; value: string }
	/** `TIMESTAMP '…'`, `DATE '…'`, `NUMERIC '…'`, `JSON '…'` */
	| { is: "typed"; type: string; text: string }
	| { is: "parameter"; name: string }
	| { is: "system"; name: string }
	| { is: "path"; parts: string[] }
	| { is: "field"; of: Expression; name: string }
	| { is: "element"; of: Expression; how: string; at: Expression }
	| { is: "unary"; operator: "NOT" | "-" | "+"; operand: Expression }
	| { is: "binary"; operator: string; left: Expression; right: Expression }
	| { is: "test"; operand: Expression; what: "NULL" | "TRUE" | "FALSE"; not: boolean }
	| { is: "distinct"; left: Expression; right: Expression; not: boolean }
	| { is: "between"; operand: Expression; low: Expression; high: Expression; not: boolean }
	| { is: "in"; operand: Expression; list: Expression[] | Query | { unnest: Expression }; not: boolean }
	| { is: "like"; operand: Expression; pattern: Expression; not: boolean }
	| { is: "case"; operand?: Expression; whens: { when: Expression; result: Expression }[]; otherwise?: Expression }
	| { is: "cast"; operand: Expression; type: SqlType; safe: boolean }
	| Call
	| { is: "array"; type?: SqlType; items: Expression[] }
	| { is: "struct"; fields: { name?: string; value: Expression }[] }
	| { is: "interval"; amount: Expression; part: string }
	| { is: "extract"; part: string; from: Expression }
	| { is: "exists"; query: Query }
	| { is: "subquery"; query: Query }
	| { is: "array of query"; query: Query };

export interface Call {
	is: "call";
	name: string;
	args: Expression[];
	/** `COUNT(*)` */
	star: boolean;
	distinct: boolean;
	ignoreNulls: boolean;
	orderBy: Ordering[];
	limit?: Expression;
	over?: Window;
}

export interface Window {
	partitionBy: Expression[];
	orderBy: Ordering[];
	frame?: string;
}

export interface Ordering {
	by: Expression;
	descending: boolean;
	nulls?: "FIRST" | "LAST";
}

export interface Query {
	with: { name: string; query: Query }[];
	body: QueryBody;
	orderBy: Ordering[];
	limit?: Expression;
	offset?: Expression;
}

export type QueryBody =
	| Select
	| {
			is: "union";
			operator: "UNION ALL" | "UNION DISTINCT" | "EXCEPT DISTINCT" | "INTERSECT DISTINCT";
			parts: QueryBody[];
	  }
	| { is: "nested"; query: Query };

export interface Select {
	is: "select";
	distinct: boolean;
	asStruct: boolean;
	items: SelectItem[];
	from?: From;
	where?: Expression;
	groupBy: Expression[] | "ALL";
	having?: Expression;
	qualify?: Expression;
}

export type SelectItem =
	| { is: "star"; of?: string; except: string[]; replace: { value: Expression; name: string }[] }
	| { is: "value"; value: Expression; alias?: string };

export type From =
	| { is: "table"; path: string[]; alias?: string }
	| { is: "derived"; query: Query; alias?: string }
	| { is: "unnest"; value: Expression; alias?: string; offset?: string }
	| {
			is: "join";
			kind: "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS";
			left: From;
			right: From;
			on?: Expression;
			using?: string[];
	  };

export interface ColumnDefinition {
	name: string;
	type: SqlType;
	notNull: boolean;
	options: Option[];
}

export interface Option {
	name: string;
	value: Expression;
}

export type MergeAction =
	| { does: "update"; set: Assignment[] }
	| { does: "delete" }
	| { does: "insert"; columns: string[]; values: Expression[] }
	| { does: "insert row" };

export interface MergeWhen {
	matched: "MATCHED" | "NOT MATCHED" | "NOT MATCHED BY SOURCE";
	and?: Expression;
	action: MergeAction;
}

export interface Assignment {
	column: string;
	value: Expression;
}

export interface CreateTable {
	is: "CREATE_TABLE";
	table: string[];
	orReplace: boolean;
	temporary: boolean;
	ifNotExists: boolean;
	columns: ColumnDefinition[];
	partitionBy?: Expression;
	clusterBy: string[];
	options: Option[];
	as?: Query;
}

export type AlterAction =
	| { does: "add column"; ifNotExists: boolean; column: ColumnDefinition }
	| { does: "drop column"; ifExists: boolean; column: string }
	| { does: "rename column"; ifExists: boolean; column: string; to: string }
	| { does: "set type"; ifExists: boolean; column: string; type: SqlType }
	| { does: "drop not null"; ifExists: boolean; column: string }
	| { does: "column options"; ifExists: boolean; column: string; options: Option[] }
	| { does: "rename"; to: string }
	| { does: "options"; options: Option[] };

/** One statement that is a job of its own; `is` is BigQuery's statementType. */
export type Statement =
	| { is: "SELECT"; query: Query }
	| { is: "INSERT"; table: string[]; columns: string[]; source: Query | Expression[][] }
	| { is: "UPDATE"; table: string[]; alias?: string; set: Assignment[]; from?: From; where: Expression }
	| { is: "DELETE"; table: string[]; alias?: string; where: Expression }
	| { is: "MERGE"; table: string[]; alias?: string; using: From; on: Expression; whens: MergeWhen[] }
	| { is: "TRUNCATE_TABLE"; table: string[] }
	| CreateTable
	| { is: "ALTER_TABLE"; table: string[]; ifExists: boolean; actions: AlterAction[] }
	| { is: "DROP_TABLE"; table: string[]; ifExists: boolean }
	| { is: "ASSERT"; condition: Expression; message: string }
	| { is: "BEGIN_TRANSACTION" }
	| { is: "COMMIT_TRANSACTION" }
	| { is: "ROLLBACK_TRANSACTION" };

/** What stands in a script: statements with their text, and what steers them. */
export type ScriptStep =
	| { is: "statement"; statement: Statement; text: string }
	| { is: "declare"; names: string[]; type?: SqlType; value?: Expression }
	| { is: "set"; names: string[]; value: Expression }
	| { is: "if"; branches: { condition: Expression; steps: ScriptStep[] }[]; otherwise: ScriptStep[] }
	| { is: "block"; steps: ScriptStep[]; exception?: ScriptStep[] }
	| { is: "raise"; message?: Expression }
	| { is: "return" };
