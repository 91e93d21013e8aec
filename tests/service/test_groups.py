"""GET /v1/groups, /v1/groups/{id} and /v1/changes: what is in force, page by page."""

from __future__ import annotations


def test_groups_have_their_keeper_and_its_text(shared):
    found = shared.get("/v1/groups").json["groups"]
    assert [(row["scope"], row["size"]) for row in found] == [("foreign", 2), ("own", 2), ("own", 2)]
    assert all(row["text"] for row in found)


def test_pages_follow_each_other_without_gap_or_repetition(shared):
    whole = [row["id"] for row in shared.get("/v1/groups").json["groups"]]
    found, cursor = [], ""
    for _ in range(5):
        page = shared.get("/v1/groups", limit=1, cursor=cursor).json
        found += [row["id"] for row in page["groups"]]
        if (cursor := page["next"]) is None:
            break
    assert found == whole


def test_groups_can_be_chosen_by_scope_size_and_text(shared):
    assert len(shared.get("/v1/groups", scope="own").json["groups"]) == 2
    assert len(shared.get("/v1/groups", text="SAFE sleep").json["groups"]) == 1
    assert shared.get("/v1/groups", text="100%").json["groups"] == []
    assert shared.get("/v1/groups", text="_oof").json["groups"] == []
    assert shared.get("/v1/groups", smallest=3).json["groups"] == []
    assert len(shared.get("/v1/groups", largest=2).json["groups"]) == 3


def test_a_group_is_shown_with_members_pairs_reasons_and_history(shared, groups):
    for name in groups["own"]:
        group = shared.get(f"/v1/groups/{name}").json
        assert group["keeper"] in {row["id"] for row in group["members"]}
        assert len(group["members"]) == group["size"]
        (pair,) = group["pairs"]
        assert pair["verdict"] == "duplicate"
        assert pair["reason"]
        assert [row["kind"] for row in group["history"]] == ["created"]


def test_a_group_that_is_not_there_is_a_problem(shared):
    reply = shared.get("/v1/groups/g000000000000")
    assert reply.status == 404
    assert reply.json == reply.json | {"code": "TT211", "status": 404, "type": "urn:twicetold:error:TT211"}


