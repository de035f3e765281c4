"""dlt loads a file of JSON lines into DuckDB, with its own reader of such files."""

import sys
from pathlib import Path

import dlt
from dlt.sources.filesystem import filesystem, read_jsonl

file, folder = Path(sys.argv[1]), sys.argv[2]
orders = (filesystem(bucket_url=file.parent.as_uri(), file_glob=file.name) | read_jsonl()).with_name("orders")
store = dlt.destinations.duckdb(f"{folder}/orders.duckdb")
dlt.pipeline("bench", pipelines_dir=folder, destination=store, dataset_name="bench").run(orders)
