"""Why a decision was not taken. The message of each is for the reviewer: what is so, what to do."""

from __future__ import annotations


class CaseError(Exception):
    """Nothing was changed."""


class NotPermitted(CaseError):
    """The user is in no group that may do this."""


class FourEyes(CaseError):
    """Who asked for a removal may not let it pass."""


class AlreadyClaimed(CaseError):
    """Another reviewer holds the case."""


class AlreadyDecided(CaseError):
    """Somebody was first, or the task has left review."""


class StaleDecision(CaseError):
    """What was shown is no longer so."""


class NotAllowed(CaseError):
    """This kind of decision is no answer to this question, or something in it is missing."""
