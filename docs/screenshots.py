"""Takes the pictures of the review pages that the documentation shows, of the shipped example.

Usage: python docs/screenshots.py; it needs Chromium and playwright.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
EXAMPLE = ROOT / "src" / "twicetold" / "data" / "demo" / "goals.csv"
PROFILE = """
[source]
kind = "files"
files = ["goals.csv"]
[records]
id = "goal_id"
text = "goal_text"
scope = "recipient_id"
[publish]
out = "out"
"""


def main() -> None:
    """Makes all pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(EXAMPLE, folder)
        (folder / "goals.toml").write_text(PROFILE)
        environment = {**os.environ, "TWICETOLD_STORE": f"sqlite:///{folder}/store.db"}
        program = [sys.executable, "-m", "twicetold"]
        subprocess.run([*program, "run", "--profile", "goals"], cwd=folder, env=environment, check=True)  # noqa: S603 - our own program
        command = [*program, "serve", "--profile", "goals", "--port", "0"]
        with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as service:  # noqa: S603
            assert service.stderr is not None
            found = re.search(r"http://\S+", service.stderr.readline())
            assert found is not None
            try:
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(
                        executable_path=shutil.which("chromium"), args=["--no-sandbox"]
                    )
                    page = browser.new_page(viewport={"width": 1200, "height": 800}, locale="en-US")
                    page.goto(found[0])
                    shoot(page)
                    browser.close()
            finally:
                service.send_signal(signal.SIGTERM)


def shoot(page: Page) -> None:
    """Walks through the pages as a reviewer does."""
    take(page, "review-queue")
    page.get_by_role("link", name="Submit the expansion application").click()
    page.locator("#different-1").check()
    take(page, "review-group")
    page.get_by_role("button", name="Save answers").click()
    take(page, "review-saved")
    for path, name in (("/label", "review-label"), ("/runs", "review-runs"), ("/model", "review-model")):
        page.goto(urljoin(page.url, path))
        take(page, name)
    page.get_by_role("link", name="Try it").click()
    page.get_by_role("button", name="Compare").click()
    page.set_viewport_size({"width": 1200, "height": 1250})
    take(page, "review-try")
    page.set_viewport_size({"width": 320, "height": 800})
    page.get_by_role("link", name="Review").click()
    page.get_by_role("link", name="Español").click()
    take(page, "review-narrow")


def take(page: Page, name: str) -> None:
    """Takes one picture of what is on the screen."""
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
