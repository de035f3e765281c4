"""Google's analyzer, asked by its own messages: the Python classes around them take ten times as long."""

import os
import sys

import wasmtime
import zetasql.types as T
from zetasql.core import wasm_client
from zetasql.core.local_service import ZetaSqlLocalService
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as messages
from zetasql.wasi._pb2.zetasql.public import simple_table_pb2, type_pb2

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

class Module:
    """The program is compiled for this machine one time per virtual environment, which takes its seconds."""

    @staticmethod
    def from_file(engine, path):
        compiled = os.path.join(sys.prefix, "zetasql.compiled")
        in_environment = sys.prefix != sys.base_prefix
        if in_environment and os.path.exists(compiled):
            try:
                return wasmtime.Module.deserialize_file(engine, compiled)
            except wasmtime.WasmtimeError:
                pass  # of another version
        module = wasmtime.Module.from_file(engine, path)
        if in_environment and os.access(sys.prefix, os.W_OK):
            begun = f"{compiled}.{os.getpid()}"
            with open(begun, "wb") as file:
                file.write(module.serialize())
            os.replace(begun, compiled)
        return module


wasm_client.Module = Module
CLIENT = ZetaSqlLocalService.get_instance().wasm_client


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
EMPTY_CATALOG = T.SimpleCatalog(name="dataset", builtin_function_options=BUILT_IN).to_proto()
OPTIONS = T.AnalyzerOptions(language_options=LANGUAGE).to_proto()
TYPES = {}


def call(name, request, answer):
    return CLIENT.call_grpc_func("ZetaSqlLocalService_" + name, request, answer)


def parse_script(sql):
    """Its statements, by their own kinds."""
    request = messages.ParseRequest(sql_statement=sql, options=OPTIONS.language_options, allow_script=True)
    script = call("Parse", request, messages.ParseResponse).parsed_script
    return statements_of(script.statement_list_node)


def statements_of(statement_list):
    return [leaf(statement) for statement in statement_list.statement_list]


def type_of(text):
    """A type by its name in SQL, as the analyzer itself reads it: the bytes of its message, which can be compared."""
    if text not in TYPES:
        request = messages.AnalyzeRequest(
            options=OPTIONS, simple_catalog=EMPTY_CATALOG, sql_expression=f"CAST(NULL AS {text})"
        )
        found = leaf(call("Analyze", request, messages.AnalyzeResponse).resolved_expression)
        TYPES[text] = inherited(found, "type").SerializeToString()
    return TYPES[text]


def type_message(type_):
    message = type_pb2.TypeProto()
    message.ParseFromString(type_)
    return message


SYSTEM_VARIABLES = {"row_count": "INT64", "script.bytes_billed": "INT64", "script.creation_time": "TIMESTAMP"}


def options_with(parameters):
    """Parameters are types by name; system variables are those that our scripts read."""
    options = type(OPTIONS)()
    options.CopyFrom(OPTIONS)
    for name, text in parameters.items():
        options.query_parameters.add(name=name).type.ParseFromString(type_of(text))
    for path, text in SYSTEM_VARIABLES.items():
        options.system_variables.add(name_path=path.split(".")).type.ParseFromString(type_of(text))
    return options


def table_of(name, columns):
    table = simple_table_pb2.SimpleTableProto(name=name)
    for column, type_ in columns:
        table.column.add(name=column, is_writable_column=True).type.ParseFromString(type_)
    return table


def register(tables, catalogs, variables):
    """
    A catalog that statements are analyzed with, by its number. `catalogs` are lists of tables by path; variables of a
    script, types by name, are constants whose value nobody knows.
    """
    catalog = type(EMPTY_CATALOG)()
    catalog.CopyFrom(EMPTY_CATALOG)
    catalog.table.extend(tables)
    for path, inner in catalogs:
        place = catalog
        for name in path:
            place = place.catalog.add(name=name)
        place.table.extend(inner)
    for name, type_ in variables.items():
        constant = catalog.constant.add(name_path=[name])
        constant.type.ParseFromString(type_)
        constant.value.SetInParent()
    request = messages.RegisterCatalogRequest(simple_catalog=catalog)
    return call("RegisterCatalog", request, messages.RegisterResponse).registered_id


def unregister(catalog):
    CLIENT.call_grpc_func("ZetaSqlLocalService_UnregisterCatalog", messages.UnregisterRequest(registered_id=catalog))


def analyze_statement(sql, catalog, options):
    request = messages.AnalyzeRequest(options=options, registered_catalog_id=catalog, sql_statement=sql)
    return leaf(call("Analyze", request, messages.AnalyzeResponse).resolved_statement)


def analyze_expression(sql, catalog, options):
    request = messages.AnalyzeRequest(options=options, registered_catalog_id=catalog, sql_expression=sql)
    return leaf(call("Analyze", request, messages.AnalyzeResponse).resolved_expression)


def leaf(message):
    """The message of its own kind within those that say "any of these"."""
    while message.DESCRIPTOR.name.startswith("Any"):
        message = getattr(message, message.WhichOneof(message.DESCRIPTOR.oneofs[0].name))
    return message


def inherited(message, field):
    """A field of the message or of what it is a kind of."""
    while field not in message.DESCRIPTOR.fields_by_name:
        message = message.parent
    return getattr(message, field)


def kind_of(message):
    """`ASTIfStatementProto` is `If`, `ResolvedDropStmtProto` is `Drop`."""
    name = message.DESCRIPTOR.name.removesuffix("Proto")
    return name.removeprefix("AST").removeprefix("Resolved").removesuffix("Statement").removesuffix("Stmt")
