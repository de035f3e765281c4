"""Reads scripts as JSON lines and says of every statement what Google's SQL analyzer says.

In:  {"id", "sql", "tables": {name: [[column, type], ...]}, "parameters": {name: type}}
Out: {"id", "statements": [{"at": byte, "kind", "error"?}], "tables": those that the script leaves}

The tables of a script are followed: what it makes, changes and drops is what its later statements see. One process
reads all scripts, since the analyzer needs many seconds to start.
"""

import json
import re
import sys

import zetasql.types as T
from zetasql.api import Analyzer, Parser, TableBuilder

# What the analyzer knows and BigQuery refuses; without them it is no more lenient than BigQuery where we know it.
NOT_BIGQUERY = [
    "ADDITIONAL_STRING_FUNCTIONS",
    "ARRAY_EQUALITY",
    "ARRAY_ORDERING",
    "BARE_ARRAY_ACCESS",
    "CONCAT_MIXED_TYPES",
    "DML_RETURNING",
    "FOR_UPDATE",
    "GROUP_BY_ARRAY",
    "GROUP_BY_STRUCT",
    "IMPLICIT_COERCION_STRING_LITERAL_TO_BYTES",
    "INSERT_ON_CONFLICT_CLAUSE",
    "JSON_TYPE_COMPARISON",
    "LATERAL_JOIN",
    "LITERAL_CONCATENATION",
    "STRUCT_POSITIONAL_ACCESSOR",
    "TIMESTAMP_NANOS",
    "TIMESTAMP_PICOS",
    "TIMESTAMP_PRECISION",
    "TYPEOF_FUNCTION",
    "UUID_TYPE",
    "WITH_EXPRESSION",
]

# Columns of the views that every dataset has.
INFORMATION_SCHEMA = {
    "COLUMNS": {
        "table_catalog": "STRING",
        "table_schema": "STRING",
        "table_name": "STRING",
        "column_name": "STRING",
        "ordinal_position": "INT64",
        "is_nullable": "STRING",
        "data_type": "STRING",
        "is_hidden": "STRING",
        "is_partitioning_column": "STRING",
        "clustering_ordinal_position": "INT64",
    },
    "TABLES": {
        "table_catalog": "STRING",
        "table_schema": "STRING",
        "table_name": "STRING",
        "table_type": "STRING",
        "creation_time": "TIMESTAMP",
        "ddl": "STRING",
    },
    "PARTITIONS": {
        "table_catalog": "STRING",
        "table_schema": "STRING",
        "table_name": "STRING",
        "partition_id": "STRING",
        "total_rows": "INT64",
        "total_logical_bytes": "INT64",
        "last_modified_time": "TIMESTAMP",
    },
}

# BigQuery wants the dataset before the view; what it is called is no matter here. It takes the whole path in one pair of
# backticks too, for which the analyzer has no setting.
DATASETS = re.compile(r"(\w+)`?\s*\.\s*`?INFORMATION_SCHEMA\b", re.IGNORECASE)
ONE_PAIR = re.compile(r"`(\w+)\.(INFORMATION_SCHEMA)\.(\w+)`", re.IGNORECASE)

# Within a transaction BigQuery changes rows, and makes and drops temporary tables; nothing else.
IN_TRANSACTION = {"Query", "Insert", "Update", "Delete", "Merge", "Truncate", "Assert", "Commit", "Rollback"}


class Refused(Exception):
    """A statement that the analyzer would take and BigQuery would not, or one that is not known here."""


def language():
    options = T.LanguageOptions.maximum_features()
    refused = {T.LanguageFeature["FEATURE_" + name] for name in NOT_BIGQUERY}
    features = [one for one in options.enabled_language_features if one not in refused]
    options.enabled_language_features = [*features, T.LanguageFeature.FEATURE_ALTER_COLUMN_SET_DATA_TYPE]
    # without the types that only Google's own programs have
    options.product_mode = T.ProductMode.PRODUCT_EXTERNAL
    options.reserved_keywords = ["QUALIFY"]
    return options


LANGUAGE = language()
BUILT_IN = T.ZetaSQLBuiltinFunctionOptions(language_options=LANGUAGE)
PARSER = Parser(LANGUAGE)
TYPES = {}


def type_of(text):
    """A type by its name in SQL, as the analyzer itself reads it."""
    if text not in TYPES:
        catalog = T.SimpleCatalog(name="types", builtin_function_options=BUILT_IN)
        analyzer = Analyzer(T.AnalyzerOptions(language_options=LANGUAGE), catalog)
        TYPES[text] = analyzer.analyze_expression(f"CAST(NULL AS {text})").type
    return TYPES[text]


def table_of(name, columns):
    table = TableBuilder(name)
    for column, type_ in columns:
        table.add_column(column, type_)
    return table.build()


def views(dataset):
    tables = [
        table_of(name, [(column, type_of(text)) for column, text in columns.items()])
        for name, columns in INFORMATION_SCHEMA.items()
    ]
    return T.SimpleCatalog(name=dataset, catalog=[T.SimpleCatalog(name="INFORMATION_SCHEMA", table=tables)])


