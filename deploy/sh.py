#!/usr/bin/python3.13 -IS
"""The only thing that calls itself a shell in the image: starts commands of Twicetold, and nothing else.

Cloud Foundry starts every task by `/bin/sh -c COMMAND`. What is no plain call of one of the commands below is refused
with the exit status 126, in one line that does not repeat it. The program replaces this one: signals reach it.
"""

import os
import re
import shlex
import sys

#: What a task or an app has a use for; score and explain would write texts of records into the log.
COMMANDS = {
    *("config", "db", "decisions", "doctor", "find", "model", "people", "profile", "run", "runs", "schedule", "serve"),
    "--version",
}
#: Words, and marks that mean nothing to a shell; everything else might.
PLAIN = re.compile(r"""[\w \-./:=,@+%"']*""")
PYTHON = "/usr/bin/python3.13"


def refuse(why: str) -> int:
    """Says in one line why nothing was started."""
    allowed = "|".join(sorted(COMMANDS))
    sys.stderr.write(f"sh: refused, nothing was started: {why}. Only 'twicetold {allowed} ...' can be started here.\n")
    return 126


def main(arguments: list[str]) -> int:
    """Becomes the program; returns only the status of a refusal."""
    if len(arguments) != 2 or arguments[0] != "-c":
        return refuse("there is no shell here that takes anything but '-c COMMAND'")
    if not PLAIN.fullmatch(arguments[1]):
        return refuse("the command has a character that could mean something to a shell")
    try:
        words = shlex.split(arguments[1])
    except ValueError:
        return refuse("the command has a quotation mark without its other")
    if words[:1] != ["twicetold"]:
        return refuse("the command does not begin with 'twicetold'")
    if len(words) > 1 and words[1] in COMMANDS:
        os.execv(PYTHON, [PYTHON, "-I", "-u", "-m", *words])
    return refuse("the word after 'twicetold' is none of its commands for tasks and apps")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
