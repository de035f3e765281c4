"""Reads scripts as JSON lines and says of every statement what Google's SQL analyzer says.

In:  {"id", "sql", "tables": {name: [[column, type], ...]}, "parameters": {name: type}}
Out: {"id", "statements": [{"at": byte, "kind", "error"?}]}

The tables of a script are followed: what it makes, changes and drops is what its later statements see. One process
reads all scripts, since the analyzer needs many seconds to start.
"""

import json
import re
import sys

import zetasql.types as T
from service import (
    analyze_expression,
    analyze_statement,
    inherited,
    kind_of,
    leaf,
    options_with,
    parse_script,
    register,
    statements_of,
    table_of,
    type_message,
    type_of,
    unregister,
)

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

MODES = T.ResolvedCreateStatementEnums.CreateMode
SCOPES = T.ResolvedCreateStatementEnums.CreateScope


# What two statements may differ in and still be alike to the analyzer; the same as in shape.ts.
LITERALS = re.compile(r"'(?:[^'\\]|\\.)*'")
IDS = re.compile(r"(?<![0-9a-z])(?=[a-f]*\d)[0-9a-f]{6,}(?![0-9a-z])")
NUMBERS = re.compile(r"(?<!\w)\d+(?!\w)")
NAMES = re.compile(r"[A-Za-z_]\w*")
# What was analyzed before, by its shape.
KNOWN = {}

# The table that a definition is about.
DEFINED = re.compile(r"TABLE\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?`?(\w+)", re.IGNORECASE)


class Refused(Exception):
    """A statement that the analyzer would take and BigQuery would not, or one that is not known here."""


VIEWS = [
    table_of(name, [(column, type_of(text)) for column, text in columns.items()])
    for name, columns in INFORMATION_SCHEMA.items()
]


