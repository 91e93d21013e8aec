"""Abbreviations learned from the texts at hand: another agency's short forms, without a lexicon."""

from __future__ import annotations

import pickle
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.text.abbreviations import Abbreviation, learn, learn_pairs
from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import read

DEFINED = "Offer wellness policy training (WPT)"


@pytest.fixture
def learned_from(lexicon):
    """What texts of one scope teach."""
    return lambda *texts: learn(texts, [""] * len(texts), lexicon)


@pytest.fixture
def extended(lexicon, tmp_path):
    def extend(content):
        path = tmp_path / "own.csv"
        path.write_text(content, encoding="utf-8")
        return lexicon.extended_with(path)

    return extend


def known(learned):
    return {each.short: each.long for each in learned.abbreviations}


def alike(learned, one, other, scope=""):
    """Whether two texts have the same canonical text."""
    return len({read(text, learned.lexicon_of(scope)).canonical for text in (one, other)}) == 1


def test_no_texts_teach_nothing(lexicon):
    learned = learn([], [], lexicon)
    assert (learned.abbreviations, learned.unclear, learned.findings) == ((), (), ())
    assert learned.lexicon_of("any") is lexicon


@pytest.mark.parametrize("texts", [[""], [" "], ["()"], ["Train staff"], ["\ud800 (\ufb03)"], ["QRR"] * 3])
def test_plain_texts_leave_the_lexicon_as_it_is(lexicon, learned_from, texts):
    assert learned_from(*texts).lexicon_of("") is lexicon


def test_a_definition_holds_for_all_scopes(lexicon):
    learned = learn([DEFINED, "Offer WPT"], ["a", "b"], lexicon)
    assert learned.abbreviations == (Abbreviation("WPT", "wellness policy training", 1, 0),)
    assert alike(learned, "Offer WPT now", "Offer wellness policy training now", "b")


def test_a_definition_in_the_plural_serves_the_singular_and_the_other_way_round(learned_from):
    learned = learned_from("wellness policy trainings (WPTs)", "quiet room rule (QRR)")
    assert alike(learned, "two WPTs, one WPT", "two wellness policy trainings, one wellness policy training")
    assert alike(learned, "QRRs", "quiet room rules")


def test_both_orders_the_abbreviation_and_the_long_form_read_the_same(learned_from):
    learned = learned_from(DEFINED)
    texts = [DEFINED, "Offer WPT (wellness policy training)", "Offer WPT", "Offer the wellness-policy training"]
    assert len({read(text, learned.lexicon_of("")).canonical.replace(" the", "") for text in texts}) == 1


def test_initials_hold_in_their_scope_only(lexicon):
    learned = learn(["Use QRR", "A quiet room rule", "Use QRR"], ["a", "a", "b"], lexicon)
    assert learned.abbreviations == (Abbreviation("QRR", "quiet room rule", 1, 1),)
    assert alike(learned, "Use QRR", "Use quiet room rule", "a")
    assert not alike(learned, "Use QRR", "Use quiet room rule", "b")


ROOM, ROAD = ("Use QRR", "A quiet room rule"), ("Use QRR", "A quick road repair")


def in_scopes(lexicon, *scopes):
    rows = [(text, str(number)) for number, texts in enumerate(scopes) for text in texts]
    return learn(*zip(*rows, strict=True), lexicon)


def test_what_initials_tell_in_most_scopes_is_one_entry_and_the_rest_is_chance(lexicon):
    learned = in_scopes(lexicon, ROOM, ROAD, ROOM)
    assert learned.abbreviations == (Abbreviation("QRR", "quiet room rule", 2, 2),)
    assert sorted(learned.by_scope) == ["0", "2"]


def test_what_initials_tell_in_as_many_scopes_as_something_else_is_not_learned(lexicon):
    assert in_scopes(lexicon, ROOM, ROAD).abbreviations == ()


def test_pairs_have_no_say_in_what_other_pairs_mean(lexicon):
    learned = learn_pairs(*zip(ROOM, ROAD, ROOM, strict=True), lexicon)
    assert [learned.by_scope[name]["QRR"] for name in "012"] == [
        "quiet room rule",
        "quick road repair",
        "quiet room rule",
    ]


def test_a_definition_counts_more_than_initials(learned_from):
    learned = learned_from("The quick road repair (QRR)", "Use QRR", "A quiet room rule")
    assert known(learned) == {"QRR": "quick road repair"}


def test_of_several_meanings_the_one_of_most_texts_wins(learned_from):
    texts = [f"{number} quiet room rules (QRRs)" for number in range(3)]
    assert known(learned_from(*texts, "A quick road repair (QRR)")) == {"QRR": "quiet room rule"}


def test_without_a_clear_majority_nothing_is_expanded_and_a_finding_counts_it(learned_from):
    learned = learned_from("A quiet room rule (QRR)", "A quick road repair (QRR)", "Use QRR")
    assert learned.abbreviations == ()
    assert [(finding.code, finding.count) for finding in learned.findings] == [("abbreviations-unclear", 1)]
    assert "QRR" in learned.findings[0].message
    assert not alike(learned, "Use QRR", "Use quiet room rule")


