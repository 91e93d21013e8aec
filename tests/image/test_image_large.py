"""What takes minutes: as many goals as the largest source may have, and a second build."""

from __future__ import annotations

import subprocess

import pytest

from program.running import until

pytestmark = pytest.mark.long
GOALS, GRANTS, GROWN = 100_000, 4_000, "512m"


@pytest.fixture
def large(postgres, make_bound, s3_bucket):
    """A Hub of generated goals."""
    from generate_hub import fill

    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE image_large")
    with postgres.connect("image_large") as connection:
        fill(connection, GOALS, GRANTS, 7)
    yield make_bound("image_large", s3_bucket)
    with postgres.connect() as connection:
        connection.execute("DROP DATABASE image_large WITH (FORCE)")


def test_a_hundred_thousand_goals_fit_into_half_a_gigabyte(large):
    """`cf run-task -m 512M` with 100,000 generated goals, /tmp on a disk: published, and never killed for memory"""
    folder = large.platform.folder / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    assert large.platform("twicetold db upgrade", temporary=folder).status == 0
    task = large.platform.task("twicetold run --profile ttahub --deadline 3600", memory=GROWN, temporary=folder)
    until(lambda: not task.is_alive(), seconds=1800)
    ended = task.end()
    assert ended.status == 0, ended
    assert ended.summary["state"] == "published"
    assert large.store.count("published") == 1
    assert ended.summary["memory"]["process_peak"] < 512 << 20


def test_two_builds_give_the_same_layers(image):
    """the build itself, once more and without any layer of the first"""
    from imaging.build import build, diff_ids

    again = "localhost/twicetold:again"
    build(tag=again, fresh=True, quiet=True)
    digests = diff_ids(again)
    subprocess.run(["buildah", "rmi", again], check=True, capture_output=True)
    assert digests == diff_ids(image)
