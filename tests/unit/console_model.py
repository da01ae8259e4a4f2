"""The console as planning must see it: one user, and what each operation is refused for.

After 8x8's public documents only; neither the sandbox nor the planner is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from robot.planning import Planned

#: Site -> PBX and country.
SITES = {"New York": ("us", "US"), "Austin": ("us", "US"), "London": ("emea", "GB")}
PBX_OF = {site: pbx for site, (pbx, _) in SITES.items()}
#: Facts that are gone without a licence.
VOICE = ("license", "phone_number", "extension")


class RefusedByConsole(Exception):
    """The console does not let this be done as things are."""


@dataclass
class User:
    """facts: as the console would show them; None while there is no such user."""

    facts: dict[str, str] | None
    log: list[str] = field(default_factory=list)

    def carry_out(self, item: Planned) -> None:
        """Do it, or raise RefusedByConsole."""
        self.log.append(item.operation)
        getattr(self, f"_{item.operation}")(**item.parameters)

    def _facts(self) -> dict[str, str]:
        if self.facts is None:
            raise RefusedByConsole("there is no such user")
        return self.facts

    def _edited(self) -> dict[str, str]:
        facts = self._facts()
        if facts["active"] != "Active":
            raise RefusedByConsole("a deactivated user's settings cannot be edited")
        return facts

    def _create_user(self, **given: str) -> None:
        if self.facts is not None:
            raise RefusedByConsole("the username is in use")
        blank = dict.fromkeys((*VOICE, "contact_number", "cost_center", "job_title"), "")
        self.facts = blank | {"active": "Active", "in_directory": "No", **given}

    def _activate_user(self) -> None:
        self._facts()["active"] = "Active"

    def _deactivate_user(self) -> None:
        self._facts()["active"] = "Deactivated"

    def _set_profile(self, **given: str) -> None:
        email = {"email": given.pop("new_email")} if "new_email" in given else {}
        self._edited().update(given | email)

    def _set_contact_number(self, contact_number: str) -> None:
        self._edited()["contact_number"] = contact_number

    def _set_cost_center(self, cost_center: str) -> None:
        self._facts()["cost_center"] = cost_center

    def _show_in_directory(self) -> None:
        self._edited()["in_directory"] = "Yes"

    def _hide_from_directory(self) -> None:
        self._edited()["in_directory"] = "No"

    def _set_site(self, new_site: str) -> None:
        facts = self._edited()
        if facts["license"] and SITES[new_site][0] != SITES[facts["site"]][0]:
            raise RefusedByConsole("with a licence on, only sites of the same PBX can be chosen")
        facts["site"] = new_site

    def _assign_license(self, license: str, phone_number: str = "", extension: str = "") -> None:  # noqa: A002
        facts = self._edited()
        if facts["license"]:
            raise RefusedByConsole("there is a licence on already")
        self._licensable(license)
        facts["license"] = license
        facts["phone_number"] = phone_number or "+1 212-555-0100"
        facts["extension"] = extension or "1001"

    def _change_license(self, license: str) -> None:  # noqa: A002
        facts = self._edited()
        if not facts["license"]:
            raise RefusedByConsole("there is no licence to change")
        self._licensable(license)
        facts["license"] = license

    def _licensable(self, license_name: str) -> None:
        if not license_name.endswith(SITES[self._facts()["site"]][1]):
            raise RefusedByConsole("licences are per country: the site's must match")

    def _remove_license(self) -> None:
        facts = self._facts()
        if facts["license"]:
            self._edited().update(dict.fromkeys(VOICE, ""))

    def _set_work_phone(self, phone_number: str, extension: str = "") -> None:
        facts = self._edited()
        if not facts["license"]:
            raise RefusedByConsole("without a licence there is no voice section")
        facts["phone_number"] = phone_number
        facts["extension"] = extension or facts["extension"]

    def _delete_user(self) -> None:
        if self._facts()["license"]:
            raise RefusedByConsole("with the licence on, its number would be stuck")
        self.facts = None
