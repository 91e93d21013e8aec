"""POST /v1/matches and /v1/compare: what says the same as a text, and why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def test_a_text_finds_the_records_that_say_the_same(shared):
    reply = shared.match("All teaching staff are trained on safe sleep practices", limit=3)
    assert reply.status == 200, reply.json
    found = reply.json["matches"]
    assert {row["id"] for row in found[:2]} == {"o1", "o2"}
    assert found[0]["verdict"] == "duplicate"
    assert found[0]["reason"]
    assert [row["probability"] for row in found] == sorted((row["probability"] for row in found), reverse=True)
    assert found[0]["evidence"] is None


def test_a_text_that_is_there_is_certain(shared):
    first, second = shared.match("TRAIN all teaching staff on safe sleep practices!", limit=2, evidence=True).json[
        "matches"
    ]
    assert (first["probability"], second["probability"]) == (1.0, 1.0)
    assert first["reason"] == "identical after normalisation"
    assert first["evidence"] == [{"name": "identical", "log_odds": None}]


def test_evidence_adds_up_to_the_probability(shared):
    import math

    (row,) = shared.match("Repair the roof of the old building", limit=1, evidence=True).json["matches"]
    total = sum(piece["log_odds"] for piece in row["evidence"])
    assert row["probability"] == pytest.approx(1 / (1 + math.exp(-total)), abs=0.01)


def test_a_match_is_judged_as_comparing_both_texts_would(shared):
    text = "Repair the roof of the main hall"
    for row in shared.match(text).json["matches"]:
        if row["id"] == "o2":  # which is canonically the same as o1, and is judged as that one
            continue
        told = shared.post("/v1/compare", {"text_a": text, "text_b": row["text"]}).json
        assert told["probability"] == pytest.approx(row["probability"], abs=1e-6)
        assert told["verdict"] == row["verdict"]
        assert told["reason"] == row["reason"]


def test_only_records_of_the_scope_are_found(shared, goals):
    texts = {row["text"] for row in shared.match("hold monthly family meetings", limit=100).json["matches"]}
    assert texts == {text for _, text, scope in goals if scope == "own"}


def test_an_empty_text_is_answered(shared):
    reply = shared.match("", limit=100)
    assert reply.status == 200
    assert len(reply.json["matches"]) == 4


def test_a_scope_that_no_run_has_published_is_not_there(shared):
    reply = shared.match("anything", scope="nowhere")
    assert (reply.status, reply.json["code"]) == (404, "TT211")


def test_two_texts_are_compared_and_explained(shared):
    told = shared.post(
        "/v1/compare", {"text_a": "Raise attendance to 85%.", "text_b": "raise attendance to 90 percent"}
    ).json
    assert told["verdict"] == "different"
    assert "85" in told["reason"]
    assert any(piece["log_odds"] < 0 for piece in told["evidence"])


def test_the_model_says_what_it_is(shared):
    told = shared.get("/v1/model").json
    assert told["digest"] == shared.match("x").json["model"]
    assert 0 <= told["possible"] <= told["duplicate"] <= 1


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=st.text(max_size=200), scope=st.one_of(st.just("own"), st.text(max_size=10)))
def test_no_text_whatever_breaks_an_answer(shared, text, scope):
    reply = shared.post("/v1/matches", {"text": text, "scope": scope, "limit": 2, "evidence": True})
    assert reply.status in {200, 404, 422}, reply.json
    assert shared.post("/v1/compare", {"text_a": text, "text_b": scope}).status in {200, 422}
    assert shared.get("/v1/groups", text=text.encode("utf-8", "replace").decode()).status in {200, 422}


@pytest.mark.parametrize(
    "text",
    ["\0", "\ud800", "a\udfffb", "\u202e" * 50, "🏳️‍🌈" * 100, "ﷺ" * 300, "\u0301" * 500, "a" * 10_000, "١٢٣٪ ½ Ⅷ"],
)
def test_odd_unicode_is_answered_or_refused_but_never_breaks(shared, text):
    reply = shared.match(text)
    assert reply.status in {200, 422}, reply.json
    decided = {"profile": "goals", "decisions": [{"record_a": text, "record_b": "o1", "answer": "same"}]}
    assert shared.post("/v1/decisions", decided).status in {404, 422}
    assert shared.ask("GET", "/v1/groups?text=%00&cursor=%ff%fe").status == 422
    assert shared.ask("GET", "/v1/groups/%00%ed%a0%80").status == 404


def test_what_another_process_publishes_is_found_soon(service, follows):
    assert service.match("Open a library for families").json["matches"][0]["verdict"] != "duplicate"
    before = service.match("x").json["scope_digest"]
    with (service.program.folder / "goals.csv").open("a") as file:
        file.write("o9,Open a library for all families.,own\n")
    assert service.program.run().summary["state"] == "published"
    follows(lambda: service.match("Open a library for all families").json["matches"][0]["id"] == "o9")
    assert service.match("x").json["scope_digest"] != before


def test_what_another_process_takes_away_is_gone_soon(service, follows):
    assert service.match("Buy new buses", scope="foreign").json["matches"][0]["id"] == "f3"
    file = service.program.folder / "goals.csv"
    file.write_text("\n".join(line for line in file.read_text().splitlines() if ",foreign" not in line) + "\n")
    assert service.program.run().summary["state"] == "published"
    follows(lambda: service.match("Buy new buses", scope="foreign").status == 404)


def test_a_scope_that_does_not_fit_into_memory_is_refused_with_a_remedy(start):
    small = start("sqlite", "--cache", "20K")
    reply = small.match("anything")
    assert (reply.status, reply.json["code"]) == (413, "TT600")
    assert "--cache" in reply.json["remedy"]


def cache_of(service):
    """What the metrics say of the texts in memory."""
    lines = (line.split() for line in service.get("/metrics", key=None).body.decode().splitlines())
    return {
        line[0].removeprefix("twicetold_"): float(line[1]) for line in lines if line[0].startswith("twicetold_cache")
    }


def test_a_scope_is_let_go_when_others_need_its_place(start):
    large = start("sqlite")
    assert large.match("x").status == large.match("x", scope="foreign").status == 200
    both = cache_of(large)
    assert both["cached_scopes"] == 2
    small = start("sqlite", "--cache", f"{both['cached_bytes'] - 1:.0f}")
    for _ in range(2):
        assert small.match("x").status == small.match("x", scope="foreign").status == 200
    held = cache_of(small)
    assert held["cached_bytes"] <= held["cache_limit_bytes"]
    assert held["cached_scopes"] == 1


def test_many_who_ask_at_once_are_all_answered(service):
    with ThreadPoolExecutor(30) as pool:
        replies = list(
            pool.map(lambda n: service.match(f"Train staff {n}", scope=("own", "foreign")[n % 2]), range(90))
        )
    assert {reply.status for reply in replies} == {200}
