"""Whatever people, strategies and venues get wrong is told in a line, and costs nobody anything."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from tests.live_sockets.command_rig import HIVE, WAIT_S_MAX, config_in, hive, log_of, venue
from tests.live_sockets.middleman import NONSENSE, meddling

from hive.app.exit_codes import EXIT_CONFIG, EXIT_FAILED, EXIT_INTERRUPTED


def test_every_fault_of_a_configuration_is_told_with_its_place_before_anything_starts(
    tmp_path: Path,
) -> None:
    path = tmp_path / "hive.yml"
    path.write_text(
        "mod: paper\n"
        "runtime: {durabilty: power, max_errors: many}\n"
        "account: {key_file: agent.key, url: 'ftp://venue'}\n"
        "wallets: [0x12]\n"
        "strategies:\n"
        "  - {id: a, use: hive.strategies.makr}\n"
        "  - {id: b, use: hive.strategies.maker, params: {size_us: 5, coin: BTC}}\n"
    )
    done = hive("run", path)
    assert done.returncode == EXIT_CONFIG
    assert done.stdout == ""
    assert done.stderr.removeprefix("hive: ").replace(f"{path}:", "").splitlines() == [
        '1:1 mod: unknown key, did you mean "mode"?',
        '2:11 runtime.durabilty: unknown key, did you mean "durability"?',
        "2:41 runtime.max_errors: expected 1 to 1000, got 'many'",
        "3:37 account.url: expected a URL like http://127.0.0.1:8421, got 'ftp://venue'",
        "4:1 wallets: NotOffered yet: following other people's wallets",
        (
            "6:13 strategies[0].use: no strategy 'hive.strategies.makr'; "
            'did you mean "hive.strategies.maker"?'
        ),
        "7:50 strategies[1].params.size_us: no such parameter; did you mean size_usd?",
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_what_only_the_venue_shows_to_be_wrong_ends_as_any_other_refusal(tmp_path: Path) -> None:
    """The trading process finds it, and its code is the command's."""
    with venue() as (url, _):
        path = config_in(tmp_path, url, "OneBid")
        path.write_text(path.read_text() + "risk: {max_position_notional_usd: {ETHH: 100}}\n")
        done = hive("run", path, "--json")
    assert done.returncode == EXIT_CONFIG
    assert done.stdout == ""
    named = "risk.max_position_notional_usd.ETHH: no instrument is called 'ETHH'"
    assert f"{path}:5:36 {named}" in done.stderr


@pytest.mark.parametrize(
    ("content", "mode", "told"),
    [
        (None, 0o600, "No such file or directory"),
        ("ab" * 32, 0o644, "may be read by others"),
        ("ab" * 31, 0o600, "holds no private key: expected 64 hex digits and no more"),
        ("ff" * 32, 0o600, "a key is a number from 1 to the order of secp256k1"),
    ],
)
def test_a_key_that_cannot_be_used_is_named_and_never_shown(
    tmp_path: Path, content: str | None, mode: int, told: str
) -> None:
    path = config_in(tmp_path, "http://127.0.0.1:1", "OneBid")
    key = tmp_path / "agent.key"
    key.unlink()
    if content is not None:
        key.write_text(content)
        key.chmod(mode)
    done = hive("run", path)
    assert done.returncode == EXIT_CONFIG
    assert str(key) in done.stderr
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert content is None or content not in done.stderr


def test_a_venue_that_is_not_there_is_a_line_and_a_hint(tmp_path: Path) -> None:
    with socket.socket() as holder:  # bound and not listening: nobody else can answer there
        holder.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{holder.getsockname()[1]}"
        done = hive("run", config_in(tmp_path, url, "OneBid"))
    assert done.returncode == EXIT_FAILED
    first, second = done.stderr.splitlines()
    assert first == f"hive: {url}/info cannot be reached: Connection refused"
    assert "hive venue serve" in second


