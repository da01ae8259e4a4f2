"""The operators' two verbs on a leaver: stop the tenant's stages for one person, and let them go on."""

from __future__ import annotations

from reviewqueue import errors, groups
from reviewqueue.actor import Reviewer
from robot import stages
from robot.models import Departure


def stop(departure: Departure, user: Reviewer, reason: str) -> None:
    """Let nothing more happen to this leaver. Raises NotPermitted, NotAllowed, AlreadyDecided."""
    _permitted(user)
    try:
        first = stages.stop(departure, by=user.get_username(), reason=reason)
    except ValueError as error:
        raise errors.NotAllowed(str(error)) from error
    if not first:
        raise errors.AlreadyDecided("The stages of this leaver are stopped or over already.")


def resume(departure: Departure, user: Reviewer) -> None:
    """Let the stages go on. Raises NotPermitted, AlreadyDecided."""
    _permitted(user)
    if not stages.resume(departure, by=user.get_username()):
        raise errors.AlreadyDecided("The stages of this leaver are not stopped.")


def _permitted(user: Reviewer) -> None:
    if not groups.may_pause(user):
        raise errors.NotPermitted("Only members of the group operator stop and resume stages.")


def standing(departure: Departure) -> str:
    """Where a departure stands, in a word or two."""
    if departure.returned_at:
        return "came back"
    if departure.deleted_at:
        return "deletion planned"
    if departure.stopped_at:
        return f"stopped by {departure.stopped_by}"
    return "licence freed" if departure.freed_at else "shut out"
