"""The tests' own settings, loaded as a plugin before Django reads any.

Nothing of the caller's environment or folder is used: a developer's DATABASE_URL must not meet a
test. TEST_DATABASE_URL and TEST_BROKER_URL choose real servers (`make test-long`).
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from pathlib import Path

_HERE = Path(tempfile.mkdtemp(prefix="switchboard-test-"))
_ROOT = Path(__file__).resolve().parent.parent
_KEPT = {"CONSOLE_BROWSER"}  # where a browser lies is the machine's business
_BROWSER = Path(os.environ.get("LOCAL_DIR") or _ROOT / ".local") / "run" / "browser"
# Fixed, so that a failing run can be repeated; they open nothing but the test databases.
_KEYS = {
    "SECRET_KEY": "of-the-tests-only-" + 40 * "k",
    "FIELD_KEYS": "dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHktMTI=",
    "TOKEN_PEPPER": "of-the-tests-only-" + 40 * "p",
}


def _names() -> set[str]:
    """Every variable the product reads, by the list kept for people."""
    listed = (_ROOT / ".env.example").read_text("utf-8")
    return set(re.findall(r"^# ([A-Z_]+)=", listed, re.MULTILINE))


for _name in _names() - _KEPT:
    os.environ.pop(_name, None)
    os.environ.pop(f"{_name}_FILE", None)
if _BROWSER.is_file():  # the one that set-up saw start
    os.environ.setdefault("CONSOLE_BROWSER", _BROWSER.read_text("utf-8"))
os.environ.update(_KEYS)
os.environ["LOCAL_DIR"] = str(_HERE)
os.environ["BROKER_URL"] = os.environ.get("TEST_BROKER_URL") or "memory://"
os.environ["EMAIL_URL"] = "memory://"
os.environ["LOG_LEVEL"] = "WARNING"
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]


def _clean(owner: int) -> None:
    """Remove what the run made; a forked child of a test leaves it alone."""
    if os.getpid() == owner:
        shutil.rmtree(_HERE, ignore_errors=True)


# Not a hook of pytest: it would not be called where Django refuses to start.
atexit.register(_clean, os.getpid())
