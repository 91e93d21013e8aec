"""The peers and their virtual environments, one for each: `python benchmarks/environments.py [PEER...]`."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import twicetold
from twicetold.model.artifact import read_manifest, shipped_folder
from twicetold.platform.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parent / ".venv-peers"
#: What peers that learn are given: the pairs that the shipped model learnt from too.
LABELLED = HERE.parent / "training" / "pairs.csv"


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool to compare with; the fields are explained in peers.toml."""

    name: str
    title: str
    packages: tuple[str, ...]
    threshold: float
    largest: int
    how: str
    thresholds: tuple[float, ...]
    without_dependencies: tuple[str, ...] = ()
    trained: bool = False
    no_pair_score: str = ""
    unscoped: int = 0

    @property
    def folder(self) -> Path:
        return ENVIRONMENTS / self.name

    def find(self, file: Path, out: Path, thresholds: Iterable[float]) -> list[str]:
        """The command that writes the pairs it would join at each threshold."""
        labelled = ["--labelled", str(LABELLED)] if self.trained else []
        return [*self._script, "find", str(file), str(out), "--thresholds", *map(str, thresholds), *labelled]

    def score(self, file: Path, out: Path) -> list[str]:
        """The command that writes a score for each pair."""
        return [*self._script, "score", str(file), str(out)]

    @property
    def _script(self) -> list[str]:
        """Its script, run by the interpreter of its own environment."""
        script = HERE / "peers" / f"{self.name.replace('-', '_')}_peer.py"
        return [str(self.folder / "bin" / "python"), str(script)]

    @property
    def all_packages(self) -> str:
        return ", ".join((*self.packages, *self.without_dependencies))

    @property
    def note(self) -> str:
        """What was installed and how it is used, as a line of a list."""
        return f"- **{self.title}** ({self.all_packages.replace('==', ' ')}): {self.how}."

    @property
    def why_missing(self) -> str:
        """Why it cannot be run; empty if it can."""
        if _read(self.folder / "installed") == self.all_packages:
            return ""
        return _read(self.folder / "failed") or "not installed: run python benchmarks/environments.py"


def notes(chosen: Iterable[Peer]) -> str:
    """What was measured, Twicetold first, as a list."""
    model = read_manifest(load().model or shipped_folder())
    ours = f"- **Twicetold** {twicetold.__version__}, model {model.name} {model.version} ({model.digest})."
    return "\n".join([ours, *(peer.note for peer in chosen)])


def peers(names: list[str] | None = None) -> list[Peer]:
    """All peers, or those that are named."""
    content: dict[str, Any] = tomllib.loads((HERE / "peers" / "peers.toml").read_text(encoding="utf-8"))
    tables = content["peer"]
    if unknown := set(names or ()) - set(tables):
        sys.exit(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(tables)}")
    return [_peer(name, {"thresholds": content["thresholds"]} | tables[name]) for name in names or tables]


def _peer(name: str, table: dict[str, Any]) -> Peer:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    return Peer(name, **fields)


def install(peer: Peer) -> None:
    """Makes the peer's environment unless it is there; what goes wrong is kept for the tables to say."""
    if not peer.why_missing:
        return
    venv.create(peer.folder, with_pip=True, clear=True)
    pip = [str(peer.folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--prefer-binary"]
    commands = [[*pip, *peer.packages]]
    if peer.without_dependencies:
        commands.append([*pip, "--no-deps", *peer.without_dependencies])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            error = (done.stderr.strip() or "no message").splitlines()[-1]
            (peer.folder / "failed").write_text(f"could not be installed: {error}", encoding="utf-8")
            return
    (peer.folder / "installed").write_text(peer.all_packages, encoding="utf-8")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    for each in peers(sys.argv[1:]):
        print(f"{each.name}: {each.all_packages}", flush=True)
        install(each)
        print(f"  {each.why_missing or 'ready'}", flush=True)
