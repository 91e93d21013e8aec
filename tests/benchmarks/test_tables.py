"""The three tables come out whole, and say what is missing, on a machine without any of the peers."""

from __future__ import annotations

import csv
import sys

import pytest

import environments
import labelled
import memory
import quality
import speed
from generate import generate, write
from labelled import pair_sets, record_sets

TITLES = [peer.title for peer in environments.peers()]


@pytest.fixture(autouse=True)
def without_peers(monkeypatch, tmp_path):
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / "none")


@pytest.fixture
def data(monkeypatch, tmp_path):
    recipe = tmp_path / "recipe.toml"
    recipe.write_text('[[file]]\npath = "train/whole.csv"\n[[file]]\npath = "halved.csv"\nhalf = 0\n', encoding="utf-8")
    monkeypatch.setattr(labelled, "_RECIPE", recipe)
    folder = tmp_path / "data"
    (folder / "train").mkdir(parents=True)
    write(generate(60, 3, 1), folder / "goals.csv")
    rows = [("1", "Hire two cooks.", "hire 2 cooks", "1"), ("2", "Hire two cooks.", "Hire three cooks.", "0")]
    rows += [(str(n), f"Open room {n}.", f"Close room {n}.", "0") for n in range(3, 12)]
    for name in ("own.csv", "train/whole.csv", "train/halved.csv"):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("id", "text_a", "text_b", "duplicate"), *rows])
    (folder / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    return folder


def printed(module, monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", [module.__file__, *arguments, "--print"])
    module.main()
    return capsys.readouterr().out


def test_the_speed_table_has_a_row_for_every_peer_that_is_missing(monkeypatch, capsys):
    told = printed(speed, monkeypatch, capsys, "--sizes", "30")
    assert "| **Twicetold** | **" in told
    assert "failed" not in told
    assert all(f"| {title} | not installed: " in told for title in TITLES)


def test_the_memory_table_keeps_below_the_plan(monkeypatch, capsys):
    told = printed(memory, monkeypatch, capsys, "--sizes", "20")
    shares = [float(line.split("|")[-2]) for line in told.splitlines() if line.startswith(("| 20", "| 2"))]
    assert len(shares) == 3
    assert all(0 < share <= 1 for share in shares)


def test_the_quality_tables_name_the_sets_but_not_the_folder(monkeypatch, capsys, data):
    told = printed(quality, monkeypatch, capsys, "--data", str(data), "--goals", "60")
    assert str(data) not in told
    assert "--data DIR" in told
    assert "| own | 11 |" in told
    assert "### Groups: goals\n" in told
    assert "### Groups: generated\n" in told
    assert all(f"| {title} | not installed: " in told for title in TITLES)


def test_sets_that_the_model_was_fitted_on_are_marked_or_halved(data):
    sets = pair_sets(data)
    assert set(sets) == {"own", "whole†", "halved, half"}
    assert 0 < len(sets["halved, half"].labels) < len(sets["own"].labels)


def test_records_whose_texts_the_model_was_fitted_on_are_left_out(data, tmp_path):
    rows = [("1", "r", "Hire two cooks.", "c"), ("2", "r", "Open room 3.", "d"), ("3", "r", "Something new.", "e")]
    with (data / "mixed.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("goal_id", "recipient_id", "goal_text", "cluster_id"), *rows])
    sets = record_sets(data, tmp_path)
    assert sets["mixed, 1 of 3"].texts == ["Something new."]
    assert "Hire two cooks." not in sets["mixed, 1 of 3"].path.read_text(encoding="utf-8")


def test_files_that_are_not_labelled_are_left_alone(data, tmp_path):
    assert "notes" not in pair_sets(data)
    assert set(record_sets(data, tmp_path)) == {"goals"}
