"""The admin's windows on all rows of robot and reviewqueue, and on who is who.

Read only throughout, for superusers too; what people may do goes through cases.py, decide.py,
pauses.py, leavers.py and rules.py. Only what is registered here is on the site (`site.py`): no page of another application
brings a way to write.
"""

from __future__ import annotations

from reviewqueue import (
    admin_cases,
    admin_leavers,
    admin_records,
    admin_rules,
    admin_setup,
    admin_work,
)
from reviewqueue.site import site

__all__ = [
    "admin_cases",
    "admin_leavers",
    "admin_records",
    "admin_rules",
    "admin_setup",
    "admin_work",
    "site",
]
