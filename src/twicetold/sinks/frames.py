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
    texts = dict(zip(result.records.ids, result.records.texts, strict=True))
    members = [(group, member) for group in result.groups for member in group.members]
    return pa.table(
        {
            "record_id": pa.array([member for _, member in members], pa.string()),
            "group_id": pa.array([group.id for group, _ in members], pa.string()),
            "scope": pa.array([group.scope for group, _ in members], pa.string()),
            "size": pa.array([len(group.members) for group, _ in members], pa.int32()),
            "keeper": pa.array([member == group.keeper for group, member in members], pa.bool_()),
            "text": pa.array([texts[member] for _, member in members], pa.string()),
        }
    )


def groups_frame(result: Result) -> pd.DataFrame:
    """The same as a DataFrame.

    Raises:
        ExtraMissing: pyarrow or pandas is not installed.
    """
    table = groups_table(result)
    try:
        import pandas as pd  # noqa: F401, PLC0415
    except ImportError as error:
        raise ExtraMissing("a DataFrame needs pandas", remedy=_REMEDY) from error
    return table.to_pandas()
