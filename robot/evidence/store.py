"""Where the bytes of evidence lie: addressed by content, written once, never changed.

A key is `<tenant>/<aa>/<sha256>.<suffix>`. Bytes are first staged under `.incoming/`, durable and
readable by their key, and moved to their place when their row is committed: what a crash left
without a row never lies among the evidence. Pictures made from evidence (stamped copies) lie under
`.derived/`, can be made again at any time and count for nothing. The interface is small enough for S3
with Object Lock (there `stage` is the upload and `keep` does nothing).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_SLUG = re.compile(r"[A-Za-z0-9_-]+")
_KEY = re.compile(
    r"(?:\.(?:derived|incoming)/)?[A-Za-z0-9_-]+/[0-9a-f]{2}/[0-9a-f]{64}\.[a-z0-9]{1,8}"
)
_DERIVED, _INCOMING = ".derived", ".incoming"
#: Where files are written before they are moved to their place; whatever lies there is nothing yet.
SCRATCH = ".tmp"


class StoreError(Exception):
    """The store could not do it; nothing was written."""


class MissingError(StoreError):
    """No bytes lie under this key (or it is no key at all)."""


class Store(Protocol):
    """Bytes by key. Every method raises StoreError when the place itself fails."""

    def stage(self, tenant_slug: str, data: bytes, suffix: str) -> str:
        """Make the bytes durable and give their key, from which they can be read at once."""

    def keep(self, key: str) -> None:
        """The row that names the staged bytes is committed; call it again if in doubt."""

    def put(self, tenant_slug: str, data: bytes, suffix: str) -> str:
        """Both at once. The same bytes again are the same key."""

    def staged(self) -> Iterator[tuple[str, datetime]]:
        """What was staged and not kept: key, and when it was staged last."""

    def unstage(self, key: str) -> None:
        """Throw staged bytes away that no row will name."""

    def put_derived(self, key: str, data: bytes) -> None:
        """Keep (or replace) a picture made from the evidence under `key`; may be lost."""

    def get_derived(self, key: str) -> bytes | None:
        """That picture, or None."""

    def get(self, key: str) -> bytes:
        """The bytes. Raises MissingError."""

    def exists(self, key: str) -> bool:
        """True when something lies under the key."""

    def keys(self, tenant_slug: str) -> Iterator[str]:
        """Everything that lies below the tenant, strangers included, derived pictures not."""

    def strangers(self, tenant_slugs: Collection[str]) -> Iterator[str]:
        """Names beside the tenants' that belong to none of these tenants."""

    def remove(self, key: str) -> None:
        """Take the bytes away; none there is fine. Only for what a conversion replaced."""


WRONG_ADDRESS = "EVIDENCE_STORE is not an address of the form file:///absolute/path."


