"""The tests that Airbyte's CDK brings for every connector, on ours: `pytest standard_tests.py`.

The list of connectors (name, executable, config, wrong_config) is in the file that SOURCES names.

Their tests are written for Python classes, which they run in their own process through AirbyteEntrypoint. Here its
`run` starts the executable in place of calling a class; their parser of arguments before it, and their parser of
messages and their assertions after it, stay as they are. Their parser takes a line that is no message for a log; here it
is a failure. What builds images of Docker is left out: `-k "not docker"`.
"""

import json
import os
import subprocess
from pathlib import Path

import orjson
from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import AirbyteMessageSerializer
from airbyte_cdk.test import entrypoint_wrapper
from airbyte_cdk.test.models import ConnectorTestScenario
from airbyte_cdk.test.standard_tests.pytest_hooks import pytest_generate_tests  # noqa: F401
from airbyte_cdk.test.standard_tests.source_base import SourceTestSuiteBase


class Program:
    """What their tests take for a connector: an object with `spec`."""

    def __init__(self, executable):
        self.executable = executable

    def spec(self, logger):
        raise NotImplementedError("the program is asked, as every other command")


class ProgramEntrypoint(AirbyteEntrypoint):
    """Starts the executable with the arguments that were parsed."""

    def run(self, parsed_args):
        given = vars(parsed_args)
        options = [word for name in ("config", "catalog", "state") if given.get(name) for word in (f"--{name}", given[name])]
        ended = subprocess.run(
            [self.source.executable, parsed_args.command, *options], capture_output=True, timeout=60, check=False
        )
        lines = ended.stdout.decode().splitlines()
        for line in lines:
            AirbyteMessageSerializer.load(orjson.loads(line))
        failed = any(json.loads(line).get("trace", {}).get("type") == "ERROR" for line in lines)
        assert failed == (ended.returncode != 0), (ended.returncode, ended.stderr)
        yield from lines


entrypoint_wrapper.AirbyteEntrypoint = ProgramEntrypoint


def suite(name, executable, config, wrong_config):
    """Their tests for one connector: with settings that work, and with settings that do not."""
    scenarios = [
        ConnectorTestScenario(config_dict=config, status="succeed"),
        ConnectorTestScenario(config_dict=wrong_config, status="failed"),
    ]
    for scenario, its_id in zip(scenarios, ("works", "fails")):
        object.__setattr__(scenario, "_id", its_id)
    members = {
        "connector": lambda: Program(executable),
        "get_connector_root_dir": classmethod(lambda cls: Path(executable).parent),
        "get_scenarios": classmethod(lambda cls: scenarios),
    }
    return type(f"Test {name}", (SourceTestSuiteBase,), members)


for one in json.loads(Path(os.environ["SOURCES"]).read_text()):
    globals()[f"Test{one['name']}"] = suite(**one)
