"""Desired minus observed: which operations make a wish true. Pure: no database, no clock.

A wish is about fields of an account. What the console demands in an order comes out in that order,
linked by index: `after` waits for an earlier item, `approved_with` shares the approval of one.

The order of a life (8x8 support and user API guide): the user exists and is active, then profile and
site, then the licence, then number and extension, then what needs them. A deactivated user's settings
cannot be edited, so a licence trapped on one is freed by activating, removing, deactivating again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from robot import types

#: A desired value: text (`yes` or `no` for a flag); None for a licence that should be off; True or
#: False for `present`.
Value = str | bool | None

PHONE_FIELDS = ("phone_number", "extension")
#: What the profile form holds. 8x8's SCIM makes the first three read-only (8x8 SCIM article).
PROFILE_FIELDS = (
    "first_name",
    "last_name",
    "email",
    "job_title",
    "department",
    "language",
    "time_zone",
)
FIELDS = (
    "license",
    *PHONE_FIELDS,
    "cost_center",
    "present",
    "active",
    "site",
    "contact_number",
    "in_directory",
    *PROFILE_FIELDS,
)
#: Parameters whose field is also a key the person is found by: the new value has a name of its own.
RENAMED = {"email": "new_email", "site": "new_site"}
#: Without these nobody can be created (8x8 user API: mandatory).
_CREATED_WITH = ("first_name", "last_name", "email", "site")
_CREATED_MAYBE = ("job_title", "department", "language", "time_zone")


class Unplannable(ValueError):
    """No operation makes this field true; `field` names it, the message says what is missing."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name


@dataclass(frozen=True, slots=True)
class Planned:
    """One task to be made. after, approved_with: index of an earlier item of the same plan."""

    operation: str
    parameters: dict[str, str] = field(default_factory=dict)
    after: int | None = None
    approved_with: int | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Company:
    """What planning must know of a tenant.

    instead: of 8x8's own SCIM, so that people are created, activated and deactivated too; else those
    are left to it. pbx_of: site -> PBX; a move between sites that it does not name is taken for one
    within a PBX, which the console refuses where it is not.
    """

    instead: bool = False
    pbx_of: Mapping[str, str] = field(default_factory=dict)


ALONGSIDE = Company()


def plan(
    desired: Mapping[str, Value],
    observed: Mapping[str, str],
    wanted: Collection[str],
    company: Company = ALONGSIDE,
) -> list[Planned]:
    """The operations that make the `wanted` fields as desired; empty when all is observed so.

    desired: field -> value for every field known, wanted or not. observed: fact -> raw text last
    seen, without what is not known; a field that was never seen is planned, and the flow ends
    without a change if it finds it already so. Raises Unplannable, and KeyError for a wanted field
    without a desired value.
    """
    return _Life(desired, observed, wanted, company).planned()


