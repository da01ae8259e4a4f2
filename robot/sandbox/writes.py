"""What each write does to the world, and how the console words its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from robot.sandbox.model import EXTRAS, LANGUAGES, SCOPES, TIME_ZONES, Site, User, World

# 8x8 support, 2025: the texts of a full and of two partial failures.
FAILED = "Failed saving user settings"
FAILED_AT_EXTENSION = "User settings saved with errors. Failed at extension update."
FAILED_AT_NUMBER = (
    "User settings saved with errors. Failed at Phone Number assistant sending welcome email"
)
DELETED = "User(s) deleted successfully!"
# invented: the texts below; no source gives them.
SAVED = "User settings saved successfully"
DEACTIVATED = "User deactivated successfully"
ACTIVATED = "User activated successfully"
COST_CENTER_SAVED = "Cost center assignment saved"
SETTINGS_SAVED = "Cost center settings saved"
RETURNED = "Number(s) returned to 8x8"
IN_USE = "Only available numbers can be returned"
READ_ONLY = "This user is managed by your identity provider"
INACTIVE = "A deactivated user cannot be edited"
IN_CONTACT_CENTER = "This user is still part of Contact Center and cannot be deleted"
PRIMARY = "The primary administrator cannot be deleted"
NOT_ALLOWED = "You do not have permission to delete users"
GONE = "User not found"

# 8x8 support: "Phone Number Assignment Fails Due to User First Name Length"; number invented.
LONG_FIRST_NAME = 30
# User API: identity fields that SCIM owns are read-only in the console.
SCIM_FIELDS = ("first_name", "last_name", "email", "username")
TEXT_FIELDS = (*SCIM_FIELDS, "job_title", "department", "personal_contact_number")
CHOICES = {"language": LANGUAGES, "time_zone": TIME_ZONES, "directory_scope": SCOPES}
VOICE_FIELDS = ("license", "phone_number", "extension", "device")
EMERGENCY = ("911", "112", "999", "933")

Verdict = Literal["applied", "partial", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write did. `status` is the HTTP status, `message` the banner's text."""

    outcome: Verdict
    status: int
    message: str


def _refused(message: str, status: int = 424) -> Outcome:
    return Outcome("refused", status, message)


def save_user(world: World, user_id: str, fields: dict[str, Any], *, partial: bool) -> Outcome:
    """Save the edit form's changed fields. `partial` makes the extension step fail.

    Saving is not atomic (8x8 support): profile first, then licence, extension, number.
    """
    user = world.users.get(user_id)
    if user is None:
        return _refused(GONE, 404)
    refusal = _why_not(world, user, fields)
    if refusal:
        return refusal
    site = world.site(fields.get("site", user.site))
    wanted = fields.get("license")
    license_ = world.free_license(wanted) if wanted else None
    if wanted and (license_ is None or license_.country != site.country):
        return _refused(FAILED)
    licensed = bool(wanted) or (user.license_id is not None and wanted != "")
    extension = str(fields.get("extension", user.extension))
    number = str(fields.get("phone_number", user.phone_number))
    if licensed and (not extension or not number or _taken(world, user, site, extension)):
        return _refused(FAILED)
    if number and number != user.phone_number:
        spare = world.numbers.get(number)
        if not licensed or spare is None or spare.status != "Available":
            return _refused(FAILED)

    _profile(world, user, fields)
    if wanted is not None:
        take_license(world, user)
        if license_:
            license_.status, license_.user_id, user.license_id = "Assigned", user.id, license_.id
    if partial:
        return Outcome("partial", 207, FAILED_AT_EXTENSION)
    if not licensed:
        drop_voice(world, user)
        return Outcome("applied", 200, SAVED)
    user.extension = extension
    user.device = str(fields.get("device", user.device))
    if number != user.phone_number:
        if len(user.first_name) > LONG_FIRST_NAME:
            return Outcome("partial", 207, FAILED_AT_NUMBER)
        give_number(world, user, number)
    return Outcome("applied", 200, SAVED)


def _why_not(world: World, user: User, fields: dict[str, Any]) -> Outcome | None:
    if user.status == "INACTIVE":
        return _refused(INACTIVE)
    if user.scim and any(name in fields for name in SCIM_FIELDS):
        return _refused(READ_ONLY)
    username = fields.get("username", user.username)
    if any(one is not user and one.username == username for one in world.users.values()):
        return _refused(f"Username {username} is already in use", 409)
    if any(not str(fields.get(name, "x")).strip() for name in SCIM_FIELDS):
        return _refused(FAILED)
    for name, allowed in CHOICES.items():
        if fields.get(name, allowed[0]) not in allowed:
            return _refused(FAILED)
    if not EXTRAS.keys() >= (fields.get("extras") or {}).keys():
        return _refused(FAILED)
    sites = {site.name: site for site in world.sites}
    new = sites.get(fields.get("site", user.site))
    if new is None or (user.license_id and new.pbx_id != sites[user.site].pbx_id):
        # 8x8 support: a move to another PBX needs the licence off first.
        return _refused(FAILED)
    wanted = str(fields.get("license") or "")
    contact_center = any(f"- {kind}-" in wanted for kind in ("X6", "X7", "X8"))
    if contact_center and not (user.first_name + user.last_name).isascii():
        return _refused(FAILED)
    return None


