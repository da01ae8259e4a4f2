"""What a recorder gives and flows are made from: a JSON file without times, ports or ids."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1


class RecordingError(Exception):
    """What was done cannot become a recording; the message says what to do instead."""


@dataclass
class Recording:
    """What was recorded: actions in order, each with its target, and the points shown.

    application: name of the application whose page was open first. parameters: names whose values
    were given. points: name -> a reading, as flow files write it.
    """

    application: str
    parameters: list[str]
    actions: list[dict[str, Any]] = field(default_factory=list)
    points: dict[str, dict[str, Any]] = field(default_factory=dict)

    def dumps(self) -> str:
        """The recording file: JSON without times, ports or ids, the same for the same actions."""
        data = {"format": FORMAT, **asdict(self)}
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def loads(text: str) -> Recording:
    """A recording from its file's text. Raises RecordingError when it is none."""
    try:
        data = json.loads(text)
        if data.pop("format") != FORMAT:
            raise RecordingError(f"this recording is not of format {FORMAT}; record it again")
        return Recording(**data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordingError(f"this is no recording ({error}); record it again") from error
