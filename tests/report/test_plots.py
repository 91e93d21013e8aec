from __future__ import annotations

import math

import numpy as np
import pytest

from twicetold.evaluation.metrics import ReliabilityBin
from twicetold.evaluation.results import ThresholdRow
from twicetold.pairs import Thresholds
from twicetold.report.plots import histogram, precision_recall, reliability


@pytest.fixture
def bins():
    nan = math.nan
    return [
        ReliabilityBin(0.0, 0.5, 0, nan, nan, nan, nan),
        ReliabilityBin(0.5, 1.0, 40, 0.75, 0.8, 0.65, 0.9),
    ]


@pytest.fixture
def points():
    sure = ThresholdRow(threshold=0.9, precision=math.nan, recall=0.0, f1=math.nan, accuracy=0.5, flagged=0)
    rows = [ThresholdRow(0.1, 0.5, 1.0, 0.6, 0.5, 90), ThresholdRow(0.5, 0.875, 0.7, 0.7, 0.8, 40)]
    return [*rows, sure]


@pytest.fixture(params=["histogram", "reliability", "precision_recall"])
def plot(request, bins, points):
    draw = {
        "histogram": lambda: histogram(np.arange(50), Thresholds(0.6, 0.3)),
        "reliability": lambda: reliability(bins),
        "precision_recall": lambda: precision_recall(points, 0.5),
    }
    return draw[request.param]()


def test_a_plot_has_a_name_and_a_description_for_who_does_not_see_it(plot, page_of):
    page = page_of(plot.encode())
    (svg,) = page.all("svg")
    assert svg["role"] == "img"
    assert set(svg["aria-labelledby"].split()) == {page.all("title")[0]["id"], page.all("desc")[0]["id"]}


def test_a_plot_has_its_numbers_in_a_table_with_headers(plot, page_of):
    page = page_of(plot.encode())
    assert {cell["scope"] for cell in page.all("th")} == {"col", "row"}
    assert page.all("caption")


def test_a_plot_has_no_inline_style_and_no_script(plot, page_of):
    page = page_of(plot.encode())
    assert page.values("style") == []
    assert page.all("script") == []


def test_the_table_of_a_histogram_holds_the_bins_that_have_pairs(page_of):
    page = page_of(histogram([0, 1200, 0, 7], Thresholds(0.6, 0.3)).encode())
    assert "25% to 50% 1,200 75% to 100% 7" in " ".join(text.strip() for text in page.texts if text.strip())
    assert [bar["class"] for bar in page.all("rect")] == ["bar possible", "bar duplicate"]


def test_bars_grow_with_the_logarithm_of_the_count(page_of):
    page = page_of(histogram([999, 9, 0, 0], Thresholds(0.6, 0.3)).encode())
    assert [float(bar["height"]) for bar in page.all("rect")] == [220.0, pytest.approx(220 / 3, abs=0.1)]


@pytest.mark.parametrize("counts", [[], [0] * 50])
def test_a_histogram_of_nothing_is_a_plot_without_bars(counts, page_of):
    assert page_of(histogram(counts, Thresholds(0.6, 0.3)).encode()).all("rect") == []


def test_thresholds_are_drawn_where_they_are(page_of):
    page = page_of(histogram([1] * 50, Thresholds(0.625, 0.0)).encode())
    assert [line["x1"] for line in page.all("line") if line["class"] == "threshold"] == ["0.00%", "62.50%"]
    assert "duplicate: 62.5%" in page.text


def test_empty_bins_are_left_out_of_a_reliability_plot(bins, page_of):
    page = page_of(reliability(bins).encode())
    assert [(dot["cx"], dot["cy"]) for dot in page.all("circle")] == [("75.00%", "44.0")]
    assert "nan" not in page.source


def test_undefined_points_are_left_out_and_the_threshold_in_use_has_a_ring(points, page_of):
    page = page_of(precision_recall(points, 0.5).encode())
    assert [dot["class"] for dot in page.all("circle")] == ["point", "point", "chosen"]
    assert "nan" not in page.source
    assert "the ring marks" in page.text


def test_without_a_threshold_nothing_is_singled_out(points, page_of):
    page = page_of(precision_recall(points).encode())
    assert "chosen" not in page.source


def test_two_plots_of_one_kind_can_share_a_page(bins):
    assert 'id="small-title"' in reliability(bins, name="small")