def _taken(world: World, user: User, site: Site, extension: str) -> bool:
    """Whether somebody else on the site's PBX, or an emergency service, has it."""
    if extension in EMERGENCY or not extension.isdigit():
        return True
    names = {one.name for one in world.sites if one.pbx_id == site.pbx_id}
    return any(
        one is not user and one.extension == extension and one.site in names
        for one in world.users.values()
    )


def _profile(world: World, user: User, fields: dict[str, Any]) -> None:
    for name in (*TEXT_FIELDS, *CHOICES):
        if name in fields:
            setattr(user, name, str(fields[name]).strip())
    if "display_in_directory" in fields:
        user.display_in_directory = bool(fields["display_in_directory"])
    if "site" in fields:
        user.site = str(fields["site"])
        if world.cost_center_type == "site_based":
            user.cost_center = world.site_cost_centers[user.site]
    user.extras.update(fields.get("extras") or {})


def take_license(world: World, user: User) -> None:
    """Put the user's licence back into the stock."""
    license_ = world.license_of(user)
    if license_:
        license_.status, license_.user_id = "Unassigned", None
    user.license_id = None


def give_number(world: World, user: User, number: str) -> None:
    """Move the user to another number; "" only returns the old one to the pool."""
    if user.phone_number:
        old = world.numbers[user.phone_number]
        old.status, old.user_id = "Available", None
    user.phone_number = number
    if number:
        new = world.numbers[number]
        new.status, new.user_id = "Assigned", user.id


def drop_voice(world: World, user: User) -> None:
    """Without a licence there is no number, extension or device."""
    if user.phone_number or user.device:
        give_number(world, user, "")
        user.extension = user.device = ""


def delete_user(world: World, user_id: str, *, allowed: bool) -> Outcome:
    """Delete for good. A licence still on leaves the number stuck (8x8 support)."""
    user = world.users.get(user_id)
    if user is None:
        return _refused(GONE, 404)
    if not allowed:
        return _refused(NOT_ALLOWED, 403)
    if user.primary_admin:
        return _refused(PRIMARY)
    if user.cc_queues or user.cc_admin:
        return _refused(IN_CONTACT_CENTER)
    take_license(world, user)
    del world.users[user_id]
    return Outcome("applied", 200, DELETED)


def set_status(world: World, user_id: str, *, active: bool, allowed: bool) -> Outcome:
    """Deactivate or activate. The licence stays tied, Suspended while inactive."""
    user = world.users.get(user_id)
    if user is None:
        return _refused(GONE, 404)
    if not allowed:
        return _refused(NOT_ALLOWED, 403)
    user.status = "ACTIVE" if active else "INACTIVE"
    license_ = world.license_of(user)
    if license_:
        license_.status = "Assigned" if active else "Suspended"
    return Outcome("applied", 200, ACTIVATED if active else DEACTIVATED)


def assign_cost_center(world: World, user_id: str, name: str) -> Outcome:
    """Set a user's cost center; "" takes it off. Independent accounts only."""
    user = world.users.get(user_id)
    if user is None:
        return _refused(GONE, 404)
    if not world.opted_in:
        return _refused("Cost Center Opted In: No", 409)
    if world.cost_center_type == "site_based":
        return _refused("Cost Center Type: Site Based", 409)
    if name and all(one.name != name for one in world.cost_centers):
        return _refused("Unknown cost center", 422)
    user.cost_center = name
    return Outcome("applied", 200, COST_CENTER_SAVED)


def save_cost_center_settings(world: World, fields: dict[str, Any]) -> Outcome:
    """The three settings of Cost Center Management. Site Based pre-assigns by site (8x8 docs)."""
    kind = fields.get("cost_center_type")
    if kind not in ("independent", "site_based"):
        return _refused("Unknown cost center type", 422)
    world.opted_in = bool(fields.get("opted_in"))
    world.cost_center_billing = bool(fields.get("cost_center_billing"))
    world.cost_center_type = kind
    if kind == "site_based":
        for user in world.users.values():
            user.cost_center = world.site_cost_centers[user.site]
    return Outcome("applied", 200, SETTINGS_SAVED)


def return_numbers(world: World, numbers: list[str]) -> Outcome:
    """Give numbers back to 8x8; all of them or none (invented). They can be claimed for 90 days."""
    found = [world.numbers[one] for one in numbers if one in world.numbers]
    if len(found) < len(numbers) or any(one.status != "Available" for one in found):
        return _refused(IN_USE, 409)
    for one in found:
        del world.numbers[one.number]
    return Outcome("applied", 200, RETURNED)
