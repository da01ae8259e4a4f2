"""Somebody at the window of `manage.py login --headed`."""

from __future__ import annotations

import threading
import time

from robot.player.browser import Engine
from robot.player.errors import PlayerError
from robot.processes import listens
from robot.sandbox import totp
from robot.sandbox.server import Sandbox

DEADLINE = 120.0


class Person(threading.Thread):
    """Somebody in front of the window, who acts on the same browser by its debugging port."""

    def __init__(self, port: int, sandbox: Sandbox, *, closes: bool = False) -> None:
        super().__init__(daemon=True)
        self.port, self.sandbox, self.closes = port, sandbox, closes
        self.problem: BaseException | None = None

    def run(self) -> None:
        engine = Engine()
        engine.endpoint = f"http://127.0.0.1:{self.port}"
        page = None
        try:
            end = time.monotonic() + DEADLINE
            while not listens(self.port) and time.monotonic() < end:
                time.sleep(0.05)
            browser = engine.start()
            while not any(context.pages for context in browser.contexts):
                assert time.monotonic() < end
                time.sleep(0.05)
            page = next(page for context in browser.contexts for page in context.pages)
            page.set_default_timeout(DEADLINE * 1000)
            page.get_by_label("Username").wait_for()
            if self.closes:
                page.close()
                return
            given = self.sandbox.logins[0]
            page.get_by_label("Username").fill(given["username"])
            page.get_by_role("button", name="Login").click()
            page.get_by_label("Password").fill(given["password"])
            page.get_by_role("button", name="Login").click()
            page.get_by_role("button", name="Verify").wait_for()
            page.locator("form input").first.fill(totp.code_at(given["totp_secret"], time.time()))
            page.get_by_role("button", name="Verify").click()
        except BaseException as error:  # noqa: BLE001 - shown by the test
            self.problem = error
            if page is not None:
                page.close()  # so that the command does not wait for somebody who gave up
        finally:
            try:
                engine.stop()
            except PlayerError as error:
                self.problem = self.problem or error
