"""What a Dockerfile must keep to so that its image can start, stays small and holds only what was locked.

Linters know style; these rules are about what makes an image wrong. Each has a name, and says what breaks it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TREES = ("/stdlib", "/deps", "/system", "/model", "/code")
VARIABLES = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
LABELS = ("title", "description", "licenses", "version", "revision", "created", "base.name")
ENTRY_POINT = ["/usr/bin/python3.13", "-I", "-u", "-m", "twicetold"]
_LOCKED = ("--require-hashes", "--only-binary :all:")
_CARELESS = re.compile(r"(^|\s)(-U|--upgrade|--prefer-binary|--pre|--extra-index-url|--trusted-host|-i|--index-url)\b")
_TOOLS = re.compile(r"\b(apt|apt-get|apk|dpkg|gcc|g\+\+|build-essential|curl|wget)\b")


@dataclass(frozen=True)
class Instruction:
    """One instruction.

    Attributes:
        stage: Number of its stage; -1 before the first.
        name: In upper case, as it should be written.
        written: As it is written.
        text: What follows, on one line.
    """

    stage: int
    name: str
    written: str
    text: str


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile, taken apart."""

    instructions: list[Instruction]

    @classmethod
    def parse(cls, text: str) -> Dockerfile:
        """Takes one apart; comments are left out."""
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        found, stage = [], -1
        for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
            if line.strip():
                written, _, rest = line.strip().partition(" ")
                stage += written.upper() == "FROM"
                found.append(Instruction(stage, written.upper(), written, " ".join(rest.split())))
        return cls(found)

    @property
    def last(self) -> int:
        """The stage that becomes the image."""
        return max(each.stage for each in self.instructions)

    def all(self, name: str, *, final: bool = False) -> list[Instruction]:
        """The instructions of a name; of the last stage alone where asked."""
        return [each for each in self.instructions if each.name == name and (not final or each.stage == self.last)]

    def installs(self) -> list[str]:
        """The calls of pip that install."""
        calls = [call.strip() for each in self.all("RUN") for call in each.text.split("&&")]
        return [call for call in calls if re.search(r"\bpip3? install\b", call)]


def _bases(file: Dockerfile) -> Iterator[str]:
    """Every stage stands on one of the two bases of bases.env, or on another stage, and no default hides which."""
    stages = {match[1] for each in file.all("FROM") if (match := re.search(r" AS (\S+)$", each.text, re.IGNORECASE))}
    for each in file.all("FROM"):
        base = each.text.split()[0]
        if base not in {"${BUILD_BASE}", "${RUN_BASE}"} | stages:
            yield f"FROM {base} is none of the bases"
    for each in file.all("ARG"):
        if each.text.startswith(("BUILD_BASE=", "RUN_BASE=")):
            yield f"ARG {each.text} has a default"


def _entry(file: Dockerfile) -> Iterator[str]:
    """The entry point is the whole call, as a list; words after the image are added to it, and there is no CMD."""
    points = file.all("ENTRYPOINT", final=True)
    if len(points) != 1 or not points[0].text.startswith("[") or json.loads(points[0].text) != ENTRY_POINT:
        yield f"ENTRYPOINT is not {ENTRY_POINT}"
    yield from (f"CMD {each.text} would be words for the entry point" for each in file.all("CMD"))


def _environments(file: Dockerfile) -> Iterator[str]:
    """No virtual environment: its Python is a link to where the other base has none."""
    for each in file.instructions:
        if re.search(r"\b(venv|virtualenv)\b", each.text):
            yield f"{each.name} {each.text} makes or copies a virtual environment"


def _trees(file: Dockerfile) -> Iterator[str]:
    """The image receives the trees that were made for it, each once and whole, and no system folder of a builder."""
    sources = []
    for each in file.all("COPY", final=True):
        words = each.text.split()
        if words[0] != "--from=build" or len(words) != 3 or words[2] != "/" or words[1] not in TREES:
            yield f"COPY {each.text} is none of the trees"
        sources.append(words[1])
    if sorted(sources) != sorted(TREES):
        yield f"the trees are not {TREES}, each once"
    if sources and sources[-1] != "/code":
        yield "the program is not the last layer"
    for each in file.all("ADD"):
        yield f"ADD {each.text} may fetch or unpack"
    for each in file.all("COPY"):
        if re.search(r"--from=\S+ /(usr/)?(lib|bin|local)/? ", each.text):
            yield f"COPY {each.text} mixes two systems"


