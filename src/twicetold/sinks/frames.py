"""The groups as an Arrow table or a DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twicetold.errors import ExtraMissing

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from twicetold.pipeline import Result

_REMEDY = "pip install 'twicetold[frames]'"


def groups_table(result: Result) -> pa.Table:
    """One row per record in a group of two or more: record_id, group_id, scope, size, keeper, text.

    Raises:
        ExtraMissing: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415
    except ImportError as error:
        raise ExtraMissing("an Arrow table needs pyarrow", remedy=_REMEDY) from error
    types = {"size": pa.int64(), "keeper": pa.bool_()}
    columns = _columns(result)
    schema = pa.schema([(name, types.get(name, pa.string())) for name in columns])
    return pa.table(columns, schema=schema)


def groups_frame(result: Result) -> pd.DataFrame:
    """The same as a DataFrame.

    Raises:
        ExtraMissing: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415
    except ImportError as error:
        raise ExtraMissing("a DataFrame needs pandas", remedy=_REMEDY) from error
    return pd.DataFrame(_columns(result))


def _columns(result: Result) -> dict[str, list[object]]:
    texts = dict(zip(result.records.ids, result.records.texts, strict=True))
    members = [(group, member) for group in result.groups for member in group.members]
    return {
        "record_id": [member for _, member in members],
        "group_id": [group.id for group, _ in members],
        "scope": [group.scope for group, _ in members],
        "size": [len(group.members) for group, _ in members],
        "keeper": [member == group.keeper for group, member in members],
        "text": [texts[member] for _, member in members],
    }
