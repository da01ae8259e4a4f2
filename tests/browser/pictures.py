"""Take pictures of the real thing: of a running demo for the README, or of the sandbox to look at.

    QUEUE_PASSWORD=... .venv/bin/python -m tests.browser.pictures http://127.0.0.1:8000 vera
    .venv/bin/python -m tests.browser.pictures sandbox FOLDER

The first needs a demo that has settled and in which nothing was answered yet, and writes
docs/pictures/*.webp. The second starts a sandbox of its own and writes a PNG for each page, size and
colour scheme.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from robot.sandbox.server import Sandbox
from tests.browser.desk import ARGS, SIZES, Desk, browser_path
from tests.browser.sandbox_pages import scenes

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
#: Bytes a picture may have: the README is read on slow lines too.
MOST = 150_000

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def signed_in(browser: Browser, size: str, scheme: Scheme, web: str) -> Page:
    """A page of the queue for the reviewer named on the command line."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1.5
    )
    page = context.new_page()
    page.goto(f"{web}/admin/")
    page.get_by_label("Username").fill(sys.argv[2])
    page.get_by_label("Password").fill(os.environ["QUEUE_PASSWORD"])
    page.get_by_role("button", name="Log in").click()
    expect(page.locator(".rq-overview")).to_be_visible()
    return page


def open_case(page: Page, web: str, question: str) -> None:
    """The first case whose question contains these words, with its picture."""
    page.goto(f"{web}/admin/reviewqueue/case/")
    page.locator("#result_list").get_by_role("link", name=question).first.click()
    image = page.locator("#rq-crop img")
    expect(image).to_have_js_property("complete", value=True)


def keep(name: str, png: bytes, width: int) -> None:
    """Store a picture, `width` px wide at most, in the best quality that MOST allows."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.thumbnail((width, 10 * width))
    for quality in (90, 80, 70, 60):
        data = io.BytesIO()
        image.save(data, "WEBP", quality=quality, method=6)
        if data.tell() <= MOST:
            break
    else:
        raise SystemExit(f"{name} is larger than {MOST} bytes at any quality")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.webp").write_bytes(data.getvalue())
    sys.stdout.write(f"{name}.webp  {image.width} x {image.height}  {data.tell()} bytes\n")


def take(browser: Browser, web: str) -> None:
    """All of them."""
    page = signed_in(browser, "laptop", "light", web)
    page.goto(f"{web}/admin/reviewqueue/case/")
    expect(page.locator("#result_list")).to_be_visible()
    keep("queue", page.screenshot(), 1440)
    open_case(page, web, "Which of these people")
    keep("case", page.screenshot(clip={"x": 0, "y": 0, "width": 1440, "height": 720}), 1440)

    page.goto(f"{web}/admin/robot/task/?operation__exact=assign_license&state__exact=verified")
    page.locator("#result_list tbody tr").last.get_by_role("link").first.click()
    before = page.locator(".rq-thumbs a", has_text="before_commit").last
    address = before.get_attribute("href")
    answer = page.request.get(f"{web}{address}")
    keep("evidence", answer.body(), 1440)

    phone = signed_in(browser, "telephone", "dark", web)
    open_case(phone, web, "The console refused")
    keep("telephone", phone.screenshot(), 585)


def take_sandbox(browser: Browser, folder: Path) -> None:
    """Every main page of the sandbox, on laptop and telephone, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            with Sandbox() as sandbox:
                desk = Desk(context.new_page(), sandbox)
                for shown in scenes(desk):
                    shown.heading.wait_for()
                    desk.page.screenshot(path=folder / f"{shown.name}-{size}-{scheme}.png")
            context.close()


def main() -> None:
    """Wrong use ends with 2 and one line."""
    of_sandbox = sys.argv[1:2] == ["sandbox"]
    if len(sys.argv) != 3 or not (of_sandbox or "QUEUE_PASSWORD" in os.environ):
        sys.stderr.write(
            "usage: [QUEUE_PASSWORD=...] pictures http://HOST:PORT REVIEWER | sandbox FOLDER\n"
        )
        sys.exit(2)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=ARGS)
        try:
            if of_sandbox:
                take_sandbox(browser, Path(sys.argv[2]))
            else:
                take(browser, sys.argv[1].rstrip("/"))
        finally:
            browser.close()


if __name__ == "__main__":
    main()
