"""The lexicon: shipped, extended by users, and never silently wrong."""

from __future__ import annotations

import pickle
import re

import pytest

from twicetold.errors import FileNotUsable, SettingInvalid
from twicetold.text.antonyms import poles
from twicetold.text.canonical import canonical, canonical_words
from twicetold.text.lexicon import Lexicon
from twicetold.text.reading import read


@pytest.fixture
def extended(lexicon, tmp_path):
    def extend(content, name="own.toml"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return lexicon.extended_with(path)

    return extend


def test_the_shipped_lexicon_is_read_once(lexicon):
    assert Lexicon.default() is lexicon
    assert re.fullmatch("[0-9a-f]{64}", lexicon.digest)


def test_every_replacement_settles_and_is_not_replaced_again(lexicon):
    for term, means in lexicon.entries.replacements.items():
        words = canonical_words(means, lexicon.spellings)
        assert canonical_words(" ".join(words), lexicon.spellings) == words, term
        assert canonical(term, lexicon) == " ".join(words), term


def test_every_term_is_found_in_a_text_of_its_own(lexicon):
    for section in ("roles", "ages", "topics", "directions", "negations"):
        for value, terms in lexicon.entries.terms[section].items():
            for term in terms if value != "ignore" else ():
                found = {slot.value for slot in read(f"see {term.removeprefix('=')}", lexicon).slots}
                assert value in found, (section, term)


def test_every_opposite_is_a_direction_or_an_antonym_and_never_both(lexicon):
    directions = set(lexicon.entries.terms["directions"])
    named, pairs = poles(lexicon.entries.terms["antonyms"], lexicon.entries.terms["prefixes"])
    assert set(lexicon.opposites) <= directions | set(named.values())
    assert not directions & set(named.values())
    assert len(pairs) > 250
    assert {value for pair in pairs for value in pair} == set(named.values())


def test_every_antonym_is_found_in_a_text_of_its_own(lexicon):
    named, _ = poles(lexicon.entries.terms["antonyms"], lexicon.entries.terms["prefixes"])
    for term, value in named.items():
        slots = read(f"lamps {term.removeprefix('=')}", lexicon).slots
        assert value in [slot.value for slot in slots if slot.kind == "contrast"], term


def test_users_add_antonyms_and_prefixes(extended):
    own = extended('[antonyms]\n"shiny glossy" = ["matt"]\n[prefixes]\nun = ["paint"]\n')
    found = [slot.value for slot in read("glossy lamps are unpainted", own).slots if slot.kind == "contrast"]
    assert found == ["shiny", "unpaint"]
    assert "matt" in own.opposites["shiny"]
    assert "paint" in own.opposites["unpaint"]


def test_an_empty_file_changes_nothing(lexicon, extended):
    assert extended("").digest == lexicon.digest


def test_a_csv_adds_acronyms_and_synonyms(lexicon, extended):
    own = extended("term,means\nQX,quick exit\nlorry,truck\n", "own.csv")
    assert canonical("QX for Lorries, qx", own) == "quick exit for trucks qx"
    assert own.digest != lexicon.digest


def test_a_csv_needs_no_header_and_may_have_a_mark_and_blank_lines(extended):
    assert canonical("lorry", extended("\ufefflorry,truck\n\n", "own.csv")) == "truck"


def test_a_toml_adds_to_every_section(extended):
    own = extended(
        '[acronyms]\nqx = "quick exit"\n[synonyms]\ntruck = ["lorry"]\n[roles]\npainter = ["painter"]\n'
        '[topics]\npaint = ["paint"]\n[directions]\npolish = ["polish"]\n[opposites]\npolish = ["scratch", "spoil"]\n'
    )
    reading = read("QX: painters polish the lorry with paint", own)
    assert reading.canonical == "quick exit painters polish the truck with paint"
    assert {slot.value for slot in reading.slots} >= {"painter", "paint", "polish"}
    assert own.opposites["scratch"] == {"polish"}
    assert own.opposites["polish"] == {"scratch", "spoil"}


def test_users_entries_win(extended):
    own = extended(
        '[acronyms]\nPC = "project committee"\n[synonyms]\ngrantee = ["recipient"]\n[roles]\ncaptain = ["cook"]\n'
    )
    assert canonical("PC of recipients", own) == "project committee of grantees"
    assert [slot.value for slot in read("two cooks", own).slots if slot.kind == "role"] == ["captain"]


def test_the_same_entries_have_the_same_digest(extended):
    assert extended("lorry,truck", "a.csv").digest == extended("term,means\nlorry,truck\n", "b.csv").digest
    assert extended("lorry,truck", "a.csv").digest != extended("lorry,van", "b.csv").digest


@pytest.mark.parametrize(
    ("name", "content", "line", "value"),
    [
        ("own.csv", "term,means\nlorry\n", 2, "lorry"),
        ("own.csv", "a,b\nlorry,truck,van\n", 2, "lorry,truck,van"),
        ("own.csv", "lorry,\n", 1, "lorry,"),
        ("own.csv", "a,b\n???,truck\n", 2, "???"),
        ("own.csv", "lorry,big lorry\n", 1, "big lorry"),
        ("own.toml", '\n[words]\na = "b"\n', 2, "words"),
        ("own.toml", "acronyms = 5\n", 1, "acronyms"),
        ("own.toml", "[acronyms]\nqx = 5\n", 2, "qx"),
        ("own.toml", '[synonyms]\ntruck = "lorry"\n', 2, "truck"),
        ("own.toml", "[acronyms\n", 1, "acronyms"),
        ("own.csv", "lorry,truck\ntruck,lorry\n", 1, "circle"),
        ("own.txt", "lorry,truck", 1, ".txt"),
    ],
)
def test_an_error_names_file_line_and_value(extended, name, content, line, value):
    with pytest.raises(SettingInvalid) as caught:
        extended(content, name)
    message = caught.value.message
    assert name in message
    assert f"line {line}" in message
    assert value in message or value == "acronyms"
    assert "term,means" in caught.value.hint


def test_a_missing_file_is_named(lexicon, tmp_path):
    with pytest.raises(FileNotUsable, match=r"nowhere\.csv"):
        lexicon.extended_with(tmp_path / "nowhere.csv")


def test_a_file_in_another_encoding_is_refused(lexicon, tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes("caf\u00e9,bar".encode("latin-1"))
    with pytest.raises(SettingInvalid, match="UTF-8"):
        lexicon.extended_with(path)


def test_it_travels_to_other_processes(lexicon):
    assert pickle.loads(pickle.dumps(lexicon)) == lexicon
