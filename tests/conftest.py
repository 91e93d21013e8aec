"""What holds for every test: no network, nobody's own settings, and skips that can be forbidden."""

from __future__ import annotations

import os
import runpy
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = (
    "program.copies",
    "servers.openid",
    "servers.postgres",
    "servers.receiver",
    "servers.s3",
    "servers.spark",
    "ttahub.hub",
)
OFFLINE = Path(__file__).parent / "offline"
#: Variables that would lead a test to servers, credentials or settings of whoever runs it.
OTHERS = (
    "TWICETOLD_",
    "AWS_",
    "CF_",
    "VCAP_",
    "SERVICE_BINDING_ROOT",
    "PGHOST",
    "PGSERVICE",
    "PGPASS",
    "PGSSL",
    "PGUSER",
)
REQUIRE_ALL = os.environ.get("TWICETOLD_REQUIRE") == "all"

settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


def pytest_configure():
    for name in [name for name in os.environ if name.startswith(OTHERS) and name != "TWICETOLD_REQUIRE"]:
        del os.environ[name]
    os.environ |= {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH")]))
    runpy.run_path(str(OFFLINE / "sitecustomize.py"))


def forbid_skip(report):
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        *_, reason = report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\nTWICETOLD_REQUIRE=all: no test may be skipped."
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return forbid_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return forbid_skip((yield))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; a test that asks for it is skipped where there is none."""
    found = [path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))]
    if not found:
        pytest.skip("needs a browser: install Chromium")
    return found[0]
