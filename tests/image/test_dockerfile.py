"""The Dockerfile keeps its rules, and each defect that the first one had breaks the rule that is there against it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from imaging.bases import BasesWrong, read
from imaging.dockerfile import RULES, broken

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
SPARK = (ROOT / "deploy/Dockerfile.spark").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
FINAL = "FROM runtime\n"
USER = "USER 65532:65532\n"


@pytest.mark.parametrize("rule", RULES)
def test_the_dockerfile_keeps_the_rule(rule):
    assert broken(TEXT).get(rule) is None


#: What the first Dockerfile did, the rule against it, and the change that does it again.
DEFECTS = {
    "1 a Python and a Debian that nobody mends": ("bases", "FROM ${BUILD_BASE}", "FROM python:3.9-slim-bullseye"),
    "1 the same, by default": ("bases", "ARG RUN_BASE\n", "ARG RUN_BASE=gcr.io/distroless/python3-debian11\n"),
    "2 a CMD that becomes words for the entry point": ("entry point", USER, f'{USER}CMD ["python3", "/app.py"]\n'),
    "2 an entry point that is not there": ("entry point", '"-m", "twicetold"]', '"/app.py"]'),
    "2 an entry point for a shell": (
        "entry point",
        re.search(r"^ENTRYPOINT .*$", TEXT, re.MULTILINE)[0],
        "ENTRYPOINT python3 -m twicetold",
    ),
    "3 a virtual environment whose Python is a dangling link": (
        "no virtual environment",
        "COPY --from=build /deps /\n",
        "COPY --from=build /deps /\nCOPY --from=build /opt/venv /opt/venv\n",
    ),
    "4 the builder's libraries over those of the base": (
        "trees",
        USER,
        f"COPY --from=build /usr/lib/ /usr/lib/\n{USER}",
    ),
    "5 sources and locks beside the packages": ("trees", USER, f"COPY src requirements/run.txt /opt/\n{USER}"),
    "5 the program among the packages": ("targets", '--target "/code/$SITE"', '--target "/deps/$SITE"'),
    "6 root": ("user", USER, ""),
    "6 root, by name": ("user", USER, f"{USER}USER root\n"),
    "7 no hashes": ("lock", "--require-hashes ", ""),
    "7 no lock": ("lock", "-r image.txt", "numpy psycopg"),
    "7 the newest of everything": ("lock", "--no-deps --no-compile", "--upgrade --no-deps --no-compile"),
    "7 whatever is not a wheel": ("lock", "--only-binary :all:", "--prefer-binary"),
    "8 a cache that builds share": (
        "no mounts",
        "RUN python deploy/finish.py pa",
        "RUN --mount=type=cache,target=/c python deploy/finish.py pa",
    ),
    "9 a compiler": (
        "no system tools",
        "WORKDIR /work\n",
        "WORKDIR /work\nRUN apt-get update && apt-get install -y gcc\n",
    ),
    "10 variables of another image": ("no residue", "ENV SITE=", "ENV SPARK_HOME=/opt/spark SITE="),
    "10 a stage that nobody uses": (
        "no residue",
        "FROM ${BUILD_BASE}",
        "FROM ${BUILD_BASE} AS python_install\nFROM ${BUILD_BASE}",
    ),
    "10 keywords in small letters": ("no residue", " AS runtime", " as runtime"),
    "11 no shell for the platform's launcher": ("shell", "COPY deploy/sh.py /system/usr/bin/sh\n", ""),
    "11 no shell for root": ("shell", " \\\n && python deploy/finish.py accounts /system/etc/passwd", ""),
    "11 output that is lost": ("silence", "    PYTHONUNBUFFERED=1 \\\n", ""),
    "11 telemetry": ("silence", "ORT_DISABLE_TELEMETRY=1 ", "ORT_DISABLE_TELEMETRY=0 "),
    "11 no model and no certificates": ("trees", "COPY --from=build /model /\n", ""),
    "11 no labels": ("labels", "org.opencontainers.image.revision", "revision"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_of_the_first_dockerfile_breaks_its_rule(defect):
    rule, there, instead = DEFECTS[defect]
    assert there in TEXT, "the change does not apply any more"
    assert rule in broken(TEXT.replace(there, instead, 1))


def test_every_rule_has_a_defect_that_breaks_it():
    assert {rule for rule, _, _ in DEFECTS.values()} == RULES.keys()


def ignores_all_but_what_is_named(lines: list[str]) -> bool:
    rules = [line for line in lines if line and not line.startswith("#")]
    named = [line[1:] for line in rules[1:] if line.startswith("!")]
    others = [line for line in rules[1:] if not line.startswith("!")]
    return (
        rules[0] == "*"
        and bool(named)
        and not any("*" in name for name in named)
        and others == ["**/__pycache__", "**/*.pyc"]
    )


def test_the_context_is_what_is_named():
    assert ignores_all_but_what_is_named(IGNORED)
    named = [line[1:] for line in IGNORED if line.startswith("!")]
    assert [name for name in named if not (ROOT / name).exists()] == []
    copies = [each for text in (TEXT, SPARK) for each in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE)]
    assert {name for each in copies for name in each.split()} == set(named)


def test_the_image_with_spark_has_locked_packages_and_no_root():
    installs = re.findall(r"pip install (.*?)(?:&&|$)", SPARK.replace("\\\n", ""), re.MULTILINE)
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)
    assert re.findall(r"^USER (.*)$", SPARK, re.MULTILINE) == ["65532:65532"]
    assert re.findall(r"^FROM (\S+)", SPARK, re.MULTILINE) == ["${BUILD_BASE}"] * 2


@pytest.mark.parametrize("lines", [[".git"], ["*", "!*"], ["*", "!src", ".venv"], ["**/__pycache__", "*", "!src"]])
def test_a_list_of_what_to_leave_out_is_none_of_what_to_take(lines):
    assert not ignores_all_but_what_is_named(lines)


PINNED = """\
BUILD_IMAGE=docker.io/library/python:3.13-slim-trixie
BUILD_DIGEST=sha256:{0}
RUN_IMAGE=gcr.io/distroless/python3-debian13:nonroot
RUN_DIGEST=sha256:{0}
""".format("0123456789abcdef" * 4)


@pytest.fixture
def bases(tmp_path):
    """Reads a file of bases with that text."""

    def bases(text, **how):
        path = tmp_path / "bases.env"
        path.write_text(text)
        return read(path, **how)

    return bases


def test_a_release_takes_pinned_bases_by_their_digests(bases):
    read_back = bases(PINNED, release=True)
    assert read_back.are_pinned
    assert read_back.run.startswith("gcr.io/distroless/python3-debian13@sha256:0123")


WRONG = {
    "no digest": (r"(RUN_DIGEST=).*", r"\1"),
    "a short digest": (r"(RUN_DIGEST=.{20}).*", r"\1"),
    "another hash": (r"(RUN_DIGEST=)sha256", r"\1md5"),
    "capital letters": (r"abcdef\n", "ABCDEF\n"),
    "a digest that somebody made up": (r"(BUILD_DIGEST=sha256:).*", r"\1" + "0" * 64),
    "root's image": (r":nonroot", ":latest"),
    "an image with a shell": (r":nonroot", ":debug-nonroot"),
    "a Debian that nobody mends": ("python3-debian13", "python3-debian11"),
    "another Python than the other's": (r"python:3\.13", "python:3.12"),
    "a short name": (r"docker\.io/library/", ""),
    "a line too many": (r"\Z", "MORE=1\n"),
    "a line too few": (r"RUN_DIGEST=.*\n", ""),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_release_is_refused_on_bases_that_are_not_pinned_as_they_should_be(bases, wrong):
    pattern, instead = WRONG[wrong]
    text = re.sub(pattern, instead, PINNED, count=1)
    assert text != PINNED
    with pytest.raises(BasesWrong):
        bases(text, release=True)


def test_the_bases_of_the_repository_can_be_read():
    assert read().run.startswith("gcr.io/distroless/python3-debian13")
