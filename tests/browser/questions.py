"""One open case of each doubt code, with values as long as the console's own get."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageDraw

from reviewqueue.models import Case
from robot import clock, transitions
from robot.evidence import capture
from robot.models import Account, Doubt, Evidence, Run
from robot.player.doubts import CODES
from robot.player.events import Capture
from robot.states import State
from tests.integration import factory

LICENSE = "X2 - US Virtual Office Editions (Unlimited United States)"
_NUMBER = {"license": LICENSE, "phone_number": "+15550100042", "extension": "1042"}
_KEYS = {"username": "acme.siddharth.venkataraman", "email": "s.venkataraman@acme-corp.example"}
WITHOUT_PAGE = {"removal_brake", "unmapped", "console_unavailable"}
_DETAILS: dict[str, dict[str, Any]] = {
    "approval_required": {"asked": {"license": LICENSE}, "seen": {**_NUMBER, "site": "London"}},
    "ambiguous_match": {
        "asked": {"email": _KEYS["email"], "full_name": "Siddharth Venkataraman", "site": "London"},
        "candidates": [
            {**_KEYS, "site": "London", "extension": "1042"},
            {**_KEYS, "username": "acme.siddharth.venkataraman2", "site": "London"},
        ],
    },
    "not_found": {"asked": _KEYS, "seen": {}},
    "identity_mismatch": {"asked": _KEYS, "seen": {**_KEYS, "email": "sid@acme-corp.example"}},
    "identity_unprovable": {"asked": _KEYS, "seen": {"username": _KEYS["username"]}},
    "partial_save": {"asked": _NUMBER, "seen": {**_NUMBER, "phone_number": ""}},
    "removal_brake": {"message": "8 removals planned within 24 hours; 5 are allowed."},
}
_REFUSED = {"message": "Request failed. Please try again or contact support.", "seen": {}}
_GROUPED = {"removal_brake": 3, "no_license_available": 3, "locator_missing": 2}


def picture_of(run: Run) -> Evidence:
    """A page with a marked button, stored as the robot stores it."""
    image = Image.new("RGB", (1440, 900), "#f4f5f7")
    ImageDraw.Draw(image).rectangle((600, 300, 800, 340), fill="#0056fe")
    png = io.BytesIO()
    image.save(png, "PNG")
    taken = Capture(
        kind="doubt",
        step="s7",
        url="http://127.0.0.1:1/users",
        title="Edit user",
        taken_at=clock.now(),
        png=png.getvalue(),
        box=(600.0, 300.0, 200.0, 40.0),
        viewport=(1440, 900),
    )
    return capture.save(
        taken, tenant=run.task.tenant, task=run.task, run=run, flow_version=3, login="acme.robot"
    )


def ask(code: str, person: Account) -> Doubt:
    """A task stopped by this doubt, with the picture that the robot would have."""
    removal = code in ("approval_required", "removal_brake")
    operation = "remove_license" if removal else "assign_license"
    task = factory.task(
        person,
        operation,
        State.RUNNING,
        parameters=_NUMBER if code == "partial_save" else {"license": LICENSE},
        banner=_REFUSED["message"] if code == "console_refused" else "",
    )
    if code == "approval_required":
        factory.task(person, "delete_user", State.WAITING, after=task, approved_with=task)
    run = seen = None
    if code not in WITHOUT_PAGE:
        run = Run.objects.create(
            task=task,
            login=person.tenant.consolelogin_set.first() or factory.login(person.tenant),
            kind="attempt",
            worker="here:1:1",
            epoch=0,
            flow=operation,
            flow_version=3,
            started_at=clock.now(),
        )
        seen = picture_of(run)
    return transitions.doubt(
        task,
        code,
        actor="worker",
        reason=code,
        run=run,
        step="s7" if run else "",
        detail=_DETAILS.get(code, _REFUSED),
        evidence=seen,
    )


def ask_everything() -> dict[str, Case]:
    """One open case of each code, some of them for several people; code -> case."""
    tenant = factory.tenant("acme-corporation")
    for number, code in enumerate(CODES):
        for turn in range(_GROUPED.get(code, 1)):
            person = factory.account(
                tenant,
                full_name="Siddharth Venkataraman",
                username=f"acme.siddharth.venkataraman{number}{turn}",
                email=f"siddharth.venkataraman{number}{turn}@acme-corporation.example",
            )
            ask(code, person)
    found = {case.code: case for case in Case.objects.filter(closed_at=None)}
    assert set(found) == set(CODES)
    return found
