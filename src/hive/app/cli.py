"""The command `hive`: each verb in a few lines, and every mistake of a person's in one.

    hive demo          a hundred strategies on the local venue
    hive run FILE      strategies from a file, on any venue
    hive kill FILE     stops it, or a part of it, at once; also where its loop is stuck
    hive resume FILE   lets it trade again
    hive guardian FILE watches it from a process of its own
    hive venue serve   the local venue alone

Exit codes: 0 well, 1 failed, 2 called wrongly, 4 nobody is running, 5 configuration refused,
7 not obeyed in time, 130 interrupted early.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from hive import __version__
from hive.app.complaint import told
from hive.app.durations import duration_ms
from hive.app.exit_codes import EXIT_FAILED, EXIT_INTERRUPTED, exit_code_of
from hive.app.venue_commands.command import venue_app
from hive.domain.errors import HiveError

FOLDER: Final = Path("var")
TRACE: Final = "HIVE_TRACE"
"""The environment variable that lets a stack trace through."""

app = typer.Typer(
    name="hive",
    help="Many strategies on Hyperliquid, in one process.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(venue_app, name="venue")

For = Annotated[str | None, typer.Option("--for", help="Stop by itself after so long: 20s, 10m.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")]


@app.command(epilog="All commands: hive help. Each has a --help of its own.")
def demo(  # noqa: PLR0917 (each is an option of the command)
    for_: For = None,
    strategies: Annotated[int, typer.Option(min=1, max=1_000, help="How many.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the market and of the set.")] = 7,
    is_json: AsJson = False,
    virtual: Annotated[
        str | None, typer.Option(help="The same world in simulated time, in this process: 10m.")
    ] = None,
    calm: Annotated[bool, typer.Option("--calm", help="No cut socket, no lost answer.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where runs are kept: var.")] = None,
) -> None:
    """Trade a hundred strategies on the built-in venue, with a live page."""
    if virtual is not None:
        if for_ is not None or calm or folder is not None:
            raise typer.BadParameter("--virtual goes with neither --for, --calm nor --folder")
        from hive.app.demo.virtual import run_virtual_demo

        sys.exit(run_virtual_demo(duration_ms(virtual), strategies, seed, is_json=is_json))
    from hive.app.demo.live import DemoPlan, run_demo

    plan = DemoPlan(
        strategies=strategies,
        seed=seed,
        for_ms=duration_ms(for_) if for_ else None,
        is_json=is_json,
        with_faults=not calm,
        folder=folder or FOLDER,
    )
    sys.exit(_run(run_demo(plan)))


@app.command()
def run(
    config: Annotated[Path, typer.Argument(help="A YAML file; docs/configuration.md lists it.")],
    for_: For = None,
    is_json: AsJson = False,
) -> None:
    """Run the strategies of a file against its venue."""
    from hive.app.terminal.run_file import run_file

    sys.exit(_run(run_file(config, duration_ms(for_) if for_ else None, is_json=is_json)))


Where = Annotated[
    Path | None,
    typer.Argument(help="The file of the run. Without it and --state: the run in ./var."),
]
State = Annotated[Path | None, typer.Option("--state", help="Its folder, in place of the file.")]
ScopeText = Annotated[
    str, typer.Option("--scope", help="all, account:0x…, coin:NAME or strategy:NAME.")
]


@app.command()
def kill(
    config: Where = None,
    strength: Annotated[str, typer.Option(help="pause, cancel, flatten or halt.")] = "cancel",
    scope: ScopeText = "all",
    reason: Annotated[str, typer.Option(help="What people will read.")] = "by hand",
    state: State = None,
    is_json: AsJson = False,
) -> None:
    """Stop a run, or a part of it, at once and until `hive resume`."""
    from hive.app.kill_switch.kill import Plea
    from hive.app.kill_switch.kill import kill as throw

    plea = Plea(config=config, state=state, scope=scope, is_json=is_json)
    sys.exit(_run(throw(plea, strength, reason)))


@app.command()
def resume(
    config: Where = None,
    scope: ScopeText = "all",
    state: State = None,
    by: Annotated[str, typer.Option(help="Who has looked; it is written down.")] = "operator",
    is_json: AsJson = False,
) -> None:
    """Lift switches; let halted accounts and paused strategies trade again."""
    from hive.app.kill_switch.kill import Plea
    from hive.app.kill_switch.resume import resume as lift

    plea = Plea(config=config, state=state, scope=scope, is_json=is_json)
    sys.exit(_run(lift(plea, by)))


@app.command()
def guardian(
    config: Annotated[Path, typer.Argument(help="A YAML file with a section guardian.")],
    with_trader: Annotated[
        bool, typer.Option("--with-trader", help="End when the trader has stopped in order.")
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Only have the account approve the guardian's key.")
    ] = False,
) -> None:
    """Watch a trader, and stop everything when it cannot."""
    if approve:
        from hive.app.guardian.approval import approve_guardian

        sys.exit(_run(approve_guardian(config)))
    from hive.app.guardian.process import run_guardian

    sys.exit(_run(run_guardian(config, with_trader=with_trader)))


@app.command(hidden=True)
def trader(
    config: Path,
    remark: Annotated[str, typer.Option(help="What those who look should know.")] = "",
) -> None:
    """The trading process itself; says how it goes as JSON lines."""
    from hive.app.fast_loop import run_fast
    from hive.app.trader.process import run_trader

    sys.exit(run_fast(run_trader(config, remark=remark)))


@app.command(hidden=True)
def compare(config: Path) -> None:
    """Hold a run's journal against the local venue's truth; prints one JSON object."""
    from hive.app.audit.compare_run import compare_run

    sys.exit(_run(compare_run(config)))


@app.command("help")
def list_commands(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="One of them.")
    ] = None,
) -> None:
    """List the commands, or tell of one: `hive help run`."""
    if words:
        app([*words, "--help"], prog_name="hive")
    typer.echo(context.find_root().get_help(), nl=False)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        version()
        raise typer.Exit


@app.callback()
def hive(
    _: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_tell_version, help="Print the version."),
    ] = False,
) -> None:
    """Many strategies on Hyperliquid, in one process."""


def _run(work: Coroutine[Any, Any, int]) -> int:
    return asyncio.run(work)


def _hear_no_more() -> None:
    """We are ending: Ctrl-C pressed once more must not make another end of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def main() -> None:
    """The entry point: a mistake becomes a line and a hint, never a stack trace."""
    try:
        app(prog_name="hive")
    except HiveError as error:
        _hear_no_more()
        sys.stderr.write(told(error))
        sys.exit(exit_code_of(error))
    except KeyboardInterrupt:
        _hear_no_more()
        sys.stderr.write("hive: interrupted\n")
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
    except OSError as error:
        sys.stderr.write(f"hive: {error}\n")
        sys.exit(EXIT_FAILED)
    except Exception as error:
        if os.environ.get(TRACE):
            raise
        sys.stderr.write(f"hive: {type(error).__name__}: {error}\n")
        sys.stderr.write(f"      a fault of Hive's; with {TRACE}=1 it shows where\n")
        sys.exit(EXIT_FAILED)
