"""Tasks: found by their key, asked for once whatever happens on the way, refused with words that help."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twicetold.errors import DependencyUnavailable, UsageError
from twicetold.platform.cloudfoundry.tasks import order, read_task
from twicetold.testing import Script

CREATE = {"method": "POST", "path": "^/v3/apps/[^/]+/tasks$"}


@pytest.fixture
def client(foundry, connect):
    foundry.launch = Script(seconds=60)
    return connect()


@pytest.fixture
def app(client):
    return client.app("twicetold")


def test_a_task_says_what_it_was_told(foundry, client, app, ask):
    task = client.start(app, ask("twicetold", "run", "--scope", "a b", key="night-1"), client.process(app))
    assert (task.number, task.key, task.command) == (1, "night-1", "twicetold run --scope 'a b'")
    assert foundry.tasks[0]["metadata"]["labels"] == {"twicetold-key": "night-1"}
    assert task.name.startswith("twicetold-run-")


def test_memory_and_disk_come_from_the_process_unless_they_are_given(foundry, client, app, ask):
    process = client.process(app)
    client.start(app, ask(key="a"), process)
    client.start(app, ask(key="b", memory=256 << 20, disk=3 << 30), process)
    client.start(app, ask(key="c"))
    sizes = [(task["memory_in_mb"], task["disk_in_mb"]) for task in foundry.tasks]
    assert sizes == [(512, 1024), (256, 3072), (512, 2048)]


def test_the_same_key_means_the_same_task(foundry, client, app, ask):
    first = client.start(app, ask(key="k"))
    again = client.start(app, ask(key="k"))
    assert (again.guid, len(foundry.tasks)) == (first.guid, 1)
    assert client.start(app, ask(key="other")).guid != first.guid


def test_a_task_that_is_over_is_still_the_task_of_its_key(foundry, client, app, ask, until):
    foundry.launch = Script(ends=4)
    task = client.start(app, ask())
    until(lambda: client.task(task.guid).is_over)
    assert client.start(app, ask()).guid == task.guid


def test_a_key_of_another_command_is_refused(client, app, ask):
    client.start(app, ask("twicetold", "run"))
    with pytest.raises(UsageError, match="was told 'twicetold run'"):
        client.start(app, ask("twicetold", "doctor"))


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("status", [0, 429, 500, 502, 503, 504])
def test_trouble_while_asking_makes_one_task_and_no_second(foundry, client, app, ask, status, is_late):
    foundry.fail(status, **CREATE, is_late=is_late)
    task = client.start(app, ask())
    assert [each["guid"] for each in foundry.tasks] == [task.guid]


def test_an_answer_that_broke_twice_after_the_task_was_made_makes_no_third(foundry, client, app, ask):
    foundry.fail(0, times=2, **CREATE, is_late=True)
    assert len({client.start(app, ask()).guid for _ in range(3)}) == 1
    assert len(foundry.tasks) == 1


def test_a_token_that_expires_while_asking_makes_one_task(foundry, client, app, ask):
    client.process(app)
    foundry.expire_tokens()
    client.start(app, ask())
    assert len(foundry.tasks) == 1


def test_two_who_ask_at_once_follow_one_task(foundry, connect, ask, until):
    foundry.launch = Script(seconds=60)
    clients = [connect() for _ in range(4)]
    app = clients[0].app("twicetold")
    gate, found = threading.Barrier(len(clients)), []

    def start(client):
        asked = ask()
        gate.wait()
        found.append(client.start(app, asked))

    threads = [threading.Thread(target=start, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {task.number for task in found} == {1}
    until(lambda: sum(task["state"] == "RUNNING" for task in foundry.tasks) == 1)
    assert foundry.tasks[0]["state"] == "RUNNING"


def test_tasks_are_listed_over_all_pages_the_latest_first(foundry, client, app, ask):
    foundry.launch = Script()
    foundry.controller.page = 2
    for number in range(5):
        client.start(app, ask(key=f"k{number}"))
    assert [task.key for task in client.tasks(app)] == ["k4", "k3", "k2", "k1", "k0"]
    assert [task.key for task in client.tasks(app, "k3")] == ["k3"]


def test_a_list_that_goes_on_elsewhere_is_not_followed(foundry, client, app, ask, monkeypatch):
    foundry.controller.page = 1
    for number in range(2):
        client.start(app, ask(key=f"k{number}"))
    monkeypatch.setattr(client, "_api", foundry.api.replace("127.0.0.1", "localhost"))
    with pytest.raises(DependencyUnavailable, match="continues a list at another address"):
        list(client.tasks(app))


def test_a_full_quota_says_so(foundry, client, app, ask):
    foundry.controller.memory_quota = 600
    client.start(app, ask(key="a", memory=512 << 20))
    with pytest.raises(DependencyUnavailable, match="exceeds organization memory quota") as found:
        client.start(app, ask(key="b", memory=512 << 20))
    assert "--memory" in found.value.hint
    assert found.value.exit_status == 3


def test_too_many_tasks_say_so(foundry, client, app, ask):
    foundry.controller.task_quota = 0
    with pytest.raises(DependencyUnavailable, match="app_task_limit quota exceeded"):
        client.start(app, ask())


def test_an_app_without_an_image_says_so(foundry, client, app, ask):
    foundry.controller.is_staged = False
    with pytest.raises(UsageError, match="must have a droplet") as found:
        client.start(app, ask())
    assert "cf push" in found.value.hint


def test_an_account_that_may_only_look_says_so(foundry, client, app, ask):
    foundry.controller.is_developer = False
    with pytest.raises(UsageError, match="not authorized") as found:
        client.start(app, ask())
    assert "Space Developer" in found.value.hint


@pytest.mark.parametrize(("name", "kind"), [("cf_org", "organization"), ("cf_space", "space")])
def test_what_does_not_exist_is_named(connect, name, kind):
    with pytest.raises(UsageError, match=f"There is no {kind} 'nowhere'"):
        connect(**{name: "nowhere"}).app("twicetold")


@pytest.mark.parametrize("name", ["nothing", "", "twicetold,other", "ü &=?/#"])
def test_an_app_that_does_not_exist_is_named(client, name):
    with pytest.raises(UsageError, match="There is no app"):
        client.app(name)


def test_a_task_is_told_to_stop_and_a_second_time_makes_no_difference(client, app, ask, until):
    task = client.start(app, ask())
    assert client.cancel(task).state == "CANCELING"
    until(lambda: client.task(task.guid).is_over)
    assert client.cancel(task).reason == "task was cancelled"


def test_a_task_that_is_not_there_any_more_says_so(client, app, ask):
    task = client.start(app, ask())
    object.__setattr__(task, "guid", "00000000-0000-0000-0000-000000000000")
    with pytest.raises(UsageError, match="Task not found"):
        client.cancel(task)


@pytest.mark.parametrize("key", ["", " ", "-a", "a-", "a b", "a/b", "ü", "x" * 64, "a\n"])
def test_a_key_that_no_label_can_hold_is_refused(key):
    with pytest.raises(UsageError, match="cannot be a label's value"):
        order(("twicetold",), key, memory=None, disk=None)


@pytest.mark.parametrize("word", ["a;b", "a|b", "a&", "$HOME", "`id`", "a>b", "a<b", "a\\", "a\nb", "a\x00"])
def test_a_word_that_a_shell_acts_on_is_refused(word):
    with pytest.raises(UsageError, match="a shell acts on"):
        order(("twicetold", "run", "--scope", word), "k", memory=None, disk=None)


def test_a_command_that_is_too_long_is_refused():
    words = ("twicetold", "run", "--scope", "x" * 4096)
    with pytest.raises(UsageError, match="a task takes 4,096"):
        order(words, "k", memory=None, disk=None)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters=";|&<>`$\\", exclude_categories=["Cc", "Cs"]))))
def test_a_command_is_read_back_as_the_words_that_it_was_made_of(words):
    import shlex

    asked = order(("twicetold", *words), "k", memory=None, disk=None)
    assert shlex.split(asked.command) == ["twicetold", *words]
    assert "\n" not in asked.command


@pytest.mark.parametrize(
    "content", [{}, {"metadata": None, "result": None}, {"created_at": "yesterday", "command": None}]
)
def test_a_task_with_gaps_can_be_read(content):
    task = read_task({"guid": "g", **content})
    assert (task.guid, task.reason, task.key) == ("g", "", "")
    assert task.created.year == 1970
