"""Set-up, run by `make` with any Python before a package is installed: standard library only.

Virtual environment, packages, keys and browser. Each part is done only where it is missing, so that
the second start takes a moment. Exit 2 with one line that says what to do when something cannot be
had.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
LOCAL = Path(os.environ.get("LOCAL_DIR") or ROOT / ".local").expanduser().resolve()
STAMP = LOCAL / "run" / "packages"
#: Path of the browser that was seen to start; the settings hand it on to the robot.
KEPT = LOCAL / "run" / "browser"
LEAST = (3, 11)
DOWNLOAD_SECONDS = 600
DEBIAN_BROWSER = ("chromium-headless-shell", "fonts-liberation")


def stop(message: str) -> NoReturn:
    """End with 2 and one line."""
    print(message, file=sys.stderr)
    sys.exit(2)


def say(message: str) -> None:
    """Tell what takes time."""
    print(f"set-up: {message}", flush=True)


def run(
    *command: str | Path, seconds: float = DOWNLOAD_SECONDS, env: dict[str, str] | None = None
) -> tuple[bool, str]:
    """Run a command from the project's folder: whether it went well, and all that it printed."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, f"no end after {seconds:g} s"
    except OSError as error:
        return False, str(error)
    return done.returncode == 0, done.stdout.decode("utf-8", errors="replace")


def apt(*packages: str) -> bool:
    """Install Debian packages where that is allowed; False where it is not or fails."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"installing {' '.join(packages)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-q", env=quiet)
    install = ("apt-get", "install", "-y", "--no-install-recommends", *packages)
    return run(*install, env=quiet)[0]


def right_python() -> Path:
    """This interpreter if it is new enough, else the newest other one on the path."""
    if sys.version_info >= LEAST:
        return Path(sys.executable)
    for minor in range(20, LEAST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return Path(found)
    have = ".".join(map(str, sys.version_info[:3]))
    stop(f"Python 3.11 or later is needed and this is {have}: make PYTHON=/path/to/python3.11 ...")


def environment() -> None:
    """Make .venv unless a good one is there."""
    check = f"import sys, pip; sys.exit(sys.version_info < {LEAST!r})"
    if run(PYTHON, "-c", check)[0]:
        return
    python = right_python()
    say("making .venv")
    STAMP.unlink(missing_ok=True)
    made, output = run(python, "-m", "venv", "--clear", VENV)
    if not made and apt("python3-venv"):
        made, output = run(python, "-m", "venv", "--clear", VENV)
    if not made:
        reason = output.strip().splitlines()[-1:] or ["it said nothing"]
        stop(f"{python} -m venv failed ({reason[0]}). Debian: apt-get install python3-venv")


def packages() -> None:
    """Install exactly what the lock file names, each file checked against its hash."""
    wanted = hashlib.sha256(LOCK.read_bytes() + str(VENV).encode()).hexdigest()
    if STAMP.is_file() and STAMP.read_text("ascii") == wanted:
        return
    say("installing packages")
    install = ("install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    done, output = run(PYTHON, "-m", "pip", *install, "-r", LOCK)
    if not done:
        print(output, file=sys.stderr)
        stop("The packages could not be installed: see above; is the package index reachable?")
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STAMP.write_text(wanted, "ascii")


def works(browser: str) -> bool:
    """It starts; a downloaded one may lack libraries of the system."""
    return run(browser, "--version", seconds=30)[0]


def candidates() -> list[str]:
    """What the robot itself would drive, best first."""
    ask = "from robot.player.browser import candidates; print(*candidates(), sep='\\n')"
    found, output = run(PYTHON, "-c", ask, seconds=60)
    if not found:
        print(output, file=sys.stderr)
        stop("The robot's browser module does not load: see above.")
    return output.split("\n")


def keep_one() -> bool:
    """Keep the path of the first one that starts; False when none does."""
    found = next((path for path in candidates() if path and works(path)), "")
    if found:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(found, "utf-8")
    return bool(found)


def browser() -> None:
    """Playwright's own Chromium; where that is not reached or does not start, Debian's."""
    elsewhere = "CONSOLE_BROWSER_ENDPOINT"
    if os.environ.get(elsewhere, "").strip() or os.environ.get(f"{elsewhere}_FILE", "").strip():
        return
    named = os.environ.get("CONSOLE_BROWSER", "").strip()
    if named:
        if not works(named):
            stop(f"CONSOLE_BROWSER={named} does not start. Name a Chromium, or unset it.")
        return
    if (KEPT.is_file() and works(KEPT.read_text("utf-8"))) or keep_one():
        return
    say("fetching a browser")
    # Playwright gives each of its hosts this long to answer, in milliseconds.
    patience = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}
    run(PYTHON, "-m", "playwright", "install", "--only-shell", "chromium", env=patience)
    if keep_one() or (apt(*DEBIAN_BROWSER) and keep_one()):
        return
    stop(
        "No browser. Run `.venv/bin/python -m playwright install --with-deps --only-shell chromium`"
        f", or on Debian `apt-get install {' '.join(DEBIAN_BROWSER)}`, or set CONSOLE_BROWSER."
    )


def keys(folder: Path) -> None:
    """Make the secrets that are not there yet, readable by their owner only, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "TOKEN_PEPPER": secrets.token_urlsafe(32),
    }
    for name, value in fresh.items():
        if (folder / name).exists():
            continue
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}-")  # 0600
        try:
            with os.fdopen(handle, "w") as file:
                file.write(value)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # whoever was first has made the key
                os.link(temporary, folder / name)
        finally:
            Path(temporary).unlink()


def main() -> None:
    """Do all that is missing; one set-up at a time."""
    LOCAL.mkdir(parents=True, exist_ok=True)
    with (LOCAL / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        environment()
        packages()
        keys(LOCAL / "keys")
        browser()


if __name__ == "__main__":
    main()
