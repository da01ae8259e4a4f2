"""The filter bar of the users list: field, operator, criteria (8x8 public docs, partner edition).

invented: how a filter is written in an address: `site=="New York";status!="Inactive"`.
"""

from __future__ import annotations

import re
from typing import Any

from robot.sandbox.model import World
from robot.sandbox.reads import Row

_TERM = re.compile(r'(pbx|site|license|status)(==|!=)"([^"]*)"')
_STATUS = {"ACTIVE": "Active", "INACTIVE": "Inactive"}


def criteria(world: World) -> dict[str, list[str]]:
    """What each field can be compared with."""
    return {
        "pbx": [one.name for one in world.pbxs],
        "site": [one.name for one in world.sites],
        "license": sorted({one.name for one in world.licenses.values()}),
        "status": list(_STATUS.values()),
    }


def filtered(rows: list[Row], text: str) -> list[Row]:
    """Rows for which every term holds; what cannot be read is no term."""
    for name, operator, value in _TERM.findall(text):
        rows = [row for row in rows if (_shown(row, name) == value) == (operator == "==")]
    return rows


def _shown(row: Row, name: str) -> Any:
    return _STATUS[row["status"]] if name == "status" else row[name]
