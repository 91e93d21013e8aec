"""Each rule that makes variants: what it does to a text that it fits, and that it leaves others alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from variant_rules import clauses, numerals, other, same
from variant_rules.other import OTHER
from variant_rules.same import SAME
from variant_rules.wording import Draw, body_and_stop, decapitalized, exchanged, is_one_statement, put, stopped
from variants import words_of

FIELDS = ("head-start", "other-grants", "okr", "tickets", "requirements", "courses", "maintenance")
RULES = [rule for rules in (*SAME.values(), *OTHER.values()) for rule in rules]


def draw_for(field="head-start", seed=0, **swaps):
    draw = Draw(seed)
    draw.field, draw.swaps = field, swaps
    return draw


def outcomes(rule, text, field="head-start", **swaps):
    """All that a rule makes of a text, whatever chance says."""
    return {rule(text, draw_for(field, seed, **swaps)) for seed in range(60)}


# --- What holds for every rule ----------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=80), st.sampled_from(FIELDS), st.integers(0, 9))
def test_no_rule_fails_on_any_text(text, field, seed):
    for rule in RULES:
        made = rule(text, draw_for(field, seed))
        assert made is None or isinstance(made, str)


@pytest.mark.parametrize("text", ["", " ", ".", "?", "!!!", "a", "A.", "\N{ZERO WIDTH SPACE}", "ﬁ" * 500, "12 12 12"])
def test_rules_stand_empty_blank_short_and_odd_texts(text):
    for rule in RULES:
        assert isinstance(rule(text, draw_for()), (str, type(None)))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_a_rule_gives_the_same_for_the_same_draw(seed):
    text = "By June 30, 2025, at least 12 nurses will train bus drivers at Tamarack every week."
    for rule in RULES:
        assert rule(text, draw_for(seed=seed)) == rule(text, draw_for(seed=seed))


# --- Words in their places --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("Train cooks.", "train", "hire", "Hire cooks."),
        ("Send an email.", "email", "letter", "Send a letter."),
        ("Fix a door.", "door", "elevator", "Fix an elevator."),
        ("Ask a teacher about an hour.", "teacher", "FSW", "Ask an FSW about an hour."),
        ("toddlers and more toddlers", "toddlers", "infants", "infants and more infants"),
        ("pre-toddlers stay", "toddlers", "infants", "pre-toddlers stay"),
    ],
)
def test_a_phrase_is_replaced_as_a_word_with_its_capital_and_article(text, old, new, expected):
    assert exchanged(text, old, new) == expected


def test_a_replacement_inside_a_sentence_gets_no_capital():
    assert put("Ask Nurses.", 4, 10, "cooks") == "Ask cooks."


@pytest.mark.parametrize("text", ["EHS rooms", "Monday is free", "I need a key", "iPhone", "A1 is full", "Ms. Novak"])
def test_names_keep_their_capital(text):
    assert decapitalized(text) == text


def test_other_words_lose_the_capital_of_the_sentence():
    assert decapitalized("A nurse") == "a nurse"
    assert decapitalized("Teachers, all") == "teachers, all"


def test_the_mark_that_ends_a_text_is_told_from_an_abbreviation():
    assert body_and_stop("Close the door.") == ("Close the door", ".")
    assert body_and_stop("Close it at 5 p.m.") == ("Close it at 5 p.m.", "")
    assert stopped("at 5 p.m.", ".") == "at 5 p.m."


@pytest.mark.parametrize("text", ["Why?", "Open it; close it.", "Stop. Go.", "Note: open it."])
def test_several_sentences_and_questions_are_not_one_statement(text):
    assert not is_one_statement(text)


def test_a_title_or_time_does_not_end_a_statement():
    assert is_one_statement("Tell Mr. Silva by 5 p.m. today.")


# --- Numbers and dates ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (numerals.number_form, "Hire twelve cooks.", {"Hire 12 cooks."}),
        (numerals.number_form, "Hire 12 cooks.", {"Hire twelve cooks."}),
        (numerals.number_form, "Forty people come.", {"40 people come."}),
        (numerals.number_form, "Three hundred people come.", {None}),
        (numerals.number_form, "Clean room 12.", {None}),
        (numerals.sign_form, "Reach 85%.", {"Reach 85 percent."}),
        (numerals.sign_form, "Reach 85 percent.", {"Reach 85%."}),
        (numerals.sign_form, "Pay $20 now.", {"Pay 20 dollars now."}),
        (numerals.sign_form, "Grow to $6M.", {None}),
        (numerals.sign_form, "Serve 1,200 meals.", {"Serve 1200 meals."}),
        (numerals.clock_form, "Open at 7 a.m.", {"Open at 7:00 AM.", "Open at 07:00.", "Open at 7am."}),
        (numerals.clock_form, "Open from 6 to 8 p.m.", {None}),
        (numerals.ordinal_form, "The first floor.", {"The 1st floor."}),
        (numerals.ordinal_form, "Stop first.", {None}),
    ],
)
def test_a_number_is_told_in_another_form(rule, text, expected):
    assert outcomes(rule, text) == expected


def test_a_date_is_told_in_another_form():
    with_year = outcomes(numerals.date_form, "Due June 3, 2025.")
    assert with_year == {"Due 6/3/2025.", "Due 3 June 2025.", "Due 2025-06-03.", "Due 06/03/25."}
    assert outcomes(numerals.date_form, "Due June 3.") == {"Due 6/3.", "Due 3 June.", "Due the 3rd of June."}
    assert outcomes(numerals.date_form, "Due in June.") == {None}


def values_of(rule, text, pattern):
    return {re.search(pattern, made)[1] for made in outcomes(rule, text)}


def test_another_count_is_near_and_as_round():
    assert values_of(numerals.other_count, "Hire 300 cooks.", r"(\d+)") <= {
        "100",
        "200",
        "400",
        "500",
        "600",
        "250",
        "350",
    } | {str(number) for number in range(0, 1000, 50)}
    assert "seven" not in values_of(numerals.other_count, "Hire seven cooks.", r"Hire (\w+)")
    assert outcomes(numerals.other_count, "Due June 30, 2025, in room 12, under ISO 9001.") == {None}


def test_another_percentage_stays_below_a_hundred():
    assert all(int(value) < 100 for value in values_of(numerals.other_percentage, "Reach 95% soon.", r"(\d+)%"))
    assert outcomes(numerals.other_percentage, "Hire 12 cooks.") == {None}


def test_a_range_keeps_its_direction_and_a_part_stays_smaller_than_its_whole():
    for made in outcomes(numerals.other_count, "Move from 20 to 25 seats."):
        low, high = map(int, re.findall(r"\d+", made))
        assert low < high
    for made in outcomes(numerals.other_count, "Turn 15 of the 40 users."):
        part, whole = map(int, re.findall(r"\d+", made))
        assert part < whole


def test_nobody_works_eight_days_a_week():
    assert values_of(numerals.other_count, "Open six days a week.", r"Open (\w+)") <= {"three", "four", "five"}


def test_another_month_has_that_day():
    assert values_of(numerals.other_month, "By March 31 we move.", r"By (\w+)") <= {
        *("January", "May", "July", "August", "October", "December"),
    }
    assert outcomes(numerals.other_month, "From May to July.") == {None}
    assert outcomes(numerals.other_month, "You may come.") == {None}


@pytest.mark.parametrize(
    ("rule", "text", "pattern", "never"),
    [
        (numerals.other_day, "By June 10 we move.", r"June (\d+)", "10"),
        (numerals.other_year, "By June 2026 we move.", r"(20\d\d)", "2026"),
        (numerals.other_hour, "Open at 7 a.m. daily.", r"at (\d+)", "7"),
        (numerals.other_identifier, "Clean room 12.", r"room (\d+)", "12"),
    ],
)
def test_another_day_year_hour_or_room(rule, text, pattern, never):
    assert never not in values_of(rule, text, pattern)
    assert outcomes(rule, "Clean it.") == {None}


# --- Rules that keep the meaning --------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", SAME["exact-variant"][:5], ids=lambda rule: rule.__name__)
def test_form_alone_leaves_the_words(rule):
    text = "Open the gate, and close it every Monday."
    for made in outcomes(rule, text):
        assert made != text
        assert words_of(made).replace(" & ", " and ") in (words_of(text), words_of(text).replace(" and ", " "))


def test_a_tag_stands_in_front_of_the_text():
    assert all(made.endswith("Open it.") and made != "Open it." for made in outcomes(same.tagged, "Open it.", "okr"))


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (same.misspelt, "Receive it.", None),
        (same.misspelt, "We receive it.", "We recieve it."),
        (same.reworded, "We shall go.", "We must go."),
        (same.reworded, "Wait no more than a year.", None),
        (same.abbreviated, "Ask the Policy Council.", "Ask the PC."),
        (same.abbreviated, "Clean room 12.", "Clean rm 12."),
        (same.abbreviated, "Clean the room.", None),
        (same.moved, "Hire two more cooks by May 1.", "By May 1, hire two more cooks."),
        (same.moved, "By May 1, hire two more cooks.", "Hire two more cooks by May 1."),
        (same.moved, "The main pump stops when the alarm rings.", "When the alarm rings, the main pump stops."),
        (same.moved, "Ask parents when to come.", None),
        (same.moved, "Explain how cooks wait until May.", None),
        (same.turned_list, "Buy pens, paper and glue.", "Buy pens, glue and paper."),
        (same.turned_list, "Buy pens, paper and glue sticks.", None),
        (same.turned_list, "Sell in Norway and Denmark.", "Sell in Denmark and Norway."),
    ],
)
def test_words_and_order_change_and_the_goal_does_not(rule, text, expected):
    assert rule(text, draw_for()) == expected


def test_more_than_is_not_replaced_inside_no_more_than():
    assert outcomes(same.reworded, "No more than 12 come.") <= {"At most 12 come.", "A maximum of 12 come.", None}


def test_a_slip_changes_a_long_word_and_keeps_its_ends():
    for made in outcomes(same.slipped, "Open a playground."):
        word = made.split()[-1].rstrip(".")
        assert word != "playground"
        assert (word[:2], word[-1]) == ("pl", "d")
    assert outcomes(same.slipped, "Do it now.") == {None}


def test_a_tail_follows_the_whole_text():
    for made in outcomes(same.with_tail, "Hire two cooks.", "okr"):
        assert made.startswith("Hire two cooks")
        assert len(made) > len("Hire two cooks.")


def test_what_breaks_off_keeps_all_but_the_end_of_its_last_word():
    for made in outcomes(same.broken_off, "Install new bookshelves.", "maintenance"):
        assert made.startswith("Install new booksh")
    assert all(made is None or made.startswith("Hire 12") for made in outcomes(same.broken_off, "Hire 12."))


# --- Rules that change the meaning ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        (other.other_direction, "Increase pay.", {"Decrease pay."}),
        (other.other_direction, "Lower it from 20% to 10%.", {"Raise it from 10% to 20%."}),
        (other.other_direction, "Paint it.", {None}),
        (other.negated, "Cooks will come.", {"Cooks will not come."}),
        (other.negated, "Cooks will not come.", {"Cooks will come."}),
        (other.negated, "Do not open it.", {"Open it."}),
        (other.negated, "Cooks can come.", {"Cooks cannot come."}),
        (other.negated, "Open the gate.", {"Do not open the gate."}),
        (other.negated, "Nobody will come.", {None}),
        (other.negated, "Can you come?", {None}),
        (other.negated, "Store managers will rest.", {"Store managers will not rest."}),
        (other.other_polarity, "The form rejects or must reject it.", {"The form rejects or must accept it."}),
        (other.other_polarity, "Never open it.", {"Always open it."}),
        (other.swapped_agents, "Nurses will train cooks.", {None}),
        (other.swapped_agents, "Nurses will train parents.", {"Parents will train nurses."}),
        (other.swapped_agents, "Nurses will meet with parents.", {None}),
        (other.swapped_agents, "Nurses and parents will train.", {None}),
        (other.with_condition_left_out, "Hire two more cooks by May 1.", {"Hire two more cooks."}),
        (other.with_condition_left_out, "Hire two more cooks.", {None}),
        (other.with_task_left_out, "Hire two cooks, and train them well.", {"Hire two cooks."}),
        (other.with_task_left_out, "Buy pens, paper, and some good glue.", {None}),
        (other.with_limit_left_out, "Grow our sales well in Japan.", {"Grow our sales well."}),
    ],
)
def test_another_goal_is_made(rule, text, expected):
    assert outcomes(rule, text) == expected


@pytest.mark.parametrize(
    ("kind", "text", "never", "frame"),
    [
        ("site", "Paint the hall at Tamarack.", "Tamarack", "Paint the hall at "),
        ("age", "Serve two-year-olds.", "two-year-olds", "Serve "),
        ("role", "Pay the electrician.", "electrician", "Pay the "),
        ("rate", "Meet monthly.", "monthly", "Meet "),
        ("date", "Come on Mondays.", "Mondays", "Come on "),
        ("order", "Call before lunch.", "before", "Call "),
        ("comparator", "Hire at least 12.", "at least", "Hire "),
    ],
)
def test_a_value_gives_way_to_one_that_excludes_it(kind, text, never, frame):
    for made in outcomes(other._table(kind), text):
        assert made.startswith(frame)
        assert never not in made


def test_a_value_that_the_text_has_already_does_not_come_twice():
    assert outcomes(
        other._table("age"), "Infants, toddlers, preschool and school-age children, preschoolers, kindergartners"
    ) == {None}


@pytest.mark.parametrize("text", ["Look after it.", "No more than a year.", "Month after month it rains."])
def test_phrases_that_only_look_like_a_value_stay(text):
    assert outcomes(other._table("order"), text) == {None}


def test_words_of_a_seed_are_swapped_as_it_says_and_nothing_else():
    rule = OTHER["topic"][0]
    assert outcomes(rule, "Fix the lock.", topic=[("lock", "lamp")]) == {"Fix the lamp."}
    assert outcomes(rule, "Fix the lock.") == {None}


def test_a_condition_is_added_only_where_none_of_its_sort_stands():
    added = outcomes(other.with_condition, "Hire two more cooks.", "okr")
    assert all(made.startswith("Hire two more cooks ") and made.endswith(".") for made in added)
    assert outcomes(other.with_condition, "Hire two cooks in the office by May.", "okr") == {None}
    assert outcomes(other.with_condition, "The lamp is broken.", "maintenance") == {None}


def test_a_noun_is_narrowed_after_a_word_that_leads_up_to_it():
    assert all(made != "Train all teachers." for made in outcomes(other.narrowed_noun, "Train all teachers."))
    assert outcomes(other.narrowed_noun, "Train mentor teachers.") == {None}


def test_a_second_task_or_an_amount_is_added():
    assert all(made.startswith("Hire cooks. ") for made in outcomes(other.with_second_task, "Hire cooks."))
    assert all(re.fullmatch(r"Hire \w+ cooks\.", made) for made in outcomes(other.with_amount, "Hire cooks."))
    assert all(made.startswith("Reduce noise by ") for made in outcomes(other.with_amount, "Reduce noise."))
    assert outcomes(other.with_amount, "Hire two cooks.") == {None}


def test_a_second_task_is_not_one_that_the_text_has_already():
    tasks = other.TABLES["narrowings"]["okr"]["second"]
    for made in outcomes(other.with_second_task, f"Hire cooks.{tasks[0]}", "okr"):
        assert made.count(tasks[0]) == 1


def test_two_details_differ_at_once():
    for made in outcomes(other.two_values, "Meet monthly at Tamarack."):
        assert "monthly" not in made
        assert "Tamarack" not in made
    assert outcomes(other.two_values, "Meet monthly.") == {None}


@pytest.mark.parametrize(
    "text",
    [
        "Contractors whose work ended before March should leave.",
        "Reduce the average response time in support to under two hours.",
        "The pump must stop when the level falls and light a lamp.",
        "Present the plan to the team at the start of each quarter?",
        "The camera shall record only while the door is open.",
    ],
)
def test_what_belongs_together_is_not_taken_apart(text):
    assert clauses.split(text) is None