def test_spellings_of_one_meaning_do_not_conflict(learned_from):
    texts = ["A quiet-room rule (QRR)", "the Quiet Room Rule (QRR)", "three quiet-room rules (QRR)"]
    assert learned_from(*texts).unclear == ()


def test_a_text_that_comes_often_counts_once(learned_from):
    learned = learned_from(
        *repeat("A quick road repair (QRR)", 9), "1 quiet room rule (QRR)", "2 quiet room rules (QRR)"
    )
    assert known(learned) == {"QRR": "quiet room rule"}


@pytest.mark.parametrize(
    "text", ["parent centers (PC)", "early home start (EHS)", "wide indoor circle (WIC)", "it has it (IHI)"]
)
def test_the_shipped_lexicon_wins(learned_from, text):
    short = text[-4:-1].strip("(")
    assert (short in known(learned_from(text))) is (short == "IHI")


def test_a_lexicon_of_ones_own_wins(extended):
    assert known(learn([DEFINED], [""], extended("WPT,water park tour\n"))) == {}


def test_a_lexicon_of_ones_own_can_forbid_to_expand(extended):
    learned = learn([DEFINED, "Offer WPT"], ["", ""], extended("WPT,WPT\n"))
    assert known(learned) == {}
    assert read("Offer WPT", learned.lexicon_of("")).canonical == "offer wpt"


def test_an_ordinary_word_in_capitals_is_no_abbreviation(learned_from):
    assert known(learned_from("child area rest event (CARE)", "SEE the STAFF", "some early exit", "Ask NOW")) == {}


def test_only_capitals_are_read_as_the_long_form(learned_from):
    learned = learned_from("one and the park (OAP)")
    assert read("oap", learned.lexicon_of("")).canonical == "oap"


def test_abbreviations_that_share_a_beginning_do_not_hide_each_other(learned_from):
    learned = learned_from("Snack Need Action Plan (SNAP)", "Snack Need Action Plan Education (SNAP-Ed)")
    assert alike(learned, "SNAP-Ed and SNAP", "snack need action plan education and snack need action plan")


def test_what_is_learned_is_no_name_any_more(learned_from):
    learned = learned_from(DEFINED)
    assert [slot for slot in read("Bring the WPT to them", learned.lexicon_of("")).slots if slot.kind == "name"] == []


def test_the_digest_is_that_of_the_lexicon(lexicon, learned_from):
    assert learned_from(DEFINED).lexicon_of("").digest == lexicon.digest


def test_a_finding_counts_and_names_short_forms_but_holds_no_long_form(learned_from):
    (finding,) = learned_from(DEFINED).findings
    assert (finding.code, finding.count) == ("abbreviations-learned", 1)
    assert "WPT" in finding.message
    assert "wellness" not in finding.message


def test_a_finding_names_only_the_first(learned_from):
    learned = learned_from(*(f"{letter}old xray zone ({letter}XZ)" for letter in "BCDFGHJKLMNP"))
    assert learned.findings[0].count == 12
    assert "LXZ, MXZ and 2 more" in learned.findings[0].message


def test_each_pair_of_texts_is_a_scope(lexicon):
    learned = learn_pairs(["Use QRR", "Use QRR"], ["A quiet room rule", "Sleep"], lexicon)
    assert sorted(learned.by_scope) == ["0"]


def test_markup_hides_nothing(learned_from):
    assert known(learned_from("<p>quiet&nbsp;room rule <b>(QRR)</b></p>")) == {"QRR": "quiet room rule"}
    assert known(learned_from("\uff08QRR\uff09", "quiet room rule \uff08QRR\uff09")) == {"QRR": "quiet room rule"}


def test_it_travels_to_other_processes(learned_from):
    learned = learned_from(DEFINED)
    assert pickle.loads(pickle.dumps(learned)).abbreviations == learned.abbreviations


ROWS = [
    *((DEFINED, "a"), ("Wellness Policy Trainings (WPTs)", "b"), ("A quiet room rule (QRR)", "a")),
    *(("A quick road repair (QRR)", "c"), ("See ORW", "a"), ("Office of rural water", "a"), ("See ORW", "b")),
    *(("Old red wagon", "b"), ("Old red wagons", "b"), ("", ""), (DEFINED, "c")),
    *(("See ORW", "d"), ("The office of rural water", "d")),
]


@given(st.permutations(ROWS))
def test_the_order_of_the_rows_makes_no_difference(rows):
    one, other = (learn(*zip(*each, strict=True), Lexicon.default()) for each in (ROWS, rows))
    assert one.abbreviations == other.abbreviations
    assert one.by_scope == other.by_scope
    assert one.findings == other.findings
    assert known(one) == {"ORW": "office of rural water", "WPT": "Wellness Policy Training"}
    assert one.unclear == ("QRR",)


@given(st.lists(st.tuples(st.text(alphabet="ABab ()\u00e9\ud800-/<&", max_size=30), st.sampled_from("xy")), max_size=6))
def test_any_texts_teach_something_that_can_be_used(rows):
    texts, scopes = zip(*rows, strict=True) if rows else ((), ())
    learned = learn(texts, scopes, Lexicon.default())
    for text, scope in rows:
        reading = read(text, learned.lexicon_of(scope))
        assert read(reading.canonical, learned.lexicon_of(scope)).canonical == reading.canonical
