"""Spark's classes, read and verified once: every later start maps them from a file, which spares it half of its time.

The file is the JVM's own archive of classes (class data sharing, JEP 350). A JVM that is another one, or that finds other
jars, leaves it alone and starts as slowly as without.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa

from infra.errors import ClassesNotKept
from infra.local.java import find_java
from lake.settings import HOME, Settings
from lake.spark import CLASSES, JAVA_OPTIONS, class_options, spark_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SECONDS = 600


def keep() -> Path:
    """Runs Spark once and keeps what it loaded. Raises ClassesNotKept, which nothing but time depends on."""
    with TemporaryDirectory(dir=CLASSES.parent) as folder:
        made = Path(folder) / CLASSES.name
        _run([sys.executable, "-m", "infra.local.spark_classes", str(made)])
        refuse_unusable(made)
        made.replace(CLASSES)
    return CLASSES


def refuse_unusable(file: Path) -> None:
    """Raises ClassesNotKept where a JVM would not start with the file: of one that was cut it dies."""
    quietly = ("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null")
    _run([find_java().binary, *quietly, *class_options(file), "-version"])


def _run(command: Sequence[str]) -> None:
    try:
        ran = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as slow:
        raise ClassesNotKept(f"Spark has not ended after {SECONDS} s") from slow
    if ran.returncode != 0:
        said = (ran.stderr or ran.stdout).strip().splitlines()
        raise ClassesNotKept(said[-1] if said else f"{command[0]} ended with status {ran.returncode}")


def _load(file: Path) -> None:
    """What streams and jobs do with Spark, on a few numbers; the JVM writes the file when it ends."""
    variables = {"BROKERLAKE_ROOT": str(file.parent), "BROKERLAKE_PARAMS": "small"}
    spark = spark_session(
        Settings.from_environment(variables), "classes", {JAVA_OPTIONS: f"-XX:ArchiveClassesAtExit={file}"}
    )
    _use(spark, file.parent)
    jvm = spark.sparkContext._gateway
    assert jvm is not None
    spark.stop()
    jvm.shutdown()
    jvm.proc.stdin.close()
    if jvm.proc.wait(SECONDS) != 0:
        sys.exit("the JVM failed as it wrote them")


def _use(spark: "SparkSession", folder: Path) -> None:
    source, target = str(folder / "source"), str(folder / "target")
    numbers = spark.range(1_000).selectExpr("id", "id % 7 AS remainder", "current_timestamp() AS at")
    numbers.mapInArrow(_as_it_came, numbers.schema).write.format("delta").partitionBy("remainder").save(
        source
    )
    numbers.createOrReplaceTempView("numbers")
    spark.sql(
        f"MERGE INTO delta.`{source}` AS old USING (SELECT * FROM numbers WHERE remainder < 3) AS new ON old.id = new.id "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )

    def write(batch: "DataFrame", _: int) -> None:
        small = spark.sql("SELECT remainder, count(*) AS n FROM numbers GROUP BY remainder")
        ranked = batch.selectExpr("*", "row_number() OVER (PARTITION BY remainder ORDER BY id) AS place")
        ranked.join(small.hint("broadcast"), "remainder", "left").write.format("delta").mode("append").save(
            target
        )

    rows = spark.readStream.format("delta").load(source).writeStream.foreachBatch(write)
    rows.option("checkpointLocation", str(folder / "checkpoint")).trigger(
        availableNow=True
    ).start().awaitTermination()
    spark.read.format("delta").load(target).groupBy("remainder").count().collect()


def _as_it_came(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from batches


if __name__ == "__main__":
    _load(Path(sys.argv[1]))
