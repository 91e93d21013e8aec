"""``twicetold cf``: what people and CI type, see, and get as exit status."""

from __future__ import annotations

import json
import os
import signal

import pytest

from twicetold.testing import OUT_OF_MEMORY, LocalProcess, Script

RUN = ("run", "--app", "twicetold", "--profile", "goals")
SUMMARY = json.dumps({"event": "run.summary", "exit_status": 0})


def test_a_run_that_succeeds_shows_its_lines(foundry, run):
    foundry.launch = Script(("one", SUMMARY))
    result = run(*RUN, "--key", "night")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["one", SUMMARY]
    assert "Started task 1" in result.stderr
    assert "key night" in result.stderr
    assert "succeeded" in result.stderr


def test_the_command_is_told_as_it_would_be_typed(foundry, run):
    run(*RUN, "--scope", "a b", "--scope", "4711", "--deadline", "300", "--memory", "256M", "--disk", "2G")
    task = foundry.tasks[0]
    assert task["command"] == "twicetold run --profile goals --scope 'a b' --scope 4711 --deadline 300"
    assert (task["memory_in_mb"], task["disk_in_mb"]) == (256, 2048)


@pytest.mark.parametrize("status", [1, 2, 3, 4, 5, 6, 7, 143])
def test_the_exit_status_is_the_run_s(foundry, run, status):
    foundry.launch = Script(ends=status)
    result = run(*RUN)
    assert result.exit_code == status
    assert f"Exited with status {status}" in result.stderr


def test_a_run_without_enough_memory_says_so(foundry, run):
    foundry.launch = Script(ends=OUT_OF_MEMORY)
    result = run(*RUN)
    assert result.exit_code == 6
    assert "used more memory than it may" in result.stderr
    assert "--memory" in result.stderr


def test_json_is_all_that_is_on_standard_output(foundry, run):
    foundry.launch = Script(("one", SUMMARY), ends=4)
    result = run(*RUN, "--json", "--key", "night")
    found = json.loads(result.stdout)
    assert result.exit_code == found["exit_status"] == 4
    assert found["summary"] == {"event": "run.summary", "exit_status": 0}
    assert (found["app"], found["key"], found["state"]) == ("twicetold", "night", "FAILED")
    assert "one" in result.stderr


def test_a_second_run_with_the_key_follows_the_task_that_is_there(foundry, run):
    foundry.launch = Script(("one",), ends=4)
    first, second = run(*RUN, "--key", "night"), run(*RUN, "--key", "night")
    assert (first.exit_code, second.exit_code, len(foundry.tasks)) == (4, 4, 1)
    assert "Found task 1" in second.stderr
    assert second.stdout == "one\n"


def test_without_a_key_each_run_is_a_task_of_its_own(foundry, run):
    run(*RUN)
    run(*RUN)
    assert len(foundry.tasks) == 2


def test_no_wait_only_starts(foundry, run):
    foundry.launch = Script(seconds=60)
    result = run(*RUN, "--no-wait", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["exit_status"] is None
    assert len(foundry.tasks) == 1


def test_a_run_that_takes_too_long_is_stopped(foundry, run):
    foundry.launch = Script(("working",), seconds=60)
    result = run(*RUN, "--timeout", "0.2")
    assert result.exit_code == 6
    assert "was not over after 0.2 s: it was stopped" in result.stderr
    assert foundry.tasks[0]["result"]["failure_reason"] == "task was cancelled"


def test_another_command_can_be_run(foundry, run):
    result = run("run", "--app", "twicetold", "--", "doctor", "--json")
    assert (result.exit_code, foundry.tasks[0]["command"]) == (0, "twicetold doctor --json")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run", "--app", "twicetold"), "Name a profile"),
        ((*RUN, "doctor"), "Name a profile"),
        (("run", "--app", "twicetold", "--scope", "a", "doctor"), "go with --profile"),
        ((*RUN, "--scope", "a;b"), "a shell acts on"),
        ((*RUN, "--key", "a b"), "cannot be a label's value"),
        ((*RUN, "--memory", "much"), "is no size"),
        ((*RUN, "--memory", "100"), "less than 1M"),
        ((*RUN, "--timeout", "0"), "--timeout"),
        (("run", "--app", "other", "--profile", "goals"), "There is no app 'other'"),
        (("status", "--app", "twicetold", "--key", "none"), "has no task with the key 'none'"),
        (("logs", "--app", "twicetold"), "has no task that was started by this program"),
    ],
)
def test_what_cannot_be_done_is_said_and_no_task_is_started(foundry, run, arguments, says):
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert foundry.tasks == []


def test_missing_settings_are_named(run):
    result = run(*RUN, TWICETOLD_CF_PASSWORD="", TWICETOLD_CF_ORG="")
    assert result.exit_code == 2
    assert "not set: TWICETOLD_CF_PASSWORD, TWICETOLD_CF_ORG" in result.stderr


def test_the_cf_program_s_own_variables_will_do(foundry, run):
    plain = {name.removeprefix("TWICETOLD_"): value for name, value in foundry.variables.items()}
    assert run(*RUN, **dict.fromkeys(foundry.variables, ""), **plain).exit_code == 0


def test_an_expired_password_has_its_message_and_exit_status(foundry, run):
    foundry.expire_password()
    result = run(*RUN)
    assert result.exit_code == 2
    assert "has expired" in result.stderr
    assert "cf create-service-key" in result.stderr


