"""Telemetry: sends a run to an OpenTelemetry receiver at its end, if one is named, and never at the run's expense.

The messages are made of the protocol's own classes and posted by the standard library. The OpenTelemetry SDK, which
is made for programs that run on, takes four times as long to import (0.19 s against 0.05 s) and knows no limit for
all that it does at the end.
"""

from __future__ import annotations

import gzip
import json
import os
import queue
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from twicetold import __version__
from twicetold.findings import Finding, Severity
from twicetold.platform.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twicetold.runs.summary import Trace

    _Answers = queue.SimpleQueue[tuple[str, str]]

#: Seconds for everything, so that a stopped task still ends in the ten seconds that it is given.
BUDGET = 3.0
_SIGNALS = ("traces", "metrics")
_PROTOCOL = "http/protobuf"
_LARGEST_ANSWER = 65_536
#: W3C Trace Context; versions after 00 may be longer.
_TRACEPARENT = re.compile(
    r"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
#: New Relic's receivers; a key that is bound as a service goes to no other.
_NEW_RELIC = re.compile(r"(?:.+\.)?nr-data\.net")
_LICENSE_KEYS = ("license_key", "NEW_RELIC_LICENSE_KEY")
#: OpenTelemetry's names for what Cloud Foundry says in VCAP_APPLICATION.
_CLOUD_FOUNDRY = {
    "cloudfoundry.app.id": "application_id",
    "cloudfoundry.app.name": "application_name",
    "cloudfoundry.app.instance.id": "instance_id",
    "cloudfoundry.process.id": "process_id",
    "cloudfoundry.process.type": "process_type",
    "cloudfoundry.space.id": "space_id",
    "cloudfoundry.space.name": "space_name",
    "cloudfoundry.org.id": "organization_id",
    "cloudfoundry.org.name": "organization_name",
    "deployment.environment": "space_name",
}


class _NotSent(Exception):
    """Why something was not sent, in words that hold no value of a header."""


@dataclass(frozen=True, slots=True)
class _Receiver:
    signal: str
    url: str
    headers: Mapping[str, Secret]

    @property
    def place(self) -> str:
        """Host and port: what may be shown."""
        return urlsplit(self.url).netloc.rpartition("@")[2]


def export(
    trace: Trace,
    summary: Mapping[str, Any],
    *,
    endpoint: str | None = None,
    headers: Mapping[str, str | Secret] | None = None,
    budget: float = BUDGET,
    traceparent: str | None = None,
) -> Finding | None:
    """Sends a run's trace and metrics over OTLP/HTTP, or does nothing where no receiver is named.

    Best effort: it raises nothing, and after the budget it leaves the threads that still wait behind.

    Args:
        trace: The stages; call it when the run is over.
        summary: The fields of ``run.summary``.
        endpoint: The receiver's address without ``/v1/...``; by default as OTEL_EXPORTER_OTLP_ENDPOINT or the
            variable of the signal says.
        headers: Sent along; by default as OTEL_EXPORTER_OTLP_HEADERS says. A New Relic receiver gets the key of
            the bound service that has one, unless ``api-key`` is among them.
        budget: Seconds for everything.
        traceparent: The caller's span, as in W3C Trace Context; by default the variable TRACEPARENT.

    Returns:
        What went wrong, if anything did.
    """
    deadline = time.monotonic() + budget
    try:
        receivers = _receivers(endpoint, headers)
        if not receivers:
            return None
        given = traceparent or os.environ.get("TRACEPARENT")
        problems = _send(_bodies(trace, summary, given), receivers, deadline)
    except _NotSent as problem:
        problems = [str(problem)]
    except Exception as error:  # noqa: BLE001 - whatever it is, the run has done its work
        problems = [type(error).__name__]
    if problems:
        text = f"Telemetry was not sent: {'; '.join(dict.fromkeys(problems))}."
        return Finding(Severity.WARNING, "telemetry-not-sent", text, len(problems))
    if given and not _TRACEPARENT.fullmatch(given):
        text = "The caller's traceparent is not of the form 00-<32 hex>-<16 hex>-<2 hex>; the run began a new trace."
        return Finding(Severity.INFO, "traceparent-invalid", text)
    return None


def _bodies(trace: Trace, summary: Mapping[str, Any], traceparent: str | None) -> dict[str, bytes]:
    """The message of each signal; no trace where the caller decided that its trace is not kept."""
    from twicetold.platform import otlp  # noqa: PLC0415 - only who exports pays for the protocol's classes

    resource = _resource()
    bodies = {"metrics": otlp.metrics_request(trace, summary, resource)}
    caller = _TRACEPARENT.fullmatch(traceparent or "")
    if caller is None or int(caller[3], 16) & 1:
        trace_id = bytes.fromhex(caller[1]) if caller else os.urandom(16)
        parent = bytes.fromhex(caller[2]) if caller else b""
        bodies["traces"] = otlp.trace_request(trace, summary, resource, (trace_id, parent, os.urandom(8)))
    return bodies


def _resource() -> dict[str, object]:
    """Who sends: the program, and what the platform and OTEL_RESOURCE_ATTRIBUTES say of it."""
    try:
        application = json.loads(os.environ.get("VCAP_APPLICATION") or "{}")
    except ValueError:
        application = {}
    known = application if isinstance(application, dict) else {}
    found = {name: known[key] for name, key in _CLOUD_FOUNDRY.items() if isinstance(known.get(key), str)}
    if "CF_INSTANCE_GUID" in os.environ:
        found["cloudfoundry.app.instance.id"] = os.environ["CF_INSTANCE_GUID"]
    named = os.environ.get("OTEL_SERVICE_NAME")
    return {
        **found,
        "service.name": "twicetold",
        "service.version": __version__,
        **_pairs("OTEL_RESOURCE_ATTRIBUTES"),
        **({"service.name": named} if named else {}),
    }


def _receivers(endpoint: str | None, headers: Mapping[str, str | Secret] | None) -> list[_Receiver]:
    """Where each signal goes.

    Raises:
        _NotSent: A receiver is named in a way that cannot be followed.
    """
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return []
    receivers = []
    for signal in _SIGNALS:
        base = endpoint or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        url = None if endpoint else os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
        url = url or (f"{base.rstrip('/')}/v1/{signal}" if base else None)
        if url and os.environ.get(f"OTEL_{signal.upper()}_EXPORTER", "").lower() != "none":
            _check(signal, url)
            receivers.append(_Receiver(signal, url, _headers(signal, url, headers)))
    return receivers


def _check(signal: str, url: str) -> None:
    """Refuses what is not the protocol or the address that can be spoken to.

    Raises:
        _NotSent: It is another.
    """
    protocol = _variable(signal, "PROTOCOL")[1] or _PROTOCOL
    if protocol != _PROTOCOL:
        raise _NotSent(f"the protocol {protocol[:20]!r} is not spoken here, only {_PROTOCOL!r}")
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise _NotSent("the receiver's address is not of the form https://host:port")


def _headers(signal: str, url: str, given: Mapping[str, str | Secret] | None) -> dict[str, Secret]:
    """What is sent along, in lower case."""
    if given is None:
        given = _pairs(_variable(signal, "HEADERS")[0])
    known = {name.lower(): value if isinstance(value, Secret) else Secret(value) for name, value in given.items()}
    parts = urlsplit(url)
    if "api-key" in known or parts.scheme != "https" or not _NEW_RELIC.fullmatch(parts.hostname or ""):
        return known
    from twicetold.platform.bindings import bindings  # noqa: PLC0415 - brings in pydantic

    keys = {
        binding.name: binding.credentials[name]
        for binding in bindings()
        for name in _LICENSE_KEYS
        if name in binding.credentials
    }
    if len(keys) > 1:
        raise _NotSent(f"several bound services hold a New Relic key: {', '.join(sorted(keys))}")
    return known | {"api-key": Secret(*keys.values())} if keys else known


def _variable(signal: str, name: str) -> tuple[str, str]:
    """The variable that holds for a signal, and its value."""
    own = f"OTEL_EXPORTER_OTLP_{signal.upper()}_{name}"
    variable = own if os.environ.get(own) else f"OTEL_EXPORTER_OTLP_{name}"
    return variable, os.environ.get(variable, "")


def _pairs(variable: str) -> dict[str, str]:
    """The ``name=value,name=value`` of a variable, percent-encoded as the specification has it.

    Raises:
        _NotSent: It has another form.
    """
    entries = [entry.strip() for entry in os.environ.get(variable, "").split(",") if entry.strip()]
    if not all("=" in entry.removeprefix("=") for entry in entries):
        raise _NotSent(f"{variable} is not of the form name=value,name=value")
    split = (entry.split("=", 1) for entry in entries)
    return {unquote(name).strip(): unquote(value).strip() for name, value in split}


def _send(bodies: Mapping[str, bytes], receivers: list[_Receiver], deadline: float) -> list[str]:
    """Posts all at once, each in a thread that is left behind when time is up; what went wrong."""
    asked = {receiver.signal: receiver for receiver in receivers if receiver.signal in bodies}
    answers: _Answers = queue.SimpleQueue()
    for signal, receiver in asked.items():
        arguments = (receiver, bodies[signal], deadline - time.monotonic(), answers)
        threading.Thread(target=_post, args=arguments, daemon=True, name=f"telemetry-{signal}").start()
    problems = dict.fromkeys(asked, "gave no answer in time")
    with suppress(queue.Empty):
        for _ in asked:
            signal, problem = answers.get(timeout=max(0.0, deadline - time.monotonic()))
            problems[signal] = problem
    return [f"{asked[signal].place} {problem}" for signal, problem in problems.items() if problem]


def _post(receiver: _Receiver, body: bytes, timeout: float, answers: _Answers) -> None:
    """Posts one message and says what went wrong, in words of our own: errors may hold the value of a header."""
    try:
        problem = _outcome(receiver, body, timeout)
    except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to
        problem = _describe(error)
    answers.put((receiver.signal, problem))


def _outcome(receiver: _Receiver, body: bytes, timeout: float) -> str:
    from urllib import request  # noqa: PLC0415 - 30 ms that only who exports pays

    from twicetold.platform import otlp  # noqa: PLC0415

    class Stay(request.HTTPRedirectHandler):
        """A redirect would carry the key to whoever the answer names."""

        def redirect_request(self, *_args: Any, **_named: Any) -> None:  # noqa: ANN401
            return None

    sent = {name: value.reveal() for name, value in receiver.headers.items()}
    sent |= {"content-type": "application/x-protobuf", "user-agent": f"twicetold/{__version__}"}
    if (_variable(receiver.signal, "COMPRESSION")[1] or "gzip") == "gzip":
        body, sent["content-encoding"] = gzip.compress(body, mtime=0), "gzip"
    opener = request.build_opener(Stay, request.HTTPSHandler(context=_trust(receiver.signal)))
    asking = request.Request(receiver.url, data=body, headers=sent, method="POST")  # noqa: S310 - http or https: _check
    with opener.open(asking, timeout=timeout) as answer:
        left_out = otlp.rejected(receiver.signal, answer.read(_LARGEST_ANSWER))
    return f"rejected {left_out} of the {receiver.signal}" if left_out else ""


def _trust(signal: str) -> Any:  # noqa: ANN401 - ssl is imported only here
    import ssl  # noqa: PLC0415

    return ssl.create_default_context(cafile=_variable(signal, "CERTIFICATE")[1] or None)


def _describe(error: Exception) -> str:
    """An error of the network without its text."""
    import socket  # noqa: PLC0415
    import ssl  # noqa: PLC0415
    from urllib.error import HTTPError, URLError  # noqa: PLC0415

    if isinstance(error, HTTPError):
        error.close()
        return f"answered with status {error.code}"
    cause = error.reason if isinstance(error, URLError) else error
    kinds = {
        socket.gaierror: "has a name that does not resolve",
        TimeoutError: "gave no answer in time",
        ConnectionRefusedError: "refused the connection",
        ConnectionError: "broke the connection",
        ssl.SSLError: "failed at TLS",
    }
    said = (text for kind, text in kinds.items() if isinstance(cause, kind))
    return next(said, f"failed with {type(cause).__name__}")