class Script:
    def __init__(self, sql, tables, parameters):
        sql = ONE_PAIR.sub(r"`\1`.`\2`.`\3`", sql)
        self.sql = sql.encode()
        # of a dataset with hundreds of tables a script names a few
        named = set(NAMES.findall(sql))
        self.tables = {
            name: tuple((column, type_of(text)) for column, text in columns)
            for name, columns in tables.items()
            if name in named
        }
        self.views = [([dataset, "INFORMATION_SCHEMA"], VIEWS) for dataset in sorted(set(DATASETS.findall(sql)))]
        self.variables = {}
        self.options = options_with(parameters)
        self.registered = None
        self.temporary = set()
        self.in_transaction = False
        self.answers = []

    def run(self):
        try:
            statements = parse_script(self.sql.decode())
        except Exception as error:
            self.answers.append({"at": 0, "kind": "Script", "error": message_of(error)})
            return
        for node in statements:
            self.statement(node)
        if self.in_transaction:
            self.answers.append({"at": len(self.sql), "kind": "Script", "error": "The transaction is never committed"})
        self.changed()

    def statement(self, node):
        kind = kind_of(node)
        answer = {"at": inherited(node, "parse_location_range").start, "kind": kind}
        self.answers.append(answer)
        try:
            self.analyze(node, kind)
        except Exception as error:
            answer["error"] = message_of(error)

    def analyze(self, node, kind):
        if kind == "If":
            self.condition(node.condition)
            ends = [self.branch(node.then_list)]
            for clause in node.elseif_clauses.elseif_clauses:
                self.condition(clause.condition)
                ends.append(self.branch(clause.body))
            ends.append(self.branch(node.else_list))
            self.after(ends)
        elif kind == "Raise":
            if node.HasField("message"):
                self.type_of(self.text(leaf(node.message)))
        elif kind == "VariableDeclaration":
            self.declare(node)
        elif kind == "SingleAssignment":
            self.assign(node.variable.id_string, self.text(leaf(node.expression)))
        elif kind != "Return":
            self.check_transaction(kind, node)
            text = self.text(node)
            self.follow(self.resolved(text), DEFINED.search(text))

    def shape(self, text):
        """Equal for texts that differ in literals, numbers, ids and names of tables with the same columns."""
        tables = {}

        def place(match):
            name = match[0]
            return f"table_{tables.setdefault(name, len(tables))}" if name in self.tables else name

        alike = NUMBERS.sub("0", IDS.sub("x", NAMES.sub(place, LITERALS.sub("''", text))))
        return alike, tuple(self.tables[name] for name in tables), tuple(self.variables.items())

    def resolved(self, text):
        shape = self.shape(text)
        if shape not in KNOWN:
            KNOWN[shape] = analyze_statement(text, self.catalog(), self.options)
        return KNOWN[shape]

    def text(self, node):
        place = inherited(node, "parse_location_range")
        return self.sql[place.start : place.end].decode()

    def catalog(self):
        if self.registered is None:
            tables = [table_of(*table) for table in self.tables.items()]
            self.registered = register(tables, self.views, self.variables)
        return self.registered

    def changed(self):
        """Tables or variables are others than those of the catalog."""
        if self.registered is not None:
            unregister(self.registered)
        self.registered = None

    def type_of(self, expression):
        shape = ("expression", *self.shape(expression))
        if shape not in KNOWN:
            resolved = analyze_expression(expression, self.catalog(), self.options)
            KNOWN[shape] = inherited(resolved, "type").SerializeToString()
        return KNOWN[shape]

    def condition(self, node):
        found = self.type_of(self.text(leaf(node)))
        if found != type_of("BOOL"):
            raise Refused(f"The condition of IF is {name_of(found)}, not BOOL")

    def declare(self, node):
        if any(answer["kind"] != "VariableDeclaration" for answer in self.answers):
            raise Refused("DECLARE stands at the beginning of a script")
        default = self.text(leaf(node.default_value)) if node.HasField("default_value") else None
        type_ = type_of(self.text(leaf(node.type))) if node.HasField("type") else self.type_of(default)
        for name in node.variable_list.identifier_list:
            self.variables[name.id_string] = type_
            self.changed()
            if default is not None:
                self.assign(name.id_string, default)

    def assign(self, name, expression):
        """A value of another type must become the variable's by itself, as it does where two meet in IF."""
        if name not in self.variables:
            raise Refused(f"Undeclared variable: {name}")
        found = self.type_of(f"IF(TRUE, `{name}`, {expression})")
        if found != self.variables[name]:
            raise Refused(f"Variable {name} is {name_of(self.variables[name])}, its value {name_of(found)}")

    def branch(self, statement_list):
        """The tables at its end, which are those from before where it is left out."""
        tables, in_transaction = dict(self.tables), self.in_transaction
        for node in statements_of(statement_list):
            self.statement(node)
        end, self.tables, self.in_transaction = self.tables, tables, in_transaction
        self.changed()
        return end

    def after(self, ends):
        """What branches do to tables is seen after them where each does the same: nobody knows which one ran."""
        first, *others = ends
        made = {name: columns for name, columns in first.items() if all(end.get(name) == columns for end in others)}
        self.tables = {**self.tables, **made}
        self.changed()

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
            words = self.text(node).split()
            begin = [word.upper() for word in words[:2]]
            if begin in (["CREATE", "TEMP"], ["CREATE", "TEMPORARY"]):
                return
            if begin == ["DROP", "TABLE"] and words[-1].strip("`") in self.temporary:
                return
            raise Refused(f"{' '.join(begin)} is not allowed in a transaction")

    def follow(self, resolved, defined):
        """The tables as they are after a statement; its name stands in its text, since what it resolves to is shared."""
        kind = kind_of(resolved)
        if kind in ("CreateTableAsSelect", "CreateTable"):
            self.create(resolved, defined[1])
        elif kind == "AlterTable":
            self.alter(resolved, defined[1])
        elif kind == "Drop":
            self.drop(resolved, defined[1])
        else:
            return
        self.changed()

    def create(self, resolved, name):
        mode = inherited(resolved, "create_mode")
        if name in self.tables and mode == MODES.CREATE_IF_NOT_EXISTS:
            return
        if name in self.tables and mode != MODES.CREATE_OR_REPLACE:
            raise Refused(f"Table exists already: {name}")
        columns = inherited(resolved, "column_definition_list")
        self.tables[name] = tuple((column.name, column.type.SerializeToString()) for column in columns)
        if inherited(resolved, "create_scope") == SCOPES.CREATE_TEMP:
            self.temporary.add(name)

    def alter(self, resolved, name):
        if name not in self.tables:
            if inherited(resolved, "is_if_exists"):
                return
            raise Refused(f"Table not found: {name}")
        columns = dict(self.tables[name])
        known = {column.lower(): column for column in columns}
        for action in map(leaf, inherited(resolved, "alter_action_list")):
            kind = kind_of(action)
            if kind == "AddColumnAction":
                added = action.column_definition
                if added.name.lower() not in known:
                    columns[added.name] = added.type.SerializeToString()
                elif not action.is_if_not_exists:
                    raise Refused(f"Column exists already: {added.name}")
            elif kind == "AlterColumnSetDataTypeAction":
                columns[known[inherited(action, "column").lower()]] = action.updated_type.SerializeToString()
            else:
                raise Refused(f"{kind} is not followed here")
        self.tables[name] = tuple(columns.items())

    def drop(self, resolved, name):
        if self.tables.pop(name, None) is None and not resolved.is_if_exists:
            raise Refused(f"Table not found: {name}")


def name_of(type_):
    return T.TypeKind(type_message(type_).type_kind).name.removeprefix("TYPE_")


def message_of(error):
    return str(error).removeprefix("[INVALID_ARGUMENT] ")


def main():
    for line in sys.stdin:
        asked = json.loads(line)
        script = Script(asked["sql"], asked.get("tables", {}), asked.get("parameters", {}))
        script.run()
        print(json.dumps({"id": asked["id"], "statements": script.answers}), flush=True)


main()
