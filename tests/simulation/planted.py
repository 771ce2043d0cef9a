"""Bugs planted on purpose: the simulation is worth what it finds.

Each is a patch of one place, applied to a copy of the source; the seeds are then run on the copy
until one of them fails. A patch whose text is no longer there is an error, not a pass.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).parents[2]
RUN_S_MAX: Final = 300


class PlantedBug(msgspec.Struct, frozen=True):
    """Replace `before` by `after` in a file below `src/hive`, where it stands `times`."""

    name: str
    file: str
    before: str
    after: str
    times: int = 1


class Verdict(msgspec.Struct, frozen=True):
    """Whether the seeds caught a bug, and after how many."""

    bug: str
    caught_by_seed: int | None
    seeds_run: int
    how: str


BUGS: Final = (
    PlantedBug(
        "dedup by oid",
        "execution/orders/dispatch.py",
        "self._fills.add(fill.key, ",
        "self._fills.add(fill.key._replace(trade_id=fill.oid, venue_ms=0), ",
        times=2,
    ),
    PlantedBug(
        "dedup by tid alone",
        "execution/orders/dispatch.py",
        "self._fills.add(fill.key, ",
        "self._fills.add(fill.key._replace(coin='', venue_ms=0), ",
        times=2,
    ),
    PlantedBug(
        "no resubscribe",
        "hyperliquid/stream_set.py",
        """        self._judge_ms = now_ms + self._timing.judge_every_ms
        for stream in list(self._by_key.values()):
""",
        """        is_first = not self._judge_ms
        self._judge_ms = now_ms + self._timing.judge_every_ms
        for stream in list(self._by_key.values()) if is_first else ():
""",
    ),
    PlantedBug(
        "no REST backfill",
        "execution/settling/inquirer.py",
        "start_ms: int | None = self._sweep.begin(self._venue_ms())",
        "start_ms: int | None = None",
    ),
    PlantedBug(
        "page start + 1 ms",
        "execution/settling/fill_sweep.py",
        "self._start_ms = max(start_ms, last_ms)",
        "self._start_ms = max(start_ms, last_ms + 1)",
    ),
    PlantedBug(
        "timeout taken for rejection",
        "execution/settling/answers.py",
        """            self._unknowns.lost(request_id)
            self._doubt_all(sent, reason, now_ms)
""",
        """            self._refuse_all(sent.batch, reason, now_ms)
""",
    ),
    PlantedBug(
        "resend under a new cloid",
        "execution/order_desk.py",
        "self._parts.answers.not_answered(request_id, reason, self._now_ms())\n",
        """sent = self._parts.answers.not_answered(request_id, reason, self._now_ms())
        from hive.execution.queue.lane import Waiting

        for instruction in sent.batch.instructions if sent is not None else ():
            before = instruction.intent
            if hasattr(before, "tif"):
                cloid = self._verbs.issue(before.strategy)
                again = type(before)(
                    strategy=before.strategy,
                    cloid=cloid,
                    coin=before.coin,
                    side=before.side,
                    size=before.size,
                    limit_px=before.limit_px,
                    tif=before.tif,
                    reduce_only=before.reduce_only,
                )
                self._books.dispatch.register(again)
                self._parts.queue.add(Waiting(cloid, again.strategy, self._now_ms() + 3_000, False))
                self._soon()
""",
    ),
    PlantedBug(
        "bytes sent before the intent is written",
        "execution/sending/action_sender.py",
        """        self._journal(batch, nonce, wall_ms, expires_ms, is_urgent=only_reduces)
        body = self._signed(batch, nonce, expires_ms or None)
        self._request_id += 1
        sent = SentAction(self._request_id, batch, nonce, expires_ms, attempts, place)
        try:
            link.post(sent.request_id, body, now_ms + self._settings.answer_timeout_ms)
""",
        """        body = self._signed(batch, nonce, expires_ms or None)
        self._request_id += 1
        sent = SentAction(self._request_id, batch, nonce, expires_ms, attempts, place)
        try:
            link.post(sent.request_id, body, now_ms + self._settings.answer_timeout_ms)
            self._journal(batch, nonce, wall_ms, expires_ms, is_urgent=only_reduces)
""",
    ),
    PlantedBug(
        "nonce from the clock alone",
        "hyperliquid/signing.py",
        "nonce = max(now_ms, self._last + 1)",
        "nonce = now_ms",
    ),
    PlantedBug(
        "old leg's cancel closes the order",
        "execution/orders/order_life.py",
        "        if leg is not self.current:\n            out.verdict = SKIP\n",
        "        if self.current is None:\n            out.verdict = SKIP\n",
    ),
    PlantedBug(
        "snapshot overwrites",
        "execution/settling/inquirer.py",
        """                case AskForOrder(cloid, _):
                    if cloid not in self._unknowns:
                        self._errands.ask(cloid, self._now_ms())
""",
        """                case AskForOrder(cloid, _):
                    if (gone := dispatch.live(cloid)) is not None:
                        out = Dispatched()
                        gone.cancel_done(out)
                        self._books.take_life(gone, out, self._clock.now_ms())
""",
    ),
    PlantedBug(
        "boot epoch not advanced after a crash",
        "storage/registry.py",
        "epoch=self._content.epoch + 1",
        "epoch=max(self._content.epoch, 1)",
    ),
)


def plant(bug: PlantedBug, folder: Path) -> Path:
    """A copy of the source with the bug in it; returns the folder to import from.

    Raises:
        LookupError: the place it patches is gone, or is there more or less often.
    """
    source = folder / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    path = source / "hive" / bug.file
    text = path.read_text()
    if text.count(bug.before) != bug.times:
        raise LookupError(f"{bug.name}: {bug.file} holds its text {text.count(bug.before)} times")
    path.write_text(text.replace(bug.before, bug.after))
    return source


def hunt(bug: PlantedBug, folder: Path, *, seeds: int) -> Verdict:
    """Run seeds on a copy with the bug until one fails."""
    source = plant(bug, folder)
    environment = os.environ | {"PYTHONPATH": f"{source}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.simulation"),
            *("--seeds", f"0:{seeds}", "--until-failure", "--json", "--tail", "0"),
        ],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S_MAX,
    )
    lines = done.stdout.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"{bug.name}: the runner broke: {done.stderr[-2000:]}")
    result = msgspec.json.decode(lines[-1])
    return Verdict(bug.name, result["failed_seed"], result["seeds_run"], result["violation"])