class Script:
    def __init__(self, sql, tables, parameters):
        sql = ONE_PAIR.sub(r"`\1`.`\2`.`\3`", sql)
        self.sql = sql.encode()
        self.tables = {
            name: [(column, type_of(text)) for column, text in columns] for name, columns in tables.items()
        }
        self.options = T.AnalyzerOptions(
            language_options=LANGUAGE,
            query_parameters=[
                T.AnalyzerOptions.QueryParameter(name=name, type=type_of(text)) for name, text in parameters.items()
            ],
            system_variables=[T.AnalyzerOptions.SystemVariable(name_path=["row_count"], type=type_of("INT64"))],
        )
        self.temporary = set()
        self.in_transaction = False
        self.datasets = [views(dataset) for dataset in sorted(set(DATASETS.findall(sql)))]
        self.answers = []

    def analyzer(self):
        tables = [table_of(name, columns) for name, columns in self.tables.items()]
        catalog = T.SimpleCatalog(
            name="dataset", table=tables, catalog=self.datasets, builtin_function_options=BUILT_IN
        )
        return Analyzer(self.options, catalog)

    def text(self, node):
        return self.sql[node.parse_location_range.start : node.parse_location_range.end].decode()

    def run(self):
        try:
            statements = PARSER.parse_script(self.sql.decode()).statement_list_node.statement_list
        except Exception as error:
            self.answers.append({"at": 0, "kind": "Script", "error": message_of(error)})
            return
        for node in statements:
            self.statement(node)
        if self.in_transaction:
            self.answers.append({"at": len(self.sql), "kind": "Script", "error": "The transaction is never committed"})

    def statement(self, node):
        kind = type(node).__name__.removeprefix("AST").removesuffix("Statement")
        answer = {"at": node.parse_location_range.start, "kind": kind}
        self.answers.append(answer)
        try:
            self.analyze(node, kind)
        except Exception as error:
            answer["error"] = message_of(error)

    def analyze(self, node, kind):
        if kind == "If":
            self.condition(node.condition)
            self.branch(node.then_list)
            if node.elseif_clauses is not None:
                for clause in node.elseif_clauses.elseif_clauses:
                    self.condition(clause.condition)
                    self.branch(clause.body)
            self.branch(node.else_list)
        elif kind == "Raise":
            if node.message is not None:
                self.analyzer().analyze_expression(self.text(node.message))
        elif kind == "Return":
            pass
        else:
            self.check_transaction(kind, node)
            self.follow(self.analyzer().analyze_statement(self.text(node)))

    def condition(self, node):
        # the text of a query in brackets after EXISTS is within the range of the node
        found = self.analyzer().analyze_expression(self.text(node)).type.type_kind
        if found != T.TypeKind.TYPE_BOOL:
            raise Refused(f"The condition of IF is {T.TypeKind(found).name.removeprefix('TYPE_')}, not BOOL")

    def branch(self, statements):
        """What a branch does to tables is seen in it alone: nobody knows whether it ran."""
        if statements is None:
            return
        tables, in_transaction = dict(self.tables), self.in_transaction
        for node in statements.statement_list:
            self.statement(node)
        self.tables, self.in_transaction = tables, in_transaction

    def check_transaction(self, kind, node):
        if kind == "Begin":
            if self.in_transaction:
                raise Refused("A transaction is open already")
            self.in_transaction = True
        elif kind in ("Commit", "Rollback"):
            if not self.in_transaction:
                raise Refused("No transaction is open")
            self.in_transaction = False
        elif self.in_transaction and kind not in IN_TRANSACTION:
            text = self.text(node).upper().split()
            if text[:2] in (["CREATE", "TEMP"], ["CREATE", "TEMPORARY"]):
                return
            if text[:2] == ["DROP", "TABLE"] and self.text(node).split()[-1].strip("`") in self.temporary:
                return
            raise Refused(f"{' '.join(text[:2])} is not allowed in a transaction")

    def follow(self, resolved):
        """The tables as they are after a statement."""
        kind = type(resolved).__name__
        if kind in ("ResolvedCreateTableAsSelectStmt", "ResolvedCreateTableStmt"):
            self.create(resolved)
        elif kind == "ResolvedAlterTableStmt":
            self.alter(resolved)
        elif kind == "ResolvedDropStmt":
            name = resolved.name_path[-1]
            if name not in self.tables and not resolved.is_if_exists:
                raise Refused(f"Table not found: {name}")
            self.tables.pop(name, None)

    def create(self, resolved):
        name = resolved.name_path[-1]
        mode = resolved.create_mode
        modes = T.ResolvedCreateStatementEnums.CreateMode
        if name in self.tables and mode == modes.CREATE_IF_NOT_EXISTS:
            return
        if name in self.tables and mode != modes.CREATE_OR_REPLACE:
            raise Refused(f"Table exists already: {name}")
        self.tables[name] = [(column.name, column.type) for column in resolved.column_definition_list]
        if resolved.create_scope == T.ResolvedCreateStatementEnums.CreateScope.CREATE_TEMP:
            self.temporary.add(name)

    def alter(self, resolved):
        name = resolved.name_path[-1]
        if name not in self.tables:
            if resolved.is_if_exists:
                return
            raise Refused(f"Table not found: {name}")
        columns = self.tables[name] = list(self.tables[name])
        for action in resolved.alter_action_list:
            names = [column.lower() for column, _ in columns]
            if isinstance(action, T.ResolvedAddColumnAction):
                added = action.column_definition
                if added.name.lower() not in names:
                    columns.append((added.name, added.type))
                elif not action.is_if_not_exists:
                    raise Refused(f"Column exists already: {added.name}")
            elif isinstance(action, T.ResolvedAlterColumnSetDataTypeAction):
                at = names.index(action.column.lower())
                columns[at] = (columns[at][0], action.updated_type)
            else:
                raise Refused(f"{type(action).__name__} is not followed here")


def message_of(error):
    return str(error).removeprefix("[INVALID_ARGUMENT] ")


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        script = Script(asked["sql"], asked.get("tables", {}), asked.get("parameters", {}))
        script.run()
        answer = {"id": asked["id"], "statements": script.answers}
        print(json.dumps(answer), flush=True)


main()
