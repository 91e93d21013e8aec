"""OTLP: a run as OpenTelemetry's messages, one trace and one set of metrics.

Only names that the program gives, numbers, codes and digests go in: no text or id of a record, no reason of an error,
no message of a finding.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_DELTA,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from twicetold import __version__
from twicetold.platform.log import GOES_ON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twicetold.runs.summary import Stage, Trace

_SCOPE = InstrumentationScope(name="twicetold", version=__version__)
#: Characters of a text attribute; New Relic takes 4,095.
_ATTRIBUTE_CHARACTERS = 1_000
_SECONDS = (0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 540, 1_800, 3_600)
_SAMPLED = 1


def trace_request(
    trace: Trace, summary: Mapping[str, Any], resource: Mapping[str, object], ids: tuple[bytes, bytes, bytes]
) -> bytes:
    """One trace: a span ``run``, and below it one span per stage.

    Args:
        trace: The stages.
        summary: The fields of ``run.summary``.
        resource: Who sends, by name of the attribute.
        ids: Of the trace (16 bytes), of the caller's span (8 bytes, or none), of the span ``run`` (8 bytes).
    """
    trace_id, caller, root_id = ids
    root = Span(
        trace_id=trace_id,
        span_id=root_id,
        parent_span_id=caller,
        flags=_SAMPLED,
        name="run",
        kind=Span.SPAN_KIND_CONSUMER,  # which back ends count as a transaction of the service
        start_time_unix_nano=trace.start_ns,
        end_time_unix_nano=trace.end_ns or trace.start_ns,
        attributes=_attributes(_about_run(summary)),
        status=_status(_failure(summary)),
    )
    # Any 8 bytes that differ within the trace: the run's own, counted on.
    number = int.from_bytes(root_id, "big")
    stages = [
        _stage_span(stage, root, ((number + place) % (1 << 64) or place).to_bytes(8, "big"))
        for place, stage in enumerate(trace.stages.values(), 1)
    ]
    spans = ScopeSpans(scope=_SCOPE, spans=[root, *stages])
    sent = ResourceSpans(resource=Resource(attributes=_attributes(resource)), scope_spans=[spans])
    return bytes(ExportTraceServiceRequest(resource_spans=[sent]).SerializeToString())


def metrics_request(trace: Trace, summary: Mapping[str, Any], resource: Mapping[str, object]) -> bytes:
    """The run's metrics; sums and histograms are deltas, since every run counts from zero.

    Args:
        trace: The stages.
        summary: The fields of ``run.summary``.
        resource: Who sends, by name of the attribute.
    """
    points = _Points(trace, {"profile": summary.get("profile")})
    cost, memory = summary.get("cost") or {}, summary.get("memory") or {}
    outcome = {"state": summary.get("state"), "exit_status": summary.get("exit_status")}
    metrics = [
        points.sum("twicetold.runs", "{run}", [(1, outcome)]),
        points.histogram("twicetold.run.duration", [(summary.get("wall_seconds"), outcome)]),
        points.sum("twicetold.run.cpu", "s", [(summary.get("cpu_seconds"), {})]),
        points.sum("twicetold.run.gb_seconds", "GiBy.s", [(cost.get("gb_seconds"), {})]),
        points.gauge("twicetold.run.memory.peak", "By", memory.get("peak")),
        points.gauge("twicetold.run.memory.process_peak", "By", memory.get("process_peak")),
        points.gauge("twicetold.run.memory.limit", "By", memory.get("limit")),
        points.sum("twicetold.count", "1", _by("what", summary.get("counts"))),
        points.sum("twicetold.findings", "{finding}", _by("severity", summary.get("findings_by_severity"))),
        points.histogram(
            "twicetold.stage.duration",
            [(stage.busy_ns / 1e9, {"stage": stage.name, "status": stage.status}) for stage in trace.stages.values()],
        ),
    ]
    sent = ScopeMetrics(scope=_SCOPE, metrics=[metric for metric in metrics if metric])
    whole = ResourceMetrics(resource=Resource(attributes=_attributes(resource)), scope_metrics=[sent])
    return bytes(ExportMetricsServiceRequest(resource_metrics=[whole]).SerializeToString())


def rejected(signal: str, answer: bytes) -> int:
    """How many spans or points a receiver says it did not take.

    Raises:
        google.protobuf.message.DecodeError: The answer is no such message.
    """
    if signal == "traces":
        return int(ExportTraceServiceResponse.FromString(answer).partial_success.rejected_spans)
    return int(ExportMetricsServiceResponse.FromString(answer).partial_success.rejected_data_points)


def _about_run(summary: Mapping[str, Any]) -> dict[str, object]:
    model = summary.get("model") or {}
    named = {
        "run_id": summary.get("run_id"),
        "profile": summary.get("profile"),
        "state": summary.get("state"),
        "exit_status": summary.get("exit_status"),
        "error": summary.get("error"),
        "model.version": model.get("version"),
        "model.digest": model.get("digest"),
        "input.digest": summary.get("input_digest"),
        **{f"count.{name}": number for name, number in (summary.get("counts") or {}).items() if _is_number(number)},
    }
    return {f"twicetold.{name}": value for name, value in named.items()}


def _failure(summary: Mapping[str, Any]) -> str:
    """What a failed run failed with; none where it succeeded, or where the next one goes on."""
    status = summary.get("exit_status")
    return "" if status == 0 or status in GOES_ON else str(summary.get("error") or f"exit status {status}")


def _stage_span(stage: Stage, root: Span, span_id: bytes) -> Span:
    return Span(
        trace_id=root.trace_id,
        span_id=span_id,
        parent_span_id=root.span_id,
        flags=_SAMPLED,
        name=stage.name,
        kind=Span.SPAN_KIND_INTERNAL,
        start_time_unix_nano=stage.start_ns,
        end_time_unix_nano=stage.end_ns,
        attributes=_attributes(
            {
                "twicetold.stage.entries": stage.entries,
                "twicetold.stage.busy_ms": stage.busy_ns / 1e6,
                **{f"twicetold.count.{name}": number for name, number in stage.counts.items()},
            }
        ),
        status=_status("" if stage.status == "ok" else stage.status),
    )


def _status(failure: str) -> Status:
    return Status(code=Status.STATUS_CODE_ERROR, message=failure) if failure else Status()


def _by(name: str, numbers: Mapping[str, Any] | None) -> list[tuple[Any, dict[str, object]]]:
    return [(number, {name: key}) for key, number in (numbers or {}).items()]


class _Points:
    """Makes metrics of values; what is no number makes none."""

    def __init__(self, trace: Trace, common: Mapping[str, object]) -> None:
        self._begin, self._end = trace.start_ns, trace.end_ns or trace.start_ns
        self._common = common

    def sum(self, name: str, unit: str, values: list[tuple[Any, dict[str, object]]]) -> Metric | None:
        points = [self._number(value, about) for value, about in values if _is_number(value)]
        total = Sum(data_points=points, aggregation_temporality=AGGREGATION_TEMPORALITY_DELTA, is_monotonic=True)
        return Metric(name=name, unit=unit, sum=total) if points else None

    def gauge(self, name: str, unit: str, value: object) -> Metric | None:
        points = [self._number(value, {})] if _is_number(value) else []
        return Metric(name=name, unit=unit, gauge=Gauge(data_points=points)) if points else None

    def histogram(self, name: str, values: list[tuple[Any, dict[str, object]]]) -> Metric | None:
        points = [self._single(value, about) for value, about in values if _is_number(value)]
        whole = Histogram(data_points=points, aggregation_temporality=AGGREGATION_TEMPORALITY_DELTA)
        return Metric(name=name, unit="s", histogram=whole) if points else None

    def _number(self, value: Any, about: dict[str, object]) -> NumberDataPoint:  # noqa: ANN401 - a number
        point = NumberDataPoint(
            attributes=_attributes({**self._common, **about}),
            start_time_unix_nano=self._begin,
            time_unix_nano=self._end,
        )
        setattr(point, "as_int" if isinstance(value, int) else "as_double", value)
        return point

    def _single(self, value: float, about: dict[str, object]) -> HistogramDataPoint:
        """A distribution of one value."""
        buckets = [0] * (len(_SECONDS) + 1)
        buckets[bisect_left(_SECONDS, value)] = 1
        return HistogramDataPoint(
            attributes=_attributes({**self._common, **about}),
            count=1,
            sum=value,
            min=value,
            max=value,
            bucket_counts=buckets,
            explicit_bounds=_SECONDS,
            start_time_unix_nano=self._begin,
            time_unix_nano=self._end,
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _attributes(named: Mapping[str, object]) -> list[KeyValue]:
    return [KeyValue(key=name, value=_value(value)) for name, value in named.items() if value not in (None, "")]


def _value(value: object) -> AnyValue:
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=str(value)[:_ATTRIBUTE_CHARACTERS])
