"""Lines of messages on stdin, read by the models of Airbyte's protocol: those of the CDK where it is installed, else
those of the client, in their strict mode.

Out: which lines are refused and why, and the fields that are not theirs, as paths.
"""

import json
import sys

try:
    from airbyte_cdk.models import (
        AirbyteMessageSerializer,
        AirbyteStateMessageSerializer,
        ConfiguredAirbyteCatalogSerializer,
    )

    def read(line):
        """The message as their model writes it; a state and a catalog also as the files that hold them."""
        message = json.loads(line)
        if "state" in message:
            AirbyteStateMessageSerializer.load(message["state"])
        for stream in message.get("catalog", {}).get("streams", []):
            modes = {"sync_mode": "full_refresh", "destination_sync_mode": "append"}
            own = {name: stream[name] for name in ("sync_mode", "destination_sync_mode") if name in stream}
            ConfiguredAirbyteCatalogSerializer.load({"streams": [{"stream": stream, **modes, **own}]})
        return AirbyteMessageSerializer.dump(AirbyteMessageSerializer.load(message))

except ImportError:
    from airbyte_protocol.models import AirbyteMessage

    def read(line):
        """The message as their model writes it."""
        return AirbyteMessage.model_validate_json(line, strict=True).model_dump(mode="json", by_alias=True)


# what is free text to the protocol
FREE = {"record.data", "spec.connectionSpecification", "catalog.streams.json_schema", "state.stream.stream_state"}


def lost(given, kept, path=""):
    """Paths of what their model does not know, or changes."""
    if path in FREE or given == kept:
        return set()
    if isinstance(given, dict) and isinstance(kept, dict):
        return {
            one
            for name, value in given.items()
            for one in (lost(value, kept[name], f"{path}.{name}".lstrip(".")) if name in kept else {f"{path}.{name}"})
        }
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return {one for value, other in zip(given, kept) for one in lost(value, other, path)}
    return {f"{path} = {given!r} becomes {kept!r}"}


refused, unknown, types = [], set(), set()
for text in sys.stdin.buffer.read().split(b"\n"):
    if not text:
        continue
    try:
        given = json.loads(text)
        types.add(given["type"])
        unknown |= lost(given, read(text))
    except Exception as error:  # noqa: BLE001 whatever their models throw
        refused.append([text.decode()[:300], str(error)[:300]])
print(json.dumps({"types": sorted(types), "refused": refused, "unknown": sorted(unknown)}))
