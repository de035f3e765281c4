"""Prints every table of a DuckDB file as one JSON object: names to rows."""

import json
import sys

import duckdb

connection = duckdb.connect(sys.argv[1], read_only=True)
tables = [name for (name,) in connection.execute("select table_name from duckdb_tables() order by 1").fetchall()]
found = {}
for table in tables:
    cursor = connection.execute(f'select * from "{table}"')
    names = [column[0] for column in cursor.description]
    found[table] = [dict(zip(names, row)) for row in cursor.fetchall()]
print(json.dumps(found, default=str))
