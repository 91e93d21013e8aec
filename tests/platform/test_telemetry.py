"""Telemetry, against a receiver on this machine that decodes what arrives, or misbehaves in every way we know."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import time

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_DELTA
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from twicetold import __version__
from twicetold.errors import DependencyUnavailable
from twicetold.findings import Finding, Severity
from twicetold.platform.secret import Secret
from twicetold.platform.telemetry import export
from twicetold.runs.summary import Trace, summary

CANARY = "canary-9c3e1b"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN_ID = "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
GENEROUS = 6.0


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    names = ("OTEL_", "VCAP_", "CF_INSTANCE_", "SERVICE_BINDING_ROOT", "TRACEPARENT")
    for name in [name for name in os.environ if name.startswith(names) or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def run():
    """A trace and a summary with a canary wherever a text could hide."""
    trace = Trace()
    with trace.stage("read") as stage:
        stage.count(records=5)
    with pytest.raises(ValueError, match=CANARY), trace.stage("compare"):
        raise ValueError(CANARY)
    fields = summary(
        trace,
        run_id="run-1",
        profile="files",
        state="failed",
        exit_status=3,
        error=DependencyUnavailable(f"the database said {CANARY}"),
        counts={"records": 5, "pairs": 7},
        findings=[
            Finding(Severity.WARNING, "a", f"message {CANARY}", 2),
            Finding(Severity.WARNING, "b", CANARY),
            Finding(Severity.ERROR, "c", CANARY),
        ],
        model={"name": "m", "version": "1.2", "digest": "abc"},
        input_digest="d1",
        gates=[{"gate": CANARY}],
        memory_limit=1 << 30,
    )
    return trace, fields


def timed(*arguments, **named):
    begin = time.monotonic()
    return export(*arguments, **named), time.monotonic() - begin


def body_of(receiver, path):
    return next(gzip.decompress(body) for at, _, body in receiver.received if at == path)


def spans_of(receiver):
    request = ExportTraceServiceRequest.FromString(body_of(receiver, "/v1/traces"))
    return list(request.resource_spans[0].scope_spans[0].spans)


def metrics_of(receiver):
    request = ExportMetricsServiceRequest.FromString(body_of(receiver, "/v1/metrics"))
    return {metric.name: metric for metric in request.resource_metrics[0].scope_metrics[0].metrics}


def named(attributes):
    return {entry.key: getattr(entry.value, entry.value.WhichOneof("value")) for entry in attributes}


def resource_of(receiver):
    return named(
        ExportTraceServiceRequest.FromString(body_of(receiver, "/v1/traces")).resource_spans[0].resource.attributes
    )


def values(points, by):
    return {named(point.attributes)[by]: point.as_int for point in points}


def test_without_a_receiver_nothing_is_sent_or_imported():
    script = (
        "import sys; from twicetold.platform.telemetry import export; from twicetold.runs.summary import Trace;"
        "assert export(Trace(), {}) is None;"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'google', 'urllib.request'))])"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    assert subprocess.check_output([sys.executable, "-c", script], env=clean).strip() == b"[]"


def test_a_run_is_one_trace_with_a_span_per_stage(receiver, run):
    assert export(*run, endpoint=receiver.url) is None
    root, *stages = spans_of(receiver)
    assert (root.name, [span.name for span in stages]) == ("run", ["read", "compare"])
    assert {span.trace_id for span in stages} == {root.trace_id}
    assert {span.parent_span_id for span in stages} == {root.span_id}
    assert root.parent_span_id == b""
    assert len({span.span_id for span in (root, *stages)}) == 3
    assert {len(span.span_id) for span in (root, *stages)} == {8}
    assert len(root.trace_id) == 16
    assert root.kind == Span.SPAN_KIND_CONSUMER


def test_spans_have_the_times_of_the_stages(receiver, run):
    export(*run, endpoint=receiver.url)
    root, *stages = spans_of(receiver)
    trace = run[0]
    assert (root.start_time_unix_nano, root.end_time_unix_nano) == (trace.start_ns, trace.end_ns)
    for span in stages:
        stage = trace.stages[span.name]
        assert (span.start_time_unix_nano, span.end_time_unix_nano) == (stage.start_ns, stage.end_ns)
        assert (
            root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano
        )


def test_spans_say_what_happened(receiver, run):
    export(*run, endpoint=receiver.url)
    root, read, compare = spans_of(receiver)
    assert named(root.attributes) == {
        "twicetold.run_id": "run-1",
        "twicetold.profile": "files",
        "twicetold.state": "failed",
        "twicetold.exit_status": 3,
        "twicetold.error": "TT300",
        "twicetold.model.version": "1.2",
        "twicetold.model.digest": "abc",
        "twicetold.input.digest": "d1",
        "twicetold.count.records": 5,
        "twicetold.count.pairs": 7,
    }
    assert (root.status.code, root.status.message) == (Status.STATUS_CODE_ERROR, "TT300")
    assert named(read.attributes)["twicetold.count.records"] == 5
    assert read.status.code == Status.STATUS_CODE_UNSET
    assert (compare.status.code, compare.status.message) == (Status.STATUS_CODE_ERROR, "ValueError")


@pytest.mark.parametrize(
    ("status", "is_error"), [(0, False), (5, False), (6, False), (143, False), (1, True), (7, True)]
)
def test_a_run_that_the_next_one_goes_on_with_is_no_error(receiver, status, is_error):
    trace = Trace()
    fields = summary(trace, run_id="r", profile="p", state="s", exit_status=status)
    export(trace, fields, endpoint=receiver.url)
    assert (spans_of(receiver)[0].status.code == Status.STATUS_CODE_ERROR) == is_error


def test_metrics_are_deltas_of_this_run(receiver, run):
    export(*run, endpoint=receiver.url)
    metrics = metrics_of(receiver)
    kept = [
        getattr(metric, metric.WhichOneof("data"))
        for metric in metrics.values()
        if metric.WhichOneof("data") != "gauge"
    ]
    assert {data.aggregation_temporality for data in kept} == {AGGREGATION_TEMPORALITY_DELTA}
    assert values(metrics["twicetold.count"].sum.data_points, "what") == {"records": 5, "pairs": 7}
    assert values(metrics["twicetold.findings"].sum.data_points, "severity") == {"error": 1, "warning": 2, "info": 0}
    (point,) = metrics["twicetold.runs"].sum.data_points
    assert (point.as_int, named(point.attributes)) == (1, {"profile": "files", "state": "failed", "exit_status": 3})
    assert (point.start_time_unix_nano, point.time_unix_nano) == (run[0].start_ns, run[0].end_ns)
    assert metrics["twicetold.run.memory.peak"].gauge.data_points[0].as_int == run[1]["memory"]["peak"]
    assert metrics["twicetold.run.memory.limit"].gauge.data_points[0].as_int == 1 << 30


def test_durations_are_distributions(receiver, run):
    export(*run, endpoint=receiver.url)
    metrics = metrics_of(receiver)
    (whole,) = metrics["twicetold.run.duration"].histogram.data_points
    assert (whole.count, sum(whole.bucket_counts), whole.sum) == (1, 1, run[1]["wall_seconds"])
    assert len(whole.bucket_counts) == len(whole.explicit_bounds) + 1
    stages = metrics["twicetold.stage.duration"].histogram.data_points
    assert [named(point.attributes)["stage"] for point in stages] == ["read", "compare"]


def test_a_run_without_stages_and_fields_is_sent_too(receiver):
    assert export(Trace(), {}, endpoint=receiver.url) is None
    assert [span.name for span in spans_of(receiver)] == ["run"]


def test_counts_that_are_no_numbers_are_left_out(receiver):
    counts = {"pairs": 2, "share": 0.5, "histogram": [1, 2], "named": CANARY}
    fields = summary(Trace(), run_id="r", profile="p", state="s", exit_status=0, counts=counts)
    export(Trace(), fields, endpoint=receiver.url)
    sent = {name for name in named(spans_of(receiver)[0].attributes) if name.startswith("twicetold.count.")}
    assert sent == {"twicetold.count.pairs", "twicetold.count.share"}
    assert len(metrics_of(receiver)["twicetold.count"].sum.data_points) == 2


def test_messages_are_zipped_protobuf_with_headers(receiver, run):
    export(*run, endpoint=receiver.url, headers={"Api-Key": Secret("s3cret"), "x-other": "plain"})
    assert sorted(path for path, _, _ in receiver.received) == ["/v1/metrics", "/v1/traces"]
    for _, headers, _ in receiver.received:
        sent = {name.lower(): value for name, value in headers.items()}
        assert (sent["content-type"], sent["content-encoding"]) == ("application/x-protobuf", "gzip")
        assert (sent["api-key"], sent["x-other"]) == ("s3cret", "plain")
        assert sent["user-agent"] == f"twicetold/{__version__}"


def test_neither_messages_of_findings_nor_reasons_nor_gates_are_sent(receiver, run):
    assert CANARY in json.dumps(run[1])
    export(*run, endpoint=receiver.url, headers={"api-key": Secret(CANARY)})
    assert len(receiver.received) == 2
    for path, _, body in receiver.received:
        assert CANARY.encode() not in gzip.decompress(body), path


def test_the_variables_of_the_standard_are_obeyed(receiver, run, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url + "/")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b%3D, x=y=z ,")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "duplicates")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test,team=data")
    assert export(*run) is None
    headers = {name.lower(): value for name, value in receiver.received[0][1].items()}
    assert (headers["api-key"], headers["x"]) == ("a b=", "y=z")
    found = resource_of(receiver)
    assert (found["service.name"], found["team"], found["deployment.environment"]) == ("duplicates", "data", "test")


def test_a_signal_may_have_its_own_receiver(receiver, run, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", receiver.url + "/mine")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x=general")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x=own")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    assert export(*run) is None
    ((path, headers, body),) = receiver.received
    assert (path, headers.get("X") or headers.get("x")) == ("/mine", "own")
    assert ExportMetricsServiceRequest.FromString(body).resource_metrics


@pytest.mark.parametrize(
    ("variable", "value", "paths"),
    [
        ("OTEL_SDK_DISABLED", "true", []),
        ("OTEL_TRACES_EXPORTER", "none", ["/v1/metrics"]),
        ("OTEL_METRICS_EXPORTER", "none", ["/v1/traces"]),
    ],
)
def test_signals_can_be_switched_off(receiver, run, monkeypatch, variable, value, paths):
    monkeypatch.setenv(variable, value)
    assert export(*run, endpoint=receiver.url) is None
    assert [path for path, _, _ in receiver.received] == paths


def test_the_resource_says_who_sends_and_from_where(receiver, run, monkeypatch):
    application = {
        "application_id": "a-1",
        "application_name": "twicetold",
        "space_id": "s-1",
        "space_name": "prod",
        "organization_id": "o-1",
        "organization_name": "hub",
        "uris": ["x"],
        "process_type": None,
    }
    monkeypatch.setenv("VCAP_APPLICATION", json.dumps(application))
    monkeypatch.setenv("CF_INSTANCE_GUID", "i-1")
    export(*run, endpoint=receiver.url)
    assert resource_of(receiver) == {
        "service.name": "twicetold",
        "service.version": __version__,
        "deployment.environment": "prod",
        "cloudfoundry.app.id": "a-1",
        "cloudfoundry.app.name": "twicetold",
        "cloudfoundry.app.instance.id": "i-1",
        "cloudfoundry.space.id": "s-1",
        "cloudfoundry.space.name": "prod",
        "cloudfoundry.org.id": "o-1",
        "cloudfoundry.org.name": "hub",
    }


@pytest.mark.parametrize("text", ["", "no json", "[]", "null", "3", '{"space_name": 3}'])
def test_a_broken_description_of_the_application_is_no_obstacle(receiver, run, monkeypatch, text):
    monkeypatch.setenv("VCAP_APPLICATION", text)
    assert export(*run, endpoint=receiver.url) is None
    assert resource_of(receiver) == {"service.name": "twicetold", "service.version": __version__}


@pytest.mark.parametrize("where", ["argument", "variable"])
def test_the_caller_s_trace_goes_on(receiver, run, monkeypatch, where):
    if where == "variable":
        monkeypatch.setenv("TRACEPARENT", TRACEPARENT)
    given = TRACEPARENT if where == "argument" else None
    assert export(*run, endpoint=receiver.url, traceparent=given) is None
    root, *stages = spans_of(receiver)
    assert (root.trace_id.hex(), root.parent_span_id.hex()) == (TRACE_ID, SPAN_ID)
    assert {span.trace_id.hex() for span in stages} == {TRACE_ID}
    assert {span.parent_span_id for span in stages} == {root.span_id}


@pytest.mark.parametrize("text", [f"01-{TRACE_ID}-{SPAN_ID}-01-more", f"01-{TRACE_ID}-{SPAN_ID}-03"])
def test_the_trace_of_a_caller_of_a_later_version_goes_on(receiver, run, text):
    assert export(*run, endpoint=receiver.url, traceparent=text) is None
    assert spans_of(receiver)[0].trace_id.hex() == TRACE_ID


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{TRACE_ID.upper()}-{SPAN_ID}-01",
        TRACEPARENT + "-more",
        TRACEPARENT[:-1],
    ],
)
def test_a_broken_caller_s_trace_is_not_followed_and_told(receiver, run, text):
    finding = export(*run, endpoint=receiver.url, traceparent=text)
    assert (finding.code, finding.severity) == ("traceparent-invalid", Severity.INFO)
    assert spans_of(receiver)[0].parent_span_id == b""


def test_a_caller_that_keeps_no_trace_gets_no_spans_but_metrics(receiver, run):
    assert export(*run, endpoint=receiver.url, traceparent=f"00-{TRACE_ID}-{SPAN_ID}-00") is None
    assert [path for path, _, _ in receiver.received] == ["/v1/metrics"]


def hang(_handler):
    time.sleep(GENEROUS + 2)


def drip(handler):
    """A byte now and then: each read succeeds, the whole never ends."""
    for char in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100:
        try:
            handler.wfile.write(bytes([char]))
        except OSError:
            return
        time.sleep(0.2)


def reset(handler):
    linger = b"\1\0\0\0\0\0\0\0"
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.close_connection = True
    handler.connection.close()


def garble(handler):
    handler.wfile.write(b"SSH-2.0-nonsense\r\n\r\n")
    handler.close_connection = True


def fail(handler):
    handler.say(500, b"no")


def send_elsewhere(handler):
    handler.say(302, location=f"{handler.server.url}/elsewhere")


def answer_nonsense(handler):
    handler.say(200, b"<html>not protobuf</html>")


def take_half(handler):
    partial = ExportTracePartialSuccess(rejected_spans=2, error_message=CANARY)
    handler.say(200, ExportTraceServiceResponse(partial_success=partial).SerializeToString())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (hang, "gave no answer in time"),
        (drip, "gave no answer in time"),
        (reset, "broke the connection"),
        (garble, "failed with"),
        (fail, "answered with status 500"),
        (send_elsewhere, "answered with status 302"),
        (answer_nonsense, "failed with"),
        (take_half, "rejected 2 of the traces"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_whatever_the_receiver_does_costs_no_more_than_the_budget_and_is_one_finding(receiver, run, answer, said):
    receiver.answer = answer
    finding, seconds = timed(*run, endpoint=receiver.url, headers={"api-key": Secret(CANARY)}, budget=1.0)
    assert seconds < GENEROUS
    assert (finding.code, finding.severity) == ("telemetry-not-sent", Severity.WARNING)
    assert said in finding.message
    assert f"127.0.0.1:{receiver.server_port}" in finding.message
    assert CANARY not in repr(finding)


def test_the_key_does_not_follow_a_redirect(receiver, run):
    receiver.answer = send_elsewhere
    export(*run, endpoint=receiver.url, headers={"api-key": Secret(CANARY)})
    assert sorted(path for path, _, _ in receiver.received) == ["/v1/metrics", "/v1/traces"]


def test_one_signal_that_hangs_does_not_hold_up_the_other(receiver, run):
    receiver.answer = lambda handler: hang(handler) if handler.path == "/v1/traces" else handler.say(200)
    finding = export(*run, endpoint=receiver.url, budget=1.0)
    assert finding.count == 1
    assert len(receiver.received) == 2


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("http://localhost.invalid:4318", ""),
        ("file:///etc/passwd", "not of the form"),
        ("nonsense", "not of the form"),
        ("http://", "not of the form"),
        ("http://[::1", "not of the form"),
        ("http://host:port", "not of the form"),
        (f"https://user:{CANARY}@127.0.0.1:1", ""),
        ("http://127.0.0.1:1", "refused the connection"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_finding(run, endpoint, said):
    finding, seconds = timed(*run, endpoint=endpoint, budget=1.0)
    assert seconds < GENEROUS
    assert finding.code == "telemetry-not-sent"
    assert said in finding.message
    assert CANARY not in repr(finding)


@pytest.mark.parametrize("value", [f"{CANARY}\r\nx: y", f"{CANARY}\udcff", f"{CANARY}日本"])
def test_a_header_that_cannot_be_sent_is_not_shown(receiver, run, value):
    finding = export(*run, endpoint=receiver.url, headers={"api-key": Secret(value)})
    assert finding.code == "telemetry-not-sent"
    assert CANARY not in repr(finding)
    assert receiver.received == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_EXPORTER_OTLP_HEADERS", CANARY),
        ("OTEL_EXPORTER_OTLP_HEADERS", f"={CANARY}"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"),
        ("OTEL_RESOURCE_ATTRIBUTES", CANARY),
    ],
)
def test_variables_that_cannot_be_followed_are_one_finding(receiver, run, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    finding = export(*run, endpoint=receiver.url)
    assert finding.code == "telemetry-not-sent"
    assert CANARY not in repr(finding)
    assert receiver.received == []


def test_what_cannot_be_encoded_is_one_finding(receiver, run):
    trace, fields = run
    finding = export(trace, {**fields, "wall_seconds": 10**400, "counts": {"x": 1 << 80}}, endpoint=receiver.url)
    assert finding.code == "telemetry-not-sent"


def vcap(*services):
    return json.dumps({"user-provided": [{"name": name, "credentials": keys} for name, keys in services]})


def headers_for(url):
    from twicetold.platform.telemetry import _headers

    return {name: value.reveal() for name, value in _headers("traces", url, None).items()}


NEW_RELIC = "https://gov-otlp.nr-data.net:4318/v1/traces"


def test_new_relic_gets_the_key_of_the_bound_service(monkeypatch):
    monkeypatch.setenv("VCAP_SERVICES", vcap(("newrelic", {"license_key": "k1"}), ("other", {"uri": "x"})))
    assert headers_for(NEW_RELIC) == {"api-key": "k1"}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/v1/traces",
        "https://nr-data.net.example.org/v1/traces",
        "https://xnr-data.net/v1/traces",
        "http://gov-otlp.nr-data.net:4318/v1/traces",
    ],
)
def test_nobody_else_gets_the_key_of_the_bound_service(monkeypatch, url):
    monkeypatch.setenv("VCAP_SERVICES", vcap(("newrelic", {"license_key": "k1"})))
    assert headers_for(url) == {}


def test_a_key_in_the_variable_wins_over_the_bound_service(monkeypatch):
    monkeypatch.setenv("VCAP_SERVICES", vcap(("newrelic", {"license_key": "k1"})))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "API-Key=k2")
    assert headers_for(NEW_RELIC) == {"api-key": "k2"}


def test_two_bound_services_with_a_key_are_named_without_the_keys(run, monkeypatch):
    monkeypatch.setenv("VCAP_SERVICES", vcap(("one", {"license_key": CANARY}), ("two", {"license_key": CANARY + "2"})))
    finding = export(*run, endpoint="https://gov-otlp.nr-data.net:4318", budget=1.0)
    assert "one, two" in finding.message
    assert CANARY not in repr(finding)


PROGRAM = """
import sys
from twicetold.platform.telemetry import export
from twicetold.runs.summary import Trace, summary
trace = Trace()
fields = summary(trace, run_id="r", profile="p", state="s", exit_status=0)
print(export(trace, fields, budget=0.5).code)
sys.exit(6)
"""


def test_threads_that_still_wait_do_not_keep_the_program_or_change_its_exit_status(receiver):
    receiver.answer = drip
    begin = time.monotonic()
    named = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url}
    child = subprocess.run([sys.executable, "-c", PROGRAM], env=named, capture_output=True, check=False)
    assert (child.returncode, child.stdout.strip(), child.stderr) == (6, b"telemetry-not-sent", b"")
    assert time.monotonic() - begin < GENEROUS
