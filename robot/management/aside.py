"""What demo, bench and sandbox share: a place apart from any installation, a file for their result."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from django.core.management.base import CommandError

from config import bootstrap, env


def result_file(path: Path | None) -> None:
    """Refuse at the start what could not be written at the end."""
    if path is not None and (path.is_dir() or not os.access(path.parent, os.W_OK)):
        raise CommandError(f"--json {path} cannot be written: is its folder there?", returncode=2)


def again_in(folder: Path) -> NoReturn:
    """Start this command anew, with --inside, in a fresh folder: settings are read only once.

    Nothing of an installation goes along: neither its settings nor its keys. One at a time: the lock
    is kept until the command ends, and the processes that it starts do not inherit it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder.with_name(f"{folder.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CommandError(
            f"Another one runs in {folder}: stop that first, with Ctrl-C.", returncode=2
        ) from error
    os.set_inheritable(lock, True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    bootstrap.keys(folder / "keys")
    own = {**env.foreign(), "LOCAL_DIR": str(folder)}
    os.execve(sys.executable, [sys.executable, *sys.argv, "--inside"], own)  # noqa: S606 - ourselves
