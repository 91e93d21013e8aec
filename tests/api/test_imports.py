"""Optional packages are asked for only when they are used; examples in the code are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

WITHOUT = (
    "import sys\n"
    "class Missing:\n"
    "    def find_spec(self, name, *_):\n"
    "        if name in {names!r}:\n"
    "            raise ModuleNotFoundError(name)\n"
    "sys.meta_path.insert(0, Missing())\n"
)
FIND = (
    "import twicetold\n"
    "from twicetold.errors import ExtraMissing\n"
    "result = twicetold.find([twicetold.Record('1', 'a goal'), twicetold.Record('2', 'A goal')])\n"
    "assert len(result.groups) == 1\n"
)
REFUSED = "try:\n    {call}\nexcept ExtraMissing as error:\n    print(error.message, error.hint)\n"


def test_finding_imports_no_pandas_and_no_arrow(python, tmp_path):
    program = FIND + f"result.write({str(tmp_path)!r})\nimport sys\nprint({{'pandas', 'pyarrow'}} & set(sys.modules))"
    assert python(program).strip() == "set()"


@pytest.mark.parametrize(
    ("names", "call", "said"),
    [
        (["pyarrow"], "result.to_arrow()", "an Arrow table needs pyarrow"),
        (["pandas"], "result.to_pandas()", "a DataFrame needs pandas"),
    ],
)
def test_a_package_that_is_missing_is_named_with_its_extra(python, names, call, said):
    printed = python(WITHOUT.format(names=names) + FIND + REFUSED.format(call=call))
    assert printed.strip() == f"{said} pip install 'twicetold[frames]'"


def test_the_spark_engine_names_its_extra_before_it_does_anything(python):
    call = "engines.spark.run(result.records, None, None)"
    printed = python(
        WITHOUT.format(names=["pyspark"]) + FIND + "from twicetold import engines\n" + REFUSED.format(call=call)
    )
    assert printed.strip() == "the Spark engine needs PySpark pip install 'twicetold[spark]'"


def test_a_source_that_needs_arrow_says_so(python):
    relation = "import duckdb\nrelation = duckdb.sql(\"SELECT 1 AS id, 'a goal' AS text\")\n"
    call = REFUSED.format(call="twicetold.find(relation)")
    printed = python(WITHOUT.format(names=["pyarrow"]) + FIND + relation + call)
    assert "needs pyarrow pip install 'twicetold[frames]'" in printed


def test_a_data_frame_needs_no_arrow(python):
    frame = "import pandas as pd\nframe = pd.DataFrame({'id': ['1', '2'], 'text': ['a goal', 'A goal']})\n"
    printed = python(WITHOUT.format(names=["pyarrow"]) + FIND + frame + "print(len(twicetold.find(frame).groups))")
    assert printed.strip() == "1"


@pytest.mark.parametrize("name", ["twicetold", "twicetold._api"])
def test_the_examples_in_the_code_are_true(name):
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.attempted > 0
    assert outcome.failed == 0