def folder_of(address: str) -> Path | None:
    """The folder that EVIDENCE_STORE names, or None when it is not a `file:///absolute/path`."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    folder = Path(unquote(parts.path))
    good = parts.scheme == "file" and not parts.netloc and folder.is_absolute()
    return folder if good and len(folder.parts) > 1 else None


def store() -> Store:
    """The store that settings.EVIDENCE_STORE names. Raises ImproperlyConfigured."""
    folder = folder_of(settings.EVIDENCE_STORE)
    if folder is None:
        raise ImproperlyConfigured(WRONG_ADDRESS)
    return FileStore(folder)


def key_of(tenant_slug: str, digest: str, suffix: str) -> str:
    """The key of bytes with this SHA-256."""
    return f"{tenant_slug}/{digest[:2]}/{digest}.{suffix}"


class FileStore:
    """A folder on a local disk. Files appear whole or not at all, and survive a power cut."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def stage(self, tenant_slug: str, data: bytes, suffix: str) -> str:
        """See Store. Raises StoreError too if other bytes lie where these belong."""
        if not _SLUG.fullmatch(tenant_slug):
            raise StoreError(f"{tenant_slug!r} is no tenant's slug")
        key = key_of(tenant_slug, hashlib.sha256(data).hexdigest(), suffix)
        try:
            known = self.get(key)
        except MissingError:
            self._write(self._path(f"{_INCOMING}/{key}"), data)
            return key
        if known != data:
            # Healing it silently would hide that somebody changed it.
            raise StoreError(f"{key} holds other bytes; run `manage.py evidence verify`")
        with contextlib.suppress(OSError):  # as a rule it is kept already
            os.utime(self._path(f"{_INCOMING}/{key}"))
        return key

    def keep(self, key: str) -> None:
        """See Store. Raises MissingError if nothing was staged."""
        path = self._path(key)
        if path.exists():
            self.unstage(key)
            return
        try:
            _make_folders(path.parent)
            self._path(f"{_INCOMING}/{key}").replace(path)
            _sync_folder(path.parent)
        except FileNotFoundError as error:
            if not path.exists():  # else: somebody with the same bytes was first
                raise MissingError(f"nothing was staged under {key!r}") from error
        except OSError as error:
            raise StoreError(f"{key} cannot be kept ({error.strerror})") from error

    def put(self, tenant_slug: str, data: bytes, suffix: str) -> str:
        """See Store."""
        key = self.stage(tenant_slug, data, suffix)
        self.keep(key)
        return key

    def staged(self) -> Iterator[tuple[str, datetime]]:
        """See Store."""
        for name in self._walk(self.root / _INCOMING):
            with contextlib.suppress(FileNotFoundError):  # kept meanwhile
                at = (self.root / name).stat().st_mtime
                yield name.removeprefix(f"{_INCOMING}/"), datetime.fromtimestamp(at, UTC)

    def unstage(self, key: str) -> None:
        """See Store."""
        (self.root / _INCOMING / key).unlink(missing_ok=True)

    def put_derived(self, key: str, data: bytes) -> None:
        """See Store."""
        self._write(self._path(f"{_DERIVED}/{key}"), data)

    def get_derived(self, key: str) -> bytes | None:
        """See Store."""
        try:
            return self.get(f"{_DERIVED}/{key}")
        except MissingError:
            return None

    def get(self, key: str) -> bytes:
        """See Store."""
        for path in (self._path(key), self.root / _INCOMING / key, self._path(key)):
            # Looked for a second time: between the first two it may have been moved.
            try:
                return path.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise StoreError(f"{key}: {error.strerror}") from error
        raise MissingError(f"no evidence under {key!r}")

    def exists(self, key: str) -> bool:
        """See Store."""
        try:
            self.get(key)
        except StoreError:
            return False
        return True

    def keys(self, tenant_slug: str) -> Iterator[str]:
        """See Store. In order of their names, one folder's names in memory at a time."""
        if _SLUG.fullmatch(tenant_slug):
            yield from self._walk(self.root / tenant_slug)

    def _walk(self, folder: Path) -> Iterator[str]:
        try:
            with os.scandir(folder) as entries:
                found = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in entries)
        except FileNotFoundError:
            return
        for name, is_folder in found:
            if is_folder:
                yield from self._walk(folder / name)
            else:
                yield (folder / name).relative_to(self.root).as_posix()

    def strangers(self, tenant_slugs: Collection[str]) -> Iterator[str]:
        """See Store."""
        ours = {*tenant_slugs, _DERIVED, _INCOMING, SCRATCH}
        with contextlib.suppress(FileNotFoundError), os.scandir(self.root) as entries:
            yield from sorted(entry.name for entry in entries if entry.name not in ours)

    def remove(self, key: str) -> None:
        """See Store."""
        self._path(key).unlink(missing_ok=True)
        self.unstage(key)

    def _path(self, key: str) -> Path:
        # Keys come from the database, which an attacker may have changed: no way out of the root.
        if not _KEY.fullmatch(key):
            raise MissingError(f"{key!r} is no key of the evidence store")
        return self.root / key

    def _write(self, path: Path, data: bytes) -> None:
        try:
            _make_folders(path.parent)
            scratch = self.root / SCRATCH
            _make_folders(scratch)
            handle, name = tempfile.mkstemp(dir=scratch)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    Path(name).unlink()
                raise
            _sync_folder(path.parent)
        except OSError as error:
            raise StoreError(f"evidence cannot be written ({error.strerror})") from error


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, private, each made durable in the one that holds it."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
