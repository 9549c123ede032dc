"""Log files that a play appends to, each line once however often the same play is played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.errors import IngestionError


class OtherLines(IngestionError):
    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} holds other lines than this play would write: it is from another simulation; "
            "remove what earlier runs made with `make clean`, or choose another folder with BROKERLAKE_ROOT"
        )


@dataclass
class LogFiles:
    """Appends to files under one folder. What a file holds already, byte for byte, is not written again."""

    folder: Path
    positions: dict[Path, int] = field(default_factory=dict)

    def append(self, log: str, name: str, lines: Sequence[bytes]) -> None:
        """Whole lines for `<folder>/<log>/<name>`; a file's name never changes. Raises OtherLines."""
        path = self.folder / log / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = b"".join(line + b"\n" for line in lines)
        position = self.positions.get(path, 0)
        there = self._there(path, position, len(text))
        if not text.startswith(there):
            raise OtherLines(path)
        with path.open("ab") as file:
            file.write(text[len(there) :])
        self.positions[path] = position + len(text)

    @staticmethod
    def _there(path: Path, position: int, length: int) -> bytes:
        if not path.exists():
            return b""
        with path.open("rb") as file:
            file.seek(position)
            return file.read(length)
