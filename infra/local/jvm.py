"""How a server's Java virtual machine is started."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.local import jars
from infra.local.java import find_java

LOG4J2 = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5p %c{1.}: %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


def command(
    jar_set: str,
    main: str,
    arguments: Iterable[str],
    heap_megabytes: int,
    options: Iterable[str] = (),
    before_jars: Iterable[Path] = (),
) -> tuple[str, ...]:
    """Small heaps on few cores: the serial collector needs the least memory and no threads when idle."""
    classpath = ":".join([*map(str, before_jars), str(jars.folder(jar_set) / "*")])
    memory = ("-Xms64m", f"-Xmx{heap_megabytes}m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
    return (find_java().binary, *memory, *options, "-cp", classpath, main, *arguments)


def write_log4j2(folder: Path) -> Path:
    """Logs go to standard output, which supervisor writes to the server's one log file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = log4j2_file(folder)
    path.write_text(LOG4J2)
    return path


def log4j2_file(folder: Path) -> Path:
    return folder / "log4j2.properties"


def log4j2_option(folder: Path) -> str:
    return f"-Dlog4j2.configurationFile={log4j2_file(folder)}"


def properties(values: Mapping[str, object]) -> str:
    """A Java properties file."""
    return "".join(f"{key}={str(value).replace(chr(92), chr(92) * 2)}\n" for key, value in values.items())
