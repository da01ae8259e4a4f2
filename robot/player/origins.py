"""Where the tenant's applications are, and which addresses a page may have."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from robot.player.driver import Place
from robot.player.steps import Application


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the tenant's applications are: `scheme://host[:port]`. others: e.g. the login site."""

    console: str
    billing: str = ""
    others: tuple[str, ...] = ()

    def of(self, application: Application) -> str:
        """The origin of an application."""
        return self.billing if application == "billing" else self.console

    def allows(self, url: str) -> bool:
        """True when the page may be there; a blank page is nowhere."""
        parts = urlsplit(url)
        mine = {one.rstrip("/") for one in (self.console, self.billing, *self.others) if one}
        return parts.scheme == "about" or f"{parts.scheme}://{parts.netloc}" in mine


def is_login(place: Place) -> bool:
    """True when the page asks to sign in: its address says login, or the console answered 401."""
    parts = urlsplit(place.url)
    return place.signed_out or "login" in f"{parts.netloc}{parts.path}".lower()