class _Life:
    """One account's plan as it grows.

    last: index of what the next item in order waits for. ready: of what makes the user be there.
    """

    def __init__(
        self,
        desired: Mapping[str, Value],
        observed: Mapping[str, str],
        wanted: Collection[str],
        company: Company,
    ) -> None:
        self.desired, self.wanted, self.company = desired, set(wanted), company
        self.seen = dict(observed)
        self.items: list[Planned] = []
        self.last: int | None = None
        self.ready: int | None = None

    def planned(self) -> list[Planned]:
        if "present" in self.wanted and self.desired["present"] is False:
            self._delete()
        elif self.desired.get("active") == "no":
            self._rest()
        else:
            self._live()
        return self.items

    def _add(self, operation: str, parameters: dict[str, str] | None = None) -> None:
        """One more item, which waits only until the user is there and active."""
        self.items.append(Planned(operation, parameters or {}, self.ready))

    def _next(
        self, operation: str, parameters: dict[str, str] | None = None, *, urgent: bool = False
    ) -> None:
        """One more item behind the last of these."""
        self.items.append(Planned(operation, parameters or {}, self.last, urgent=urgent))
        self.last = len(self.items) - 1

    # --- Leaving -----------------------------------------------------------------------------

    def _delete(self) -> None:
        """Off with the licence first: deleting a licensed user leaves its number stuck.

        The pair is planned whatever was seen, and one approval is for both. Where the licence is
        trapped on a deactivated user it is freed by itself first, and the deletion asks by itself.
        """
        if self._trapped():
            self._free()
        if self._is_so("active", "no") and (self.items or self.seen.get("license") == ""):
            self._next("delete_user", urgent=True)
            return
        self._next("remove_license", urgent=True)
        self.items.append(Planned("delete_user", after=0, approved_with=0, urgent=True))

    def _rest(self) -> None:
        """Somebody who shall not sign in any more: no setting of theirs is touched but the licence."""
        if self.seen.get("present") == "":
            return  # nobody is created only to be shut out
        free = "license" in self.wanted and self.desired["license"] is None
        if self._is_so("active", "no"):
            if free and self.seen.get("license") != "":
                self._free()
            return
        if free and self.seen.get("license") != "":
            self._next("remove_license", urgent=True)
            self.last = None  # a licence that people are asked about keeps nobody signed in
        if "active" in self.wanted and self.company.instead:
            self._next("deactivate_user", urgent=True)

    def _trapped(self) -> bool:
        return self._is_so("active", "no") and bool(self.seen.get("license"))

    def _free(self) -> None:
        """A deactivated user's licence is Suspended and cannot be taken (8x8 support)."""
        self._next("activate_user", urgent=True)
        self._next("remove_license", urgent=True)
        self._next("deactivate_user", urgent=True)

    # --- Joining and moving ------------------------------------------------------------------

    def _live(self) -> None:
        if self.seen.get("present") == "":
            if self.company.instead:
                self._create()
            self.seen.pop("present")
        elif (
            self.company.instead
            and self.desired.get("active") == "yes"
            and self._is_so("active", "no")
        ):
            self._next("activate_user")
        self.ready = self.last
        self._profile()
        self._voice(moved=self._site())
        self._single("contact_number", "set_contact_number")
        self._directory()
        self._single("cost_center", "set_cost_center")

    def _create(self) -> None:
        """All that the form for a new user takes; the rest follows as for anybody else."""
        known = {
            name: value
            for name in (*_CREATED_WITH, *_CREATED_MAYBE)
            if isinstance(value := self.desired.get(name), str)
        }
        for name in _CREATED_WITH:
            if name not in known:
                raise Unplannable(name, "is needed to create this user")
        self._next("create_user", known)
        self.seen |= known | {"license": "", "phone_number": "", "extension": "", "active": "yes"}

    def _profile(self) -> None:
        news = {
            RENAMED.get(name, name): value
            for name in PROFILE_FIELDS
            if name in self.wanted and not self._is_so(name, value := self._text(name))
        }
        if news:
            self._add("set_profile", news)

    def _site(self) -> bool:
        """True when the move takes the licence off, so that another has to be given afterwards."""
        if "site" not in self.wanted or self._is_so("site", self._text("site")):
            return False
        site = self._text("site")
        across = self._pbx(site) != self._pbx(self.seen.get("site", ""))
        licensed = across and self.seen.get("license") != ""
        if licensed:
            # 8x8 support: a move to another PBX is licence off, site, licence on again.
            if "license" not in self.desired:
                message = (
                    "is on another PBX, which costs the licence: say which one, or none, there"
                )
                raise Unplannable("site", message)
            self._next("remove_license")
            self.seen |= {"license": "", "phone_number": "", "extension": ""}
        self._next("set_site", {RENAMED["site"]: site})
        return licensed

    def _pbx(self, site: str) -> str:
        return self.company.pbx_of.get(site, "")

    def _voice(self, *, moved: bool) -> None:
        phone = {name: self._text(name) for name in PHONE_FIELDS if name in self.wanted}
        wish = self.desired["license"] if "license" in self.wanted or moved else ""
        if wish is None:
            self._license_off(phone)
            return
        name = str(wish)
        if name and not self._is_so("license", name):
            if not self.seen.get("license"):
                # The console asks for number and extension on the same form, and saves them together.
                self._next("assign_license", {"license": name, **phone})
                return
            self._next("change_license", {"license": name})
        if not all(self._is_so(name, value) for name, value in phone.items()):
            number = phone.get("phone_number") or self._known_number()
            self._next("set_work_phone", {"phone_number": number, **phone})

    def _license_off(self, phone: Mapping[str, str]) -> None:
        if phone:
            raise Unplannable(next(iter(phone)), "cannot be set while the licence is taken away")
        if self.seen.get("license") != "":
            self._next("remove_license")

    def _directory(self) -> None:
        if "in_directory" in self.wanted and not self._is_so(
            "in_directory", wish := self._text("in_directory")
        ):
            self._add("show_in_directory" if wish == "yes" else "hide_from_directory")

    def _single(self, name: str, operation: str) -> None:
        """A field that an operation of its own makes true."""
        if name in self.wanted and not self._is_so(name, wish := self._text(name)):
            self._add(operation, {name: wish})

    # --- What is wished and seen ---------------------------------------------------------------

    def _text(self, name: str) -> str:
        value = self.desired[name]
        if not isinstance(value, str):
            raise Unplannable(name, "can be set but not taken away")
        return value

    def _is_so(self, name: str, value: str) -> bool:
        return name in self.seen and types.equal_fact(name, value, self.seen[name])

    def _known_number(self) -> str:
        """The number that an extension alone belongs to: as desired, else as seen."""
        wish = self.desired.get("phone_number")
        if isinstance(wish, str):
            return wish
        try:
            return types.TYPES["phone"].parse(self.seen.get("phone_number", ""))
        except types.InvalidValue:
            raise Unplannable(
                "extension", "needs a phone_number beside it: no number of this account is known"
            ) from None
