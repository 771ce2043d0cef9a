"""Where a path in a configuration file leads."""

from __future__ import annotations

from pathlib import Path

from hive.domain.errors import ConfigRefused


def absolute(folder: Path, written: str) -> Path:
    """The path, which starts at `folder` unless it starts at `/` or `~`.

    Raises:
        ConfigRefused: nobody of that name has a home.
    """
    try:
        return folder.absolute() / Path(written).expanduser()
    except RuntimeError:
        raise ConfigRefused(f"{written}: there is no such home") from None
