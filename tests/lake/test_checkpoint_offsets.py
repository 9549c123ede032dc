"""What a stream's checkpoint says, from files as Spark writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake.checkpoint_offsets import committed_offsets
from lake.settings import Settings

METADATA = '{"batchWatermarkMs":0,"batchTimestampMs":1671807600000,"conf":{}}'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    tmp_path.joinpath("lake").mkdir()
    return Settings.from_environment({"BROKERLAKE_ROOT": str(tmp_path)})


def batch(settings: Settings, number: int, offsets: str, *, committed: bool = True) -> None:
    folder = Path(settings.checkpoints.removeprefix("file://")) / "land"
    for name, text in (
        ("offsets", f"v1\n{METADATA}\n{offsets}"),
        ("commits", 'v1\n{"nextBatchWatermarkMs":0}'),
    ):
        folder.joinpath(name).mkdir(parents=True, exist_ok=True)
        if name == "offsets" or committed:
            folder.joinpath(name, str(number)).write_text(text)


def test_the_last_committed_batch_counts(settings: Settings) -> None:
    batch(settings, 9, '{"a.b.v1":{"0":5}}')
    batch(settings, 10, '{"a.b.v1":{"1":7,"0":9},"c.d.v1":{"0":2}}')
    batch(settings, 11, '{"a.b.v1":{"0":100}}', committed=False)
    assert committed_offsets(settings, "land") == {("a.b.v1", 0): 9, ("a.b.v1", 1): 7, ("c.d.v1", 0): 2}


def test_without_a_checkpoint_nothing_is_known(settings: Settings) -> None:
    assert committed_offsets(settings, "land") == {}


@pytest.mark.parametrize("text", ["", "v1\n", "v1\n{}\nrubbish"])
def test_a_damaged_file_says_nothing(settings: Settings, text: str) -> None:
    batch(settings, 0, '{"a.b.v1":{"0":5}}')
    Path(f"{settings.checkpoints.removeprefix('file://')}/land/offsets/0").write_text(text)
    assert committed_offsets(settings, "land") == {}
