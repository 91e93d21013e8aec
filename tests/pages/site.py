"""A service with pages, as browsers ask it."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from servers.process import HOST

if TYPE_CHECKING:
    from program.running import Program, Running
    from program.stores import Store

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Html(HTMLParser):
    """A page as its elements; fails on a tag that is not closed in order."""

    def __init__(self, source: str):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        """What is read, without the signs that keep texts from turning around."""
        return " ".join("".join(self.words).replace("\u2068", "").replace("\u2069", "").split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def form(self, **chosen: Any) -> list[tuple[str, str]]:
        """What a browser would send of the form that decides, with some fields changed."""
        fields = {}
        for given in self.all("input"):
            name, kind = given.get("name"), given.get("type", "text")
            if name and name != "number" and (kind not in ("radio", "checkbox") or "checked" in given):
                fields[name] = given.get("value") or ""
        ticks = chosen.pop("tick", [])
        return [*(fields | chosen).items(), *(("tick", each) for each in ticks)]


@dataclass(frozen=True)
class Reply:
    """An answer of the service."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def html(self) -> Html:
        return Html(self.body.decode())

    @property
    def text(self) -> str:
        return self.html.text


@dataclass
class Site:
    """A service at work.

    Attributes:
        process: It.
        port: Where it listens.
        keys: By name; none where a link lets somebody in.
        store: Where its results are.
        program: Runs other commands over the same store.
        cookie: Of whoever came by the link.
    """

    process: Running
    port: int
    keys: dict[str, str]
    store: Store
    program: Program
    cookie: str = ""
    _groups: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def enter(self) -> str:
        """Comes by the link; returns the cookie."""
        said = "".join(self.process.said) + "".join(self.process._errors)
        path = re.search(r"http://127\.0\.0\.1:\d+(/login\?token=\S+)", said).group(1)
        reply = self.ask("GET", path)
        assert (reply.status, reply.headers["location"]) == (303, "/")
        self.cookie = reply.headers["set-cookie"].partition(";")[0]
        return self.cookie

    def ask(self, method: str, path: str, fields: Any = None, *, key: str | None = None, **headers: str) -> Reply:
        """Sends a request as a browser does; ``key`` is the name of a key."""
        sent = {"Accept": "text/html,*/*", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if key is not None:
            sent["Authorization"] = f"Bearer {self.keys[key]}"
        elif self.cookie:
            sent["Cookie"] = "; ".join(filter(None, [self.cookie, headers.get("Cookie")]))
        body = None
        if fields is not None:
            body, sent["Content-Type"] = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=30)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def get(self, path: str, *, key: str | None = None, **query: Any) -> Reply:
        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path, key=key)

    def post(self, path: str, fields: Any, *, key: str | None = None, **headers: str) -> Reply:
        return self.ask("POST", path, fields, key=key, **headers)

    def follow(self, reply: Reply, *, key: str | None = None) -> Reply:
        """The page that an answer leads to."""
        assert reply.status == 303, (reply.status, reply.text)
        return self.get(reply.headers["location"], key=key)

    def group_with(self, record: str) -> str:
        """The path of the group that a record is in."""
        (row,) = self.store.execute("select group_id from members where record_id = ?", record)
        return f"/groups/{row['group_id']}"

    def decided(self) -> list[tuple[str, str, str, str]]:
        """Answer, records and who, in order."""
        rows = self.store.execute("select answer, record_a, record_b, who from decisions order by id")
        return [(row["answer"], row["record_a"], row["record_b"], row["who"]) for row in rows]

    def begin_run(self) -> str:
        """A run at which no process is at work any more, so that it stays where it is."""
        run_id = "r20990101T000000-aaaaaa"
        self.store.execute(
            "insert into runs (id, profile, state, settings_digest, code_version, input_digest, fingerprint, model,"
            " started_at) values (?, 'goals', 'working', '', '', '', '', '{}', '2099-01-01')",
            run_id,
        )
        return run_id

    def reach(self, run_id: str, stage: str, content: bytes) -> None:
        """Lets a run come to a stage."""
        inserted = "insert into stages (run_id, name, part, content) values (?, ?, 0, ?)"
        self.store.execute(inserted, run_id, stage, content)
