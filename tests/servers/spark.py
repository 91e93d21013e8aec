"""Spark: a session inside the tests' own process, and a real cluster, a master with two workers of one processor."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from servers.process import HOST, Server, running

#: Beside the environment of the tests: PySpark is large, and nothing else needs it.
ENVIRONMENT = Path(sys.prefix + "-spark")
#: Each Java lives for seconds: too short for its best compiler to pay.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
#: What a user would write into spark-defaults.conf.
DEFAULTS = f"""
spark.driver.extraJavaOptions {JAVA}
spark.executor.extraJavaOptions {JAVA}
spark.driver.host {HOST}
spark.driver.bindAddress {HOST}
spark.executor.memory 512m
spark.sql.shuffle.partitions 4
spark.ui.enabled false
spark.ui.showConsoleProgress false
"""


class Spark(Server):
    """A part of a standalone cluster; ``spark-class`` becomes Java, so its pid is that of the process."""

    needs_ports = 2
    main = ""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home

    @property
    def address(self) -> str:
        return f"spark://{HOST}:{self.port}"

    def command(self) -> list[str]:
        port, pages = map(str, self.ports)
        place = ["--host", HOST, "--port", port, "--webui-port", pages]
        return [str(self.home / "bin" / "spark-class"), f"org.apache.spark.deploy.{self.main}", *place, *self.more()]

    def more(self) -> list[str]:
        return []

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(shutil.which("java")).parent), os.defpath])
        return {"SPARK_HOME": str(self.home), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_JAVA_OPTS": JAVA, "PATH": path}

    def ready(self) -> bool:
        return self.sign in (self.folder / "log").read_text(errors="replace")


class Master(Spark):
    main = "master.Master"
    sign = "New state: ALIVE"


class Worker(Spark):
    """One processor of the cluster."""

    main = "worker.Worker"
    sign = "Successfully registered with master"

    def __init__(self, home: Path, master: Master) -> None:
        super().__init__(home)
        self.master = master

    def more(self) -> list[str]:
        return ["--cores", "1", "--memory", "1g", "--work-dir", str(self.folder / "work"), self.master.address]

    def start(self) -> None:
        (self.folder / "log").unlink(missing_ok=True)  # an earlier life had registered, too
        super().start()

    def finished(self) -> int:
        """How many tasks its executors have finished, with Python or without."""
        logs = (self.folder / "work").glob("app-*/*/stderr")
        return sum(len(re.findall(r"Finished task", log.read_text(errors="replace"))) for log in logs)

    def executors(self) -> list[int]:
        """The pids of the processes in which it compares."""
        stats = Path("/proc").glob("[0-9]*/stat")
        return [int(stat.parent.name) for stat in stats if _parent(stat) == self._process.pid]

    def kill(self) -> None:
        """Ends the worker and its executors as a power cut would."""
        executors = self.executors()
        self.stop(kill=True)
        for executor in executors:
            os.kill(executor, signal.SIGKILL)


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.fixture(scope="session")
def spark_home() -> Path:
    """Where Spark is; a test that asks for it is skipped where there is none."""
    homes = list(ENVIRONMENT.glob("lib/python*/site-packages/pyspark"))
    if not homes:
        pytest.skip(f"needs PySpark in {ENVIRONMENT.name}: run make {ENVIRONMENT.name}/.done")
    if not shutil.which("java"):
        pytest.skip("needs Java 17 or newer")
    return homes[0]


@pytest.fixture(scope="session")
def spark_settings(tmp_path_factory) -> dict[str, str]:
    """Variables of programs that use Spark, all on this machine."""
    folder = tmp_path_factory.mktemp("spark-conf")
    (folder / "spark-defaults.conf").write_text(DEFAULTS)
    return {"SPARK_LOCAL_IP": HOST, "SPARK_CONF_DIR": str(folder), "PYSPARK_PYTHON": str(ENVIRONMENT / "bin/python")}


@pytest.fixture(scope="session")
def spark_session(spark_home, spark_settings):
    """A session of two threads in this process."""
    sys.path.append(str(spark_home.parent))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in spark_settings.items():
            patch.setenv(name, value)
        from pyspark.sql import SparkSession

        session = SparkSession.builder.master("local[2]").appName("tests").getOrCreate()
        yield session
        session.stop()
    sys.path.remove(str(spark_home.parent))


@pytest.fixture(scope="session")
def spark_cluster(spark_home):
    """A master and two workers of one processor each: the master's address, and the workers."""
    with ExitStack() as stack:
        master = stack.enter_context(running(Master(spark_home)))
        yield master.address, [stack.enter_context(running(Worker(spark_home, master))) for _ in range(2)]
