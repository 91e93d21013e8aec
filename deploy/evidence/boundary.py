"""The boundary: who speaks to whom, from ``boundary.toml``, held to what the image's network test leaves open."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.claims import SOURCES, SourceWrong, table

if TYPE_CHECKING:
    from pathlib import Path

TEST = "tests/image/test_image_network.py"
_FIXTURE, _OPENING = "closed", "namespace"
_ZONES = {"space": "Space of the customer", "platform": "Platform", "outside": "Outside of the boundary"}


@dataclass(frozen=True)
class Flow:
    """One way that data take.

    Attributes:
        source: Who begins it, by name of a node; so for ``target``.
        host: The other end, as a name or as what says it.
        port: Of TCP; 0 where there is no network.
        opened: By which argument the network test opens the port; empty if a run must not need it.
        only: On which condition there is such a flow; empty if there always is.
    """

    source: str
    target: str
    host: str
    port: int
    protocol: str
    data: str
    opened: str
    only: str


@dataclass(frozen=True)
class Boundary:
    """Nodes, as name to what they are and the zone they are in, and the flows between them."""

    nodes: dict[str, tuple[str, str]]
    flows: tuple[Flow, ...]


def read(root: Path) -> Boundary:
    """The boundary of a repository.

    Raises:
        SourceWrong: A key is missing, or a flow has an end that is no node.
    """
    given = table(root, "boundary")
    try:
        nodes = {name: (node["says"], node["zone"]) for name, node in given["nodes"].items()}
        flows = tuple(
            Flow(
                source=flow["from"],
                target=flow["to"],
                host=flow["host"],
                port=flow["port"],
                protocol=flow["protocol"],
                data=flow["data"],
                opened=flow.get("opened", ""),
                only=flow.get("only", ""),
            )
            for flow in given["flow"]
        )
    except KeyError as error:
        raise SourceWrong(f"{SOURCES}/boundary.toml: {error} is missing") from None
    unknown = {end for flow in flows for end in (flow.source, flow.target)} - set(nodes)
    if unknown:
        raise SourceWrong(f"{SOURCES}/boundary.toml: {', '.join(sorted(unknown))} is no node")
    return Boundary(nodes, flows)


def opened(root: Path) -> set[str]:
    """Which ports the network test leaves open to a nightly run, as it writes them.

    Raises:
        SourceWrong: The test opens its namespace in another way by now.
    """
    path = root / TEST
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    fixtures = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == _FIXTURE]
    calls = [node for fixture in fixtures for node in ast.walk(fixture) if isinstance(node, ast.Call)]
    found = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == _OPENING]
    if len(found) != 1:
        raise SourceWrong(f"{TEST}: there is no fixture {_FIXTURE!r} with one call of {_OPENING!r}")
    return {ast.unparse(argument) for argument in found[0].args}


def differences(boundary: Boundary, root: Path) -> list[str]:
    """Where the flows that every run has are not those that the network test leaves open."""
    tested = opened(root)
    drawn = {flow.opened for flow in boundary.flows if flow.opened}
    return [
        *(f"boundary: {TEST} opens {each}, which boundary.toml does not have" for each in sorted(tested - drawn)),
        *(f"boundary: {each} is in boundary.toml and not opened by {TEST}" for each in sorted(drawn - tested)),
        *(
            f"boundary: the flow to {flow.target} is neither tested nor on a condition"
            for flow in boundary.flows
            if flow.source == "task" and flow.port and not (flow.opened or flow.only)
        ),
    ]


def diagram(boundary: Boundary) -> str:
    """The boundary as a flow chart of Mermaid; what is there on a condition only is dashed."""
    zones = defaultdict(list)
    for name, (says, zone) in boundary.nodes.items():
        zones[zone].append(f'    {name}["{says}"]')
    lines = ["flowchart LR"]
    for zone, nodes in zones.items():
        lines += [f'  subgraph zone_{zone}["{_ZONES[zone]}"]', *nodes, "  end"]
    for flow in boundary.flows:
        port = f" {flow.port}" if flow.port else ""
        arrow = "-.->" if flow.only else "-->"
        lines.append(f'  {flow.source} {arrow}|"{flow.protocol}{port}"| {flow.target}')
    return "\n".join(lines)


def flows(boundary: Boundary) -> list[list[str]]:
    """One row per flow: ends, host, port, protocol, data, condition, and whether the network test has it."""
    return [
        [
            f"{flow.source} → {flow.target}",
            flow.host,
            str(flow.port or "none"),
            flow.protocol,
            flow.data,
            flow.only or "always",
            "open" if flow.opened else "closed" if flow.source == "task" and flow.port else "not of the container",
        ]
        for flow in boundary.flows
    ]
