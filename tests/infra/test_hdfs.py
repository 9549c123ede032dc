import subprocess

import pytest

from infra.local import jars, jvm, servers
from infra.local.server_profile import Profile

pytestmark = pytest.mark.hdfs


def shell(profile: Profile, *arguments: str, stdin: bytes = b"") -> bytes:
    """Hadoop's own file system shell."""
    command = jvm.command(
        "hadoop",
        "org.apache.hadoop.fs.FsShell",
        arguments,
        128,
        before_jars=[profile.configuration_of("hdfs")],
    )
    return subprocess.run(
        command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
    ).stdout


def test_a_file_survives_a_restart(profile):
    jars.set_up("hadoop")
    with servers.running(profile, ["hdfs"]):
        shell(profile, "-put", "-", "/file", stdin=b"content\n")
    with servers.running(profile, ["hdfs"]):
        assert shell(profile, "-cat", "/file") == b"content\n"
