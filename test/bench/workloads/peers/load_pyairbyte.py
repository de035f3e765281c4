"""PyAirbyte reads a source into a cache of its own in DuckDB."""

import sys
from pathlib import Path

import airbyte as ab

program, folder = Path(sys.argv[1]), Path(sys.argv[2])
source = ab.get_source("source-bench", config={}, local_executable=program, install_if_missing=False)
source.select_all_streams()
source.read(cache=ab.caches.DuckDBCache(db_path=folder / "orders.duckdb", cache_dir=folder / "cache"))