def test_a_wrong_password_has_its_message_and_exit_status(run):
    result = run(*RUN, TWICETOLD_CF_PASSWORD="wrong-canary")
    assert result.exit_code == 2
    assert "does not accept the user and password" in result.stderr
    assert "wrong-canary" not in result.output


def test_a_full_quota_has_its_message_and_exit_status(foundry, run):
    foundry.controller.memory_quota = 100
    result = run(*RUN)
    assert result.exit_code == 3
    assert "memory_in_mb exceeds organization memory quota" in result.stderr


def test_whoever_does_not_know_whether_a_task_was_started_can_find_out(foundry, run):
    foundry.fail(0, times=1000, method="POST", path="/tasks$", is_late=True)
    foundry.fail(503, times=1000, path="label_selector")
    result = run(*RUN, "--key", "night")
    assert result.exit_code == 3
    assert "The key is night" in result.stderr


def test_an_app_without_the_process_gets_a_warning(run, foundry):
    foundry._space.has_process = False
    result = run(*RUN, "--json")
    assert "no process of the type 'task'" in result.stderr
    assert [each["code"] for each in json.loads(result.stdout)["findings"]] == ["task-defaults"]
    assert "no process" not in run(*RUN, "--memory", "1G", "--disk", "1G").stderr


def test_a_log_that_cannot_be_read_gets_a_warning(run, foundry):
    foundry.fail(404, times=1000, path="/log-cache")
    result = run(*RUN, "--json")
    assert result.exit_code == 0
    assert [each["code"] for each in json.loads(result.stdout)["findings"]] == ["task-log-incomplete"]


def test_a_platform_that_is_lost_from_sight_leaves_a_way_back(foundry, run):
    foundry.launch = Script(seconds=60)
    foundry.fail(503, times=1000, path="/v3/tasks/")
    result = run(*RUN, "--key", "night")
    assert result.exit_code == 3
    assert "may go on; the same command with --key night follows it again" in result.stderr


def test_what_would_steer_the_terminal_is_shown_as_a_code(foundry, run):
    foundry.launch = Script(("\x1b[31mred\x07\ttab",))
    assert run(*RUN).stdout == "\\x1b[31mred\\x07\ttab\n"


def test_status_logs_and_cancel_find_the_latest_or_the_one_with_the_key(foundry, run, until):
    foundry.launch = Script(("of the first",), ends=7)
    run(*RUN, "--key", "one")
    foundry.launch = Script(("of the second",), seconds=60)
    run(*RUN, "--key", "two", "--no-wait")
    app = ("--app", "twicetold")
    until(lambda: "of the second" in run("logs", *app).stdout)
    assert "is RUNNING" in run("status", *app).stdout
    assert json.loads(run("status", *app, "--key", "one", "--json").stdout)["exit_status"] == 7
    assert run("logs", *app, "--key", "one").stdout == "of the first\n"
    assert "is over already: it did not pass a quality gate" in run("cancel", *app, "--key", "one").stdout
    assert "was told to stop" in run("cancel", *app).stdout
    assert foundry.tasks[1]["state"] == "FAILED"


def test_logs_can_be_followed(foundry, run):
    foundry.launch = Script(("one", "two"), seconds=0.3)
    run(*RUN, "--no-wait")
    assert run("logs", "--app", "twicetold", "--follow").stdout == "one\ntwo\n"


def test_config_shows_where_it_goes_and_neither_user_nor_password(foundry, tmp_path, monkeypatch):
    from click.testing import CliRunner

    from twicetold.cli import main

    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(main, ["config", "show"], env=foundry.variables).stdout
    assert foundry.api in shown
    assert "TWICETOLD_CF_PASSWORD" in shown
    assert foundry.username not in shown
    assert foundry.password not in shown


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_whoever_stops_the_command_stops_the_task(foundry, process, until, number, status):
    foundry.launch = Script(("working",), seconds=60)
    child = process(*RUN)
    until(lambda: "RUNNING" in child.stderr.readline())
    child.send_signal(number)
    _, err = child.communicate(timeout=20)
    assert child.returncode == status
    assert "was told to stop" in err
    assert "Traceback" not in err
    until(lambda: foundry.tasks[0]["result"]["failure_reason"] == "task was cancelled")


def test_whoever_stops_a_command_that_found_its_task_stops_the_command_only(foundry, process, run, until):
    foundry.launch = Script(seconds=60)
    run(*RUN, "--key", "night", "--no-wait")
    child = process(*RUN, "--key", "night")
    until(lambda: "RUNNING" in child.stderr.readline())
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "was started by another command and goes on" in err
    assert foundry.tasks[0]["state"] == "RUNNING"


def test_a_task_that_cannot_be_stopped_with_the_command_is_said_to_go_on(foundry, process, until):
    foundry.launch = Script(seconds=60)
    child = process(*RUN, "--key", "night")
    until(lambda: "RUNNING" in child.stderr.readline())
    foundry.fail(403, times=1000, path="/v3/")
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 143
    assert "The task may go on; stop it with: twicetold cf cancel --app twicetold --key night" in err


def test_the_program_itself_runs_as_a_task(foundry, run):
    """The real program, started as the platform starts it, whose answer comes through the log."""
    foundry.launch = LocalProcess({"PATH": os.environ["PATH"], "PYTHONPATH": os.environ["PYTHONPATH"]})
    found = run("run", "--app", "twicetold", "--json", "--", "run", "--profile", "no-such-profile")
    assert found.exit_code == json.loads(found.stdout)["exit_status"] == 2
    assert "no-such-profile" in found.stderr
