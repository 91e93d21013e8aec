"""Spanish texts are read through a gloss, and no other text is."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twicetold.text.bilingual import lexicon_of_spanish, source
from twicetold.text.reading import read
from twicetold.text.spanish import in_english

PROPERTIES = settings(deadline=None, max_examples=200)
TRAINING = Path(__file__).parents[2] / "training"
WORDS = str.split(
    "los niños visitarán el centro Girasol Las Flores no se la a de 3 a 5 años 1.500 12,5 % 30 de junio para antes del "
    "una vez al mes dos mil treinta y cinco salud mental nuevos . , ; - ( ) EHS Head Start 1o 8:30 mañana xyz"
)
messy = st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join)


def slots(text, lexicon, *kinds):
    return [(slot.kind, slot.value) for slot in read(text, lexicon).slots if slot.kind in kinds]


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("Los niños visitarán el kínder en mayo.", "Children will visit the kindergarten in May."),
        ("Los padres visitarán la biblioteca en mayo.", "Parents will visit the library in May."),
        ("Reducir el costo de la luz en el centro.", "Reduce the cost of the light in the center."),
        ("Contratar maestros bilingües.", "Hire bilingual teachers."),
        ("EL COMITÉ DE PADRES SE REUNIRÁ CADA MES.", "The parent committee will meet monthly."),
        ("Mejorar la salud mental de las madres.", "Improve the mental health of mothers."),
        ("Ofrecer visitas domiciliarias a las familias.", "Offer families home visits."),
    ],
)
def test_a_plain_spanish_text_reads_as_its_translation(spanish, english, lexicon):
    one, other = read(spanish, lexicon).canonical.split(), read(english, lexicon).canonical.split()
    assert sorted(word for word in one if word != "to") == sorted(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "La",
        "en",
        "Train all staff of Centro de la Raza on the El Camino Real campus.",
        "Open a class for los padres at Casa de los Niños.",
        "Los Angeles County will hire 3 teachers.",
        "Translate 'Los niños primero' into English.",
        "Visit San Juan, Santa Fe and Las Cruces.",
        "Formar uma equipe de professores para as crianças.",
        "Les enfants visitent la bibliothèque avec les parents.",
        "Programa de Familia",
        "\N{PARTY POPPER} 123 %",
    ],
)
def test_other_texts_are_left_alone(text):
    assert in_english(text) == ""


def test_no_english_training_text_is_read_as_spanish():
    english, spanish = 0, 0
    for name in ("pairs.csv", "goals.csv"):
        for row in csv.DictReader((TRAINING / name).read_text(encoding="utf-8").splitlines(keepends=True)):
            for text in (row[column] for column in ("text_a", "text_b", "goal_text") if column in row):
                if re.search(r"\b(?:the|and|of|will|with|by|for|each|their)\b", text, re.IGNORECASE):
                    english += 1
                    assert in_english(text) == "", text
                spanish += bool(in_english(text))
    assert english > 1000
    assert spanish > 50


def test_the_gloss_is_told_and_the_text_stays(lexicon):
    reading = read("Meta 1: Los niños aprenderán a leer.", lexicon)
    assert reading.cleaned == "Los niños aprenderán a leer."
    assert reading.gloss == "children will learn to read."
    assert read("Children will learn to read.", lexicon).gloss == ""


@pytest.mark.parametrize("missing", ["inscripcion", "ninos", "mas", "capacitacion"])
def test_missing_accents_are_forgiven(missing):
    assert missing not in in_english(f"Mejorar la {missing} de los padres.")


def test_unknown_words_stay():
    assert in_english("Reparar los zurgos del patio.") == "repair zurgos of the yard."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Los maestros terminarán a más tardar el 30 de junio de 2025.", [("date", "2025-06-30")]),
        ("Los padres leerán antes del 15 de mayo.", [("date", "--05-15")]),
        ("Capacitar a los maestros para marzo.", [("date", "--03")]),
        ("Aumentar la asistencia un 15 por ciento.", [("percent", "15")]),
        ("Comprar 1.500 libros para los niños.", [("number", "1500")]),
        ("Inscribir a treinta y cinco niños.", [("number", "35")]),
        ("Inscribir a dos mil doscientas familias.", [("number", "2200")]),
        ("Inscribir a mil familias.", [("number", "1000")]),
        ("Inscribir a los niños de 3 a 5 años.", [("age", "3-5y")]),
        ("Visitar a cada familia dos veces al mes.", [("rate", "2/month")]),
        ("El personal no debe fumar en el patio.", [("negation", "not")]),
        ("Los niños no verán la televisión.", [("negation", "not")]),
        ("Ningún niño quedará sin supervisión.", [("negation", "not"), ("negation", "not")]),
        ("Pintar los salones del centro Las Flores.", [("place", "las flores")]),
        ("Cerrar a las 8:30 de la mañana los portones.", [("date", "T08:30")]),
    ],
)
def test_what_a_spanish_text_states_is_read(text, found, lexicon):
    kinds = {kind for kind, _ in found}
    assert slots(text, lexicon, *kinds) == found


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("los maestros no enseñan los domingos", "teachers do not teach every Sunday"),
        ("se contratará a una enfermera en el centro", "will be hired a nurse in the center"),
        ("no se aceptan visitas en las aulas", "are not accepted visits in classrooms"),
        ("los padres los ayudan en casa", "parents help them at home"),
        ("las tareas completadas por los alumnos", "tasks completed by pupils"),
        ("los niños están jugando", "children are playing"),
    ],
)
def test_verbs_say_what_their_form_says(spanish, english):
    assert in_english(spanish) == english


def test_adjectives_and_names_of_places_go_before_the_noun():
    assert in_english("una clínica móvil nueva para el centro Girasol") == "a new mobile clinic for the Girasol center"


@PROPERTIES
@given(text=messy)
def test_any_text_has_a_gloss_or_none(text):
    gloss = in_english(text)
    assert gloss == in_english(text)
    assert gloss == gloss.strip()


@pytest.mark.parametrize("unit", ["se ", "nuevo ", "1.111.", "los niños ", "centro Las "])
def test_a_huge_text_is_read_at_all(unit):
    assert in_english("Los niños visitarán el parque. " + unit * 20_000)


def test_no_entry_of_a_section_is_written_twice():
    content = tomllib.loads(source().decode())
    for section in ("fixed", "places", "nouns", "adjectives"):
        entries = [
            entry.split("=")[0].strip() for block in content[section].values() for entry in re.split("[;\n]", block)
        ]
        entries = [entry for entry in entries if entry]
        assert len(entries) == len(set(entries)), section


def test_words_of_both_languages_do_not_tell():
    lexicon = lexicon_of_spanish()
    assert lexicon.telling.isdisjoint(lexicon.neutral)
    assert lexicon.telling.isdisjoint(lexicon.against)
    assert {"niños", "los", "capacitar"} <= lexicon.telling
