"""The profile of tests whose goals are few: no gate holds back what comes of them."""

from __future__ import annotations


def goals_profile(kind: str = "csv", *, name: str = "id", text: str = "text", scope: str = "scope") -> str:
    """A profile over the file ``goals`` of a kind, with the columns that hold ids, texts and scopes."""
    return f"""
[source]
kind = "files"
files = ["goals.{kind}"]
[records]
id = "{name}"
text = "{text}"
scope = "{scope}"
[publish]
out = "out"
[publish.gates]
grouped_share_change = 1
records_lost = 1
histogram_drift = 1
largest_group = 5000
"""
