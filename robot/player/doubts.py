"""The closed set of doubts: reasons to stop and ask, with their question, scope and default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["account", "flow", "tenant"]


@dataclass(frozen=True, slots=True)
class DoubtKind:
    """A kind of doubt.

    question: what a person is asked, one sentence. scope: whom the question is about; an account's
    gets a case and a decision each, a flow's may group all tasks of the flow, a tenant's all of it.
    advice: what a good answer does.
    """

    code: str
    question: str
    scope: Scope
    advice: str


_KINDS = (
    DoubtKind(
        "not_found",
        "Nobody with these keys is in the console. Who is meant?",
        "account",
        "Correct the username or e-mail, or reject if the person should not be there.",
    ),
    DoubtKind(
        "ambiguous_match",
        "Several people fit the keys given. Which one is meant?",
        "account",
        "Choose one of the candidates shown.",
    ),
    DoubtKind(
        "identity_mismatch",
        "One key fits this person and another does not. Is it the right person?",
        "account",
        "Correct the key that is wrong; reject if it is another person.",
    ),
    DoubtKind(
        "identity_unprovable",
        "The page does not show two keys that prove who this is. Who is meant?",
        "account",
        "Give a second key, or do it by hand.",
    ),
    DoubtKind(
        "console_refused",
        "The console refused the change. What now?",
        "account",
        "Correct the value or mend the cause in the console, then let it try again.",
    ),
    DoubtKind(
        "partial_save",
        "The console saved only a part, or changed something else too. What should be true?",
        "account",
        "Look at what was read back; correct it or let it try again.",
    ),
    DoubtKind(
        "value_not_saved",
        "The change was made, and the console still shows the old value. What now?",
        "account",
        "Try again, or do it by hand.",
    ),
    DoubtKind(
        "precondition",
        "The person is in a state in which this cannot be done. What should happen first?",
        "account",
        "Mend the state in the console, then let it try again.",
    ),
    DoubtKind(
        "outcome_unknown",
        "Nobody can say whether the change was applied. May it be tried once more?",
        "account",
        "Look in the console; approve a second try only if the change is not there.",
    ),
    DoubtKind(
        "approval_required",
        "This change always waits for a person. May it be made?",
        "account",
        "Compare the person and the values shown, then approve or reject.",
    ),
    DoubtKind(
        "unmapped",
        "Something happened that the robot has no name for. What now?",
        "account",
        "Look at the picture; try again, or do it by hand.",
    ),
    DoubtKind(
        "locator_disagrees",
        "The ways to find an element point at different ones. Which one is right?",
        "flow",
        "Record the step again; tasks go on when the newer flow is loaded.",
    ),
    DoubtKind(
        "locator_missing",
        "An element the flow needs is not on the page. Where is it now?",
        "flow",
        "Record the step again; tasks go on when the newer flow is loaded.",
    ),
    DoubtKind(
        "page_drift",
        "The page is not what the flow expects here. Has the console changed?",
        "flow",
        "Compare with the recording; record the flow again if the console has changed.",
    ),
    DoubtKind(
        "unexpected_dialog",
        "A dialog that the flow does not know stands in the way. What does it want?",
        "flow",
        "Answer it in the console by hand, or record the flow again.",
    ),
    DoubtKind(
        "no_license_available",
        "The console offers no licence of this type. Buy or free one?",
        "tenant",
        "Free or buy a licence, then let it try again; or give another type.",
    ),
    DoubtKind(
        "login_challenge",
        "The console asks the robot for more than password and code. What does it want?",
        "tenant",
        "Sign in once by hand with the robot's login and mend what it asks.",
    ),
    DoubtKind(
        "session_lost",
        "The robot cannot stay signed in. Is its login still valid?",
        "tenant",
        "Check the login's password, second factor and role.",
    ),
    DoubtKind(
        "console_unavailable",
        "The console does not answer as it should. Is it working for people?",
        "tenant",
        "Wait until it works, then let it try again.",
    ),
    DoubtKind(
        "removal_brake",
        "Unusually many removals are planned. Are they meant?",
        "tenant",
        "Check the identity provider; approve the removals or reject them.",
    ),
)

CODES: dict[str, DoubtKind] = {kind.code: kind for kind in _KINDS}
