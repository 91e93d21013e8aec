from __future__ import annotations

import pytest

from twicetold.report import wording


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0, "0%"), (0.001, "under 1%"), (0.5, "50%"), (0.994, "99%"), (0.9999, "over 99%"), (1, "100%")],
)
def test_rounding_never_claims_certainty(probability, said):
    assert wording.percent(probability) == said


@pytest.mark.parametrize(("probability", "said"), [(0.625, "62.5%"), (0.3, "30%"), (0, "0%"), (1, "100%")])
def test_thresholds_keep_three_digits(probability, said):
    assert wording.exact_percent(probability) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0.00"), (-0.001, "0.00"), (1.2, "+1.20"), (-0.85, "\N{MINUS SIGN}0.85")]
)
def test_log_odds_show_their_sign(value, said):
    assert wording.signed(value) == said


@pytest.mark.parametrize(("value", "said"), [(1, "1"), (100, "100"), (10_000, "10k"), (10**6, "1M"), (10**10, "10G")])
def test_axes_say_round_numbers_shortly(value, said):
    assert wording.short(value) == said


@pytest.mark.parametrize(("count", "said"), [(0, "0 records"), (1, "1 record"), (100_000, "100,000 records")])
def test_counts_agree_with_their_noun(count, said):
    assert wording.counted(count, "record") == said


def test_names_become_words():
    assert wording.words("pairs_compared") == "Pairs compared"
    assert wording.words("") == ""


def test_long_values_and_long_lists_are_cut():
    assert wording.cut("x" * 300) == "x" * 200 + "…"
    assert wording.listed(["x" * 100, "y"], limit=1) == "x" * 80 + "… and 1 more"
