"""A folder that holds a `hive` of its own: `python -m hive` started there runs any script."""

from __future__ import annotations

from pathlib import Path


def folder_with(folder: Path, script: str) -> Path:
    """The same folder, with the script in it."""
    (folder / "hive").mkdir()
    (folder / "hive" / "__init__.py").touch()
    (folder / "hive" / "__main__.py").write_text(script)
    return folder
