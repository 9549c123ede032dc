"""The Spark session: the only place where Spark is configured."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from lake.errors import LakeError
from lake.settings import HOME, Settings

EXPECTED_SPARK = "4.2.0"
# Of frames of a few thousand rows, compiling each plan to bytecode would take most of the time.
SMALL_FRAMES = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}

# Each plan is Java code that runs for some seconds. The JVM's own compiler, as it is set, spends more time on its longest
# methods than they ever take; what goes beyond these limits stays with the quick one.
_LESS_COMPILING = (
    "-XX:+IgnoreUnrecognizedVMOptions -XX:MaxNodeLimit=12000 -XX:NodeLimitFudgeFactor=400 -XX:LoopOptsCount=8 "
    "-XX:InlineSmallCode=1000 -XX:MaxInlineLevel=9 "
    # Ten times as often as usual must a method be called before the slow compiler looks at it: of planning, which is most
    # of what runs, little is worth it, and half of a short run's processor time went there.
    "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 -XX:Tier4CompileThreshold=150000 "
    "-XX:Tier4BackEdgeThreshold=400000"
)
# Of a few sessions of a few clients no code runs long enough to be worth the second compiler.
_QUICK_COMPILER_ONLY = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
# Written by `make setup`, in the environment that it belongs to. Where it does not fit, the JVM starts without it, silently.
CLASSES = Path(sys.prefix) / "spark-classes.jsa"
JAVA_OPTIONS = "spark.driver.extraJavaOptions"
# Where a stream is stopped in a batch, Spark matches the error that this makes against a pattern, character by character
# down the stack; the usual one overflows, and a thousand lines about that are all that the log says.
_STACK = "-Xss16m"
# Nobody waits for an answer of these processes, so pauses do no harm, and marking beside the tasks takes their time. Plans
# are classes too: each time that their space grows past a limit, which begins at 21 MB, the whole heap is collected.
_GARBAGE = "-XX:+UseParallelGC -XX:MetaspaceSize=512m"

# A NameNode that starts again is waited for, in milliseconds and times. The server knows a call that comes again by its
# number, also after it died, so a commit is not made twice.
_PATIENCE = {
    "spark.hadoop.dfs.client.retry.policy.enabled": "true",
    "spark.hadoop.dfs.client.retry.policy.spec": "1000,10",
}

# A local master gives a task one attempt: a Python worker that dies would fail its batch, or park the topic that is being
# written. What always fails is tried four times in vain, which are some seconds of a bounded batch, and does no harm: files
# count once they are committed, and alerts are shown once by their id.
_ATTEMPTS_A_TASK = 4


def spark_session(settings: Settings, application: str, extra: dict[str, str] | None = None) -> SparkSession:
    """A local session with Delta and Kafka. Raises LakeError when the jars are missing."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    # Python workers start elsewhere; they import the packages of this project.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(HOME), os.environ.get("PYTHONPATH", "")]))
    builder = SparkSession.Builder().master(local_master(settings.cores)).appName(application)
    small = SMALL_FRAMES if settings.params == "small" else {}
    for name, value in {**_configuration(settings), **small, **(extra or {})}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    for noisy in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    if session.version != EXPECTED_SPARK:
        raise LakeError(f"Spark {session.version} is running, {EXPECTED_SPARK} was tested: run `make setup`")
    return session


def local_master(n_threads: int) -> str:
    """Spark in this process, with so many tasks at a time."""
    return f"local[{n_threads},{_ATTEMPTS_A_TASK}]"


def small_frames(session: SparkSession) -> None:
    """From now on no plan is compiled: quicker where frames have some thousand rows, slower where they have many."""
    for name, value in SMALL_FRAMES.items():
        session.conf.set(name, value)


def _configuration(settings: Settings) -> dict[str, str]:
    scratch = settings.root / "spark"
    scratch.mkdir(parents=True, exist_ok=True)
    cores = str(settings.cores)
    compiler = _QUICK_COMPILER_ONLY if settings.params == "small" else _LESS_COMPILING
    classes = " ".join(class_options(CLASSES)) if CLASSES.exists() else ""
    return {
        **_PATIENCE,
        "spark.jars": ",".join(_jars(settings.jars)),
        "spark.driver.memory": settings.driver_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        # Spark keeps the plans' text and metrics of the last thousand queries for a page that nobody can open.
        "spark.ui.retainedJobs": "20",
        "spark.ui.retainedStages": "20",
        "spark.sql.ui.retainedExecutions": "20",
        "spark.ui.showConsoleProgress": "false",
        # Each function of a plan would tell the JVM where in our code it was called: more than half of all calls between the
        # two. An error in a plan has Python's traceback all the same; one in a row names its action and says why.
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        JAVA_OPTIONS: f"{compiler} {_STACK} {_GARBAGE} {classes} -Duser.timezone=UTC -Dderby.system.home={scratch} "
        f"-Dlog4j2.configurationFile={HOME / 'lake' / 'log4j2.properties'}",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # Fifty tasks for each commit's snapshot are the default and most of a small commit's time.
        "spark.databricks.delta.snapshotPartitions": "1",
        # A batch of refine has more compiled stages than the default keeps, and would compile them all each time.
        "spark.sql.codegen.cache.maxEntries": "4000",
        # A broadcast takes a page at least, by default up to 64 MB, and a batch of refine has some for each topic.
        "spark.buffer.pageSize": "2m",
        "spark.sql.shuffle.partitions": cores,
        "spark.default.parallelism": cores,
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.streaming.stateStore.providerClass": "org.apache.spark.sql.execution.streaming.state"
        ".RocksDBStateStoreProvider",
        # A commit of state uploads what changed, not the whole database.
        "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
        # State with a time to live would have batches made for ever where no data comes.
        "spark.sql.streaming.noDataMicroBatches.enabled": "false",
        "spark.sql.streaming.metricsEnabled": "false",
    }


def class_options(file: Path) -> list[str]:
    """With these a JVM takes classes from the file, where it has them and the file fits."""
    return [f"-XX:SharedArchiveFile={file}", "-Xlog:cds*=off"]


def _jars(folder: Path) -> list[str]:
    found = sorted(str(path) for path in folder.glob("*.jar"))
    if not found:
        raise LakeError(f"no Spark jars in {folder}: run `make setup`")
    return found
