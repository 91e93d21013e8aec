"""A plot with logarithmic axes, as SVG."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 720, 420, 70, 50, 20, 190
_COLORS = ("#0b5cad", "#b3430f", "#2e7d32", "#6a1b9a", "#8d6e00", "#00747a", "#a3155c")
_MARKS = ("", "6 3", "2 3", "8 3 2 3", "1 4", "10 4", "4 4")


def plot(lines: Mapping[str, Mapping[float, float]], across: str, up: str) -> str:
    """Lines through points, each named at its end.

    Args:
        lines: The points of each line; all numbers above 0.
        across: What the horizontal axis shows.
        up: What the vertical axis shows.
    """
    drawn = {name: dict(sorted(points.items())) for name, points in lines.items() if points}
    x = _Axis([value for points in drawn.values() for value in points], _LEFT, _WIDTH - _RIGHT)
    y = _Axis([value for points in drawn.values() for value in points.values()], _HEIGHT - _BOTTOM, _TOP)
    parts = ["<!-- made by benchmarks/scale.py -->"]
    parts.append(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(up)} by {escape(across)}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
    )
    for value in x.decades():
        parts.append(f'<path d="M{x(value):.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{x(value):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{value:,.0f}</text>')
    for value in y.decades():
        parts.append(f'<path d="M{_LEFT} {y(value):.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:,g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle:.0f}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>')
    parts.append(f'<text transform="translate(16 {_HEIGHT / 2:.0f}) rotate(-90)">{escape(up)}</text>')
    ends: list[float] = []
    for number, (name, points) in enumerate(drawn.items()):
        color, dashes = _COLORS[number % len(_COLORS)], _MARKS[number % len(_MARKS)]
        places = [(x(value), y(height)) for value, height in points.items()]
        path = "L".join(f"{across:.1f} {up:.1f}" for across, up in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dashes}"/>')
        parts += [f'<circle cx="{across:.1f}" cy="{up:.1f}" r="3.5" fill="{color}"/>' for across, up in places]
        across_end, up_end = places[-1]
        while any(abs(up_end - other) < 14 for other in ends):
            up_end += 14
        ends.append(up_end)
        parts.append(f'<text x="{across_end + 8:.1f}" y="{up_end + 4:.1f}" fill="{color}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


class _Axis:
    """From numbers to places on the page, by their logarithm; from whole decades to whole decades."""

    def __init__(self, values: list[float], first: float, last: float) -> None:
        self._low = math.floor(math.log10(min(values, default=1)))
        self._high = max(self._low + 1, math.ceil(math.log10(max(values, default=10))))
        self._first, self._last = first, last

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self._low) / (self._high - self._low)
        return self._first + share * (self._last - self._first)

    def decades(self) -> list[float]:
        return [10.0**power for power in range(self._low, self._high + 1)]
