"""The files of a chain: each is what its row says, and none lies there without a row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from robot.evidence import convert, rows
from robot.evidence.store import MissingError, Store, StoreError, store
from robot.models import Evidence, Tenant

_PORTION = 500


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold. what: kind of damage; item: which row, link or file; why."""

    what: str
    item: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.item}: {self.why}"


class FileCheck:
    """Checks of one tenant's files against its rows."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.store: Store = store()

    def check(self, row: Evidence) -> Iterator[Finding]:
        """The file of one row: there, and with the digest the row names."""
        name = f"{row.path} (evidence {row.pk})"
        try:
            data = self.store.get(row.path)
        except MissingError:
            reason = self._replaced(row)
            if reason:
                yield Finding("missing file", name, reason)
        except StoreError as error:
            yield Finding("changed file", name, f"it cannot be read ({error})")
        else:
            if hashlib.sha256(data).hexdigest() != row.sha256 or len(data) != row.size:
                yield Finding("changed file", name, "its bytes are not what was captured")

    def _replaced(self, row: Evidence) -> str:
        """Empty if a conversion shows the same pixels as the PNG that is gone; else what is wrong."""
        if row.media_type != rows.PNG:
            return "it was captured and is gone"
        conversion = convert.conversion_of(row)
        if conversion is None:
            return "it was captured and is gone, and no conversion took its place"
        if conversion.meta.get("png_sha256") != row.sha256:
            return "the conversion in its place is of another picture"
        try:
            shown = convert.pixels(self.store.get(conversion.path))
        except (StoreError, convert.PixelsError) as error:
            return f"its conversion cannot be read ({error})"
        if shown.digest != conversion.meta.get("rgb_sha256"):
            return "its conversion does not show the same pixels"
        return ""

    def strangers(self) -> Iterator[Finding]:
        """Files below the tenant that no row names.

        Files are listed before rows are asked, and come to this place only after their row: one
        that was captured meanwhile has its row.
        """
        keys = self.store.keys(self.tenant.slug)
        while portion := list(islice(keys, _PORTION)):
            known = set(
                Evidence.objects.filter(tenant=self.tenant, path__in=portion).values_list(
                    "path", flat=True
                )
            )
            for key in portion:
                if key not in known:
                    yield Finding("added file", key, "no row names it")


def strangers_beside() -> Iterator[Finding]:
    """What lies in the store beside the tenants' folders."""
    for name in store().strangers(set(Tenant.objects.values_list("slug", flat=True))):
        yield Finding("added file", name, "it belongs to no tenant")