def _targets(file: Dockerfile) -> Iterator[str]:
    """Packages, tools and program are installed into folders of their own."""
    targets = [match[1] for call in file.installs() if (match := re.search(r'--target "?([^" ]+)', call))]
    if len(targets) != len(file.installs()) or len(set(targets)) != len(targets):
        yield f"pip installs into {targets}"


def _user(file: Dockerfile) -> Iterator[str]:
    """The last user is the one without rights, by number."""
    users = [each.text for each in file.all("USER", final=True)]
    if users[-1:] != ["65532:65532"]:
        yield f"USER is {users}"


def _lock(file: Dockerfile) -> Iterator[str]:
    """Installed is what is locked, by hash and as wheels, or what lies here; nothing newer, nothing else."""
    for call in file.installs():
        if "--no-index" not in call and not all(option in call for option in _LOCKED):
            yield f"without hashes or wheels: {call}"
        if "--no-index" not in call and not re.search(r"-r \S+\.txt$", call):
            yield f"what is installed is not a lock: {call}"
        if _CARELESS.search(call):
            yield f"takes what it gets: {call}"


def _mounts(file: Dockerfile) -> Iterator[str]:
    """No mounts in the file: a cache would make builds differ, and needs a syntax of one tool."""
    yield from (f"RUN {each.text}" for each in file.all("RUN") if "--mount" in each.text)


def _tools(file: Dockerfile) -> Iterator[str]:
    """No package manager of the system and no compiler, in any stage: every package is a wheel."""
    yield from (f"RUN {each.text}" for each in file.all("RUN") if _TOOLS.search(each.text))
    yield from (f"RUN {each.text} in the image" for each in file.all("RUN", final=True))


def _residue(file: Dockerfile) -> Iterator[str]:
    """Every stage, argument and variable has a use; keywords are written one way."""
    text = "\n".join(each.text for each in file.instructions)
    for each in file.instructions:
        if each.written != each.name or re.search(r" as \S+$", each.text):
            yield f"{each.written} {each.text}: keywords in small letters"
    for each in file.all("FROM")[:-1]:
        name = each.text.split()[-1]
        if not re.search(rf"--from={name} |^{name}$", text, re.MULTILINE):
            yield f"stage {name} is used by nobody"
    used = text + json.dumps([each.text for each in file.all("RUN")])
    for each in file.all("ARG"):
        if not re.search(rf"\$\{{?{each.text.partition('=')[0]}\b", text):
            yield f"ARG {each.text} is used by nobody"
    for name in _variables(file):
        known = name in VARIABLES or name.startswith(("PIP_", "PYTHON"))
        if not known and f"${name}" not in used:
            yield f"ENV {name} is used by nobody"


def _variables(file: Dockerfile, *, final: bool = False) -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S*)", " ".join(each.text for each in file.all("ENV", final=final))))


def _silence(file: Dockerfile) -> Iterator[str]:
    """Opted out of telemetry, no waiting for output, no writing of compiled files."""
    have = _variables(file, final=True)
    yield from (f"ENV {name} is not {value}" for name, value in VARIABLES.items() if have.get(name) != value)
    yield from (f"ENV {name} looks like a secret" for name in have if re.search("KEY|SECRET|PASSWORD|TOKEN", name))


def _shell(file: Dockerfile) -> Iterator[str]:
    """What the platform needs to start a task: /bin/sh, as which the stand-in is put, and root's shell."""
    text = "\n".join(each.text for each in file.instructions)
    if "deploy/sh.py /system/usr/bin/sh" not in text:
        yield "there is no /bin/sh"
    if not re.search(r"finish\.py accounts /system/etc/passwd", text):
        yield "root has no shell"


def _labels(file: Dockerfile) -> Iterator[str]:
    """What the image is, in OCI's labels."""
    text = " ".join(each.text for each in file.all("LABEL", final=True))
    yield from (f"label {name} is missing" for name in LABELS if f"org.opencontainers.image.{name}=" not in text)


RULES: dict[str, Callable[[Dockerfile], Iterator[str]]] = {
    "bases": _bases,
    "entry point": _entry,
    "no virtual environment": _environments,
    "trees": _trees,
    "targets": _targets,
    "user": _user,
    "lock": _lock,
    "no mounts": _mounts,
    "no system tools": _tools,
    "no residue": _residue,
    "silence": _silence,
    "shell": _shell,
    "labels": _labels,
}


def broken(text: str) -> dict[str, list[str]]:
    """The rules that a Dockerfile breaks, and how."""
    file = Dockerfile.parse(text)
    found = {name: list(rule(file)) for name, rule in RULES.items()}
    return {name: complaints for name, complaints in found.items() if complaints}