@pytest.mark.full
def test_a_venue_that_takes_connections_and_says_nothing_is_waited_for_aloud(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        command = [*HIVE, "run", str(config_in(tmp_path, url, "OneBid"))]
        with subprocess.Popen(command, stdout=-1, stderr=-1, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == f"hive: waiting for {url} (account.url)\n"
            process.send_signal(signal.SIGINT)
            complaints = process.communicate(timeout=WAIT_S_MAX)[1]
    assert complaints == "hive: stopped before anything was traded\n"
    assert process.returncode == EXIT_INTERRUPTED


def test_bad_strategies_are_stopped_by_name_and_a_good_one_goes_on(tmp_path: Path) -> None:
    """They raise, leave, print, flood and place what no rule allows; the page's port is taken."""
    with venue() as (url, _), socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        uses = ("OneBid", "Raising", "Leaving", "Printing", "Flooding", "Illegal")
        path = config_in(tmp_path, url, *uses, page=f"{{port: {port}}}")
        done = hive("run", path, "--for", "4s", "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["strategies"] == len(uses)
    assert figures["orders"] > 0
    (page,) = re.findall(r"^page  http://127\.0\.0\.1:(\d+)$", done.stderr, re.MULTILINE)
    assert int(page) > port
    log = log_of(tmp_path)
    told = [f"{line['kind']}: {line['text']}" for line in log]
    for rule in ("lot", "tick", "minimum value", "size"):
        assert any(line.startswith(f"log: Illegal: REFUSED {rule}: ") for line in told), rule
    paused = {line.split()[1] for line in told if line.startswith("paused: ")}
    assert {"Raising:", "Leaving:"} <= paused
    assert not {"OneBid:", "Printing:", "Illegal:"} & paused
    assert (tmp_path / "var" / "printed.txt").read_text() == "a stray print\n"
    (stack,) = [line["stack"] for line in log if line["text"].startswith("Raising: on_bbo")][:1]
    assert any("mine.py" in frame for frame in stack)


@pytest.mark.full
def test_a_strategy_that_its_errors_paused_is_started_again_by_resume(tmp_path: Path) -> None:
    """Its cause is gone by then; what it had failed at does not count any more."""
    mood = tmp_path / "mood"
    mood.touch()
    with venue() as (url, _):
        path = config_in(tmp_path, url, "Moody", "OneBid")
        with subprocess.Popen([*HIVE, "run", str(path)], stdout=-1, text=True) as run:
            assert run.stdout is not None
            lines = iter(run.stdout)
            next(line for line in lines if "paused     Moody: raised" in line)
            nobody = hive("resume", path, "--scope", "strategy:OneBid")
            mood.unlink()
            resumed = hive("resume", path, "--scope", "strategy:Moody", "--json")
            run.send_signal(signal.SIGINT)
            figures = run.communicate(timeout=WAIT_S_MAX)[0]
    assert nobody.returncode == EXIT_CONFIG
    assert "strategy:OneBid was not thrown, and is not paused" in nobody.stderr
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["started"] == ["Moody"]
    assert (tmp_path / "var" / "printed.txt").read_text() == "on_start\n" * 2
    assert run.returncode == 0, figures


def test_a_run_in_which_no_strategy_can_start_ends_and_says_why(tmp_path: Path) -> None:
    with venue() as (url, _):
        done = hive("run", config_in(tmp_path, url, "Unready", "Unwilling"), "--json")
    assert done.returncode == EXIT_FAILED
    assert done.stdout == ""
    why = r"could not start: on_start \(mine\.py:\d+\): KeyError\('no such thing'\)"
    assert re.search(rf"hive: no strategy runs; Unready: {why}", done.stderr)
    assert "hive.jsonl has every one's reason" in done.stderr
    paused = [line["text"] for line in log_of(tmp_path) if line["kind"] == "paused"]
    assert [text.split()[0] for text in paused] == ["Unready:", "Unwilling:"]


def test_frames_that_make_no_sense_are_counted_and_kept_and_trading_goes_on(
    tmp_path: Path,
) -> None:
    async def trade(url: str) -> tuple[int | None, bytes, bytes]:
        async with meddling(url) as between:
            path = config_in(tmp_path, between, "OneBid")
            process = await asyncio.create_subprocess_exec(
                *HIVE,
                *("run", str(path), "--for", "4s", "--json"),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            out, err = await process.communicate()
            return process.returncode, out, err

    with venue() as (url, _):
        code, out, err = asyncio.run(trade(url))
    assert code == 0, err.decode()
    figures = json.loads(out)
    assert figures["orders"] == figures["cancels"] == 1
    assert figures["reconnects"] == 0
    kept = [line for line in log_of(tmp_path) if line["kind"] == "bad frame"]
    assert kept
    assert {line["start"] for line in kept} <= {text[:500] for text in NONSENSE}


def test_a_second_process_on_the_same_folder_is_told_who_has_it(tmp_path: Path) -> None:
    with venue() as (url, _):
        path = config_in(tmp_path, url, "OneBid")
        command = [*HIVE, "run", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
            assert first.stdout is not None
            first.stdout.readline()
            second = hive("run", path)
            first.send_signal(signal.SIGINT)
            first.communicate(timeout=WAIT_S_MAX)
    assert first.returncode == 0, "it was not disturbed"
    assert second.returncode == EXIT_FAILED
    told, hint = second.stderr.splitlines()
    assert re.search(r"registry\.lock is held by process \d+$", told)
    assert re.search(r"kill -9 \d+ if it does not answer.* a folder of its own", hint)


@pytest.mark.full
def test_a_venue_that_dies_is_told_and_the_end_says_what_is_not_known(tmp_path: Path) -> None:
    with venue() as (url, serving):
        path = config_in(tmp_path, url, "OneBid")
        with subprocess.Popen([*HIVE, "run", str(path)], stdout=-1, stderr=-1, text=True) as run:
            assert run.stdout is not None
            lines = iter(run.stdout)
            next(line for line in lines if re.match(r"signed actions [1-9]", line))
            serving.kill()
            assert next(line for line in lines if "socket lost: " in line)
            assert run.poll() is None
            run.send_signal(signal.SIGINT)
            _, complained = run.communicate(timeout=WAIT_S_MAX)
    assert run.returncode == EXIT_FAILED
    told, hint = complained.splitlines()
    assert told == "hive: the end of one order is not known: the venue did not answer in time"
    assert str(tmp_path / "var") in hint