def test_what_has_not_changed_is_not_sent_again(shared, groups):
    for path in ("/v1/groups?scope=own", f"/v1/groups/{groups['foreign'][0]}"):
        first = shared.get(path)
        again = shared.ask("GET", path, If_None_Match=first.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        other = shared.ask("GET", f"{path.partition('?')[0]}?profile=goals", If_None_Match=first.headers["etag"])
        assert other.status == 200


def test_a_tag_of_one_key_does_not_hold_for_another(shared):
    tag = shared.get("/v1/groups", key="all").headers["etag"]
    assert shared.ask("GET", "/v1/groups", key="own", If_None_Match=tag).status == 200


def test_a_tag_ends_with_what_a_run_or_a_person_changes(service):
    name = service.get("/v1/groups").json["groups"][0]["id"]
    tag = service.get(f"/v1/groups/{name}").headers["etag"]
    decided = {"decisions": [{"record_a": "f1", "record_b": "f2", "answer": "different"}]}
    assert service.post("/v1/decisions", decided).status == 201
    changed = service.ask("GET", f"/v1/groups/{name}", If_None_Match=tag)
    assert changed.status == 200
    assert [row["answer"] for row in changed.json["decisions"]] == ["different"]
    listed = service.get("/v1/groups").headers["etag"]
    assert service.program.run().summary["state"] == "published"
    assert service.ask("GET", "/v1/groups", If_None_Match=listed).status == 200
    assert service.get(f"/v1/groups/{name}").status == 404


def test_changes_are_a_feed_that_goes_on_where_it_stopped(service):
    first = service.get("/v1/changes", limit=2).json
    rest = service.get("/v1/changes", after=first["after"]).json
    assert [row["kind"] for row in first["changes"] + rest["changes"]] == ["created"] * 3
    assert service.get("/v1/changes", after=rest["after"]).json == {"changes": [], "after": rest["after"]}
    decided = {"decisions": [{"record_a": "f1", "record_b": "f2", "answer": "different"}]}
    service.post("/v1/decisions", decided)
    service.program.run()
    (change,) = service.get("/v1/changes", after=rest["after"]).json["changes"]
    assert change["kind"] == "dissolved"


def test_a_profile_without_results_has_no_groups(shared):
    assert shared.get("/v1/groups", profile="ttahub").status == 404


def decide(service, *said):
    asked = [{"record_a": a, "record_b": b, "answer": answer} for a, b, answer in said]
    assert service.post("/v1/decisions", {"decisions": asked}).status == 201


def listed(service, **query):
    return {row["keeper"][0] + row["scope"] for row in service.get("/v1/groups", **query).json["groups"]}


def states(service):
    return [row["state"] for row in service.get("/v1/groups").json["groups"]]


def test_a_group_is_open_until_somebody_has_settled_all_of_it(service):
    with (service.program.folder / "goals.csv").open("a") as file:
        file.write("f5,HOLD monthly family meetings at every canary center!,foreign\n")
    assert service.program.run().summary["state"] == "published"
    assert states(service) == ["open"] * 3
    (group,) = service.get("/v1/groups", scope="foreign").json["groups"]
    one, two = sorted({"f1", "f2", "f5"} - {group["keeper"]})
    decide(service, (one, group["keeper"], "same"))
    assert states(service) == ["open"] * 3
    decide(service, (two, one, "different"))
    assert states(service) == ["decided", "open", "open"]
    assert service.get(f"/v1/groups/{group['id']}").json["state"] == "decided"
    assert listed(service, state="decided") == {"fforeign"}
    assert listed(service, state="open") == {"oown"}
    decide(service, (one, two, "unsure"))
    assert states(service) == ["open"] * 3


def test_a_decision_about_a_keeper_or_about_records_of_other_groups_settles_nothing(service):
    decide(service, ("o1", "", "keeper"), ("o1", "o3", "different"), ("o2", "o4", "different"))
    assert states(service) == ["open"] * 3


def test_a_tag_ends_with_a_decision_since_states_follow_it(service):
    tag = service.get("/v1/groups", state="open").headers["etag"]
    decide(service, ("f1", "f2", "same"))
    assert service.ask("GET", "/v1/groups?state=open", If_None_Match=tag).status == 200


def test_groups_can_be_chosen_by_the_probability_of_their_least_probable_pair(shared):
    rows = shared.get("/v1/groups").json["groups"]
    for row in rows:
        whole = shared.get(f"/v1/groups/{row['id']}").json
        assert row["probability"] == whole["probability"] == min(pair["probability"] for pair in whole["pairs"])
    chances = sorted(row["probability"] for row in rows)
    assert chances[0] < chances[-1] == 1
    between = (chances[0] + chances[-1]) / 2
    doubtful = shared.get("/v1/groups", most=between).json["groups"]
    certain = shared.get("/v1/groups", least=between).json["groups"]
    assert {row["id"] for row in doubtful} | {row["id"] for row in certain} == {row["id"] for row in rows}
    assert all(row["probability"] <= between for row in doubtful)
    assert all(row["probability"] >= between for row in certain)
    assert shared.get("/v1/groups", least=1.1).status == shared.get("/v1/groups", state="odd").status == 422


def test_pages_of_chosen_groups_follow_each_other_too(shared):
    chosen = {"state": "open", "least": 0.5}
    whole = [row["id"] for row in shared.get("/v1/groups", **chosen).json["groups"]]
    found, cursor = [], ""
    while cursor is not None:
        page = shared.get("/v1/groups", limit=1, cursor=cursor, **chosen).json
        found, cursor = found + [row["id"] for row in page["groups"]], page["next"]
    assert found == whole
    assert len(whole) >= 2
