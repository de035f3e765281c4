"""Airbyte's own client in place of growthnav: each source of the list on stdin is asked, and read twice into one cache.

In: a folder, and a list of name, executable and config. Out: one line of JSON a source.
"""

import json
import sys
from pathlib import Path

import airbyte as ab


def held(cache, stream):
    """Rows of a table, and how many different keys they have."""
    key = ", ".join(part for path in stream.primary_key for part in path)
    with cache.get_sql_engine().connect() as store:
        query = f"select count(*), count(distinct ({key})) from {cache.schema_name}.{stream.stream.name}"
        return list(store.exec_driver_sql(query).one())


def read(source, cache):
    """One read: what came, and what the tables hold after it."""
    came = source.read(cache=cache)._progress_tracker.stream_read_counts
    return {
        "records": {stream: count for stream, count in came.items() if count > 0},
        "held": {stream.stream.name: held(cache, stream) for stream in source.configured_catalog.streams},
    }


def told(folder, name, executable, config):
    """Everything that the client can be asked about one source."""
    source = ab.get_source(name, config=config, local_executable=Path(executable), install_if_missing=False)
    source.check()
    source.select_all_streams()
    cache = ab.caches.DuckDBCache(db_path=Path(folder) / f"{name}.duckdb", cache_dir=Path(folder) / name)
    return {
        "name": name,
        "settings": sorted(source.config_spec["properties"]),
        "streams": source.get_available_streams(),
        "reads": [read(source, cache), read(source, cache)],
    }


# the client shows its progress on stdout
answers = sys.stdout
sys.stdout = sys.stderr
asked = json.load(sys.stdin)
for one in asked["sources"]:
    print(json.dumps(told(asked["folder"], **one)), file=answers, flush=True)
