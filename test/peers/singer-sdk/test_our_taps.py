"""The SDK's own tests of taps, on taps that are other programs.

Its kit knows taps as Python classes only. So each tap is the smallest class that there can be: discovery, the connection
test and the sync run the program and hand over what it prints, unchanged.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from singer_sdk import Stream, Tap
from singer_sdk.testing import get_tap_test_class


def class_of(name: str, command: list[str], settings: dict) -> type[Tap]:
    def run(*args: str) -> str:
        done = subprocess.run([*command, *args], capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    discovered = json.loads(run("--discover"))

    class Printed(Stream):
        def get_records(self, context):
            raise NotImplementedError

    class OurTap(Tap):
        config_jsonschema = settings

        def discover_streams(self) -> list[Stream]:
            streams = []
            for entry in discovered["streams"]:
                stream = Printed(tap=self, name=entry["tap_stream_id"], schema=entry["schema"])
                stream.primary_keys = entry["key_properties"]
                streams.append(stream)
            return streams

        @property
        def catalog_dict(self) -> dict:
            return discovered

        def run_connection_test(self) -> bool:
            run("--test")
            return True

        def run_sync_dry_run(self, *args, **kwargs) -> bool:
            sys.stdout.write(run())
            return True

    OurTap.name = name
    return OurTap


def has_one_type(schema: dict) -> bool:
    return len([one for one in schema["type"] if one != "null"]) == 1


def without_mixed_fields(tests: type) -> type:
    """The kit takes a field that may be a number among others for one that always is; such fields have no test of it."""
    for name, params in list(tests.params.items()):
        if "_attribute_" in name:
            fields = [(one, one.values.stream.schema["properties"][one.values.attribute_name]) for one in params]
            tests.params[name] = [one for one, schema in fields if has_one_type(schema)]
        if not tests.params[name]:
            delattr(tests, name)
    return tests


for tap in json.loads(os.environ["OUR_TAPS"]):
    short = "".join(part.title() for part in tap["name"].split("-"))
    made = class_of(tap["name"], tap["command"], tap["settings"])
    globals()[f"Test{short}"] = without_mixed_fields(get_tap_test_class(tap_class=made, config=tap["config"]))
