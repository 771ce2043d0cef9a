"""Which files may wait, read clocks and touch the world; the others decide on what they get."""

from __future__ import annotations

import ast

from tests.architecture.rule import Faults, Rule
from tests.architecture.sources import Source, calls, dotted, imported_modules

# The shell: files that wait, or touch clocks, sockets, files, processes. Everything else is core.
SHELL = {
    "src/hive/__main__.py",
    "src/hive/app/agent_approval.py",
    "src/hive/app/audit/compare_run.py",
    "src/hive/app/audit/oracle_client.py",
    "src/hive/app/cli.py",
    "src/hive/app/config/guarded.py",
    "src/hive/app/config/load.py",
    "src/hive/app/config/paths.py",
    "src/hive/app/config/private_key.py",
    "src/hive/app/config/strategy_source.py",
    "src/hive/app/demo/live.py",
    "src/hive/app/demo/play_account.py",
    "src/hive/app/demo/virtual.py",
    "src/hive/app/fast_loop.py",
    "src/hive/app/guardian/approval.py",
    "src/hive/app/guardian/child.py",
    "src/hive/app/guardian/process.py",
    "src/hive/app/kill_switch/kill.py",
    "src/hive/app/kill_switch/obedience.py",
    "src/hive/app/kill_switch/resume.py",
    "src/hive/app/kill_switch/resume_journals.py",
    "src/hive/app/notes/links.py",
    "src/hive/app/notes/market_data.py",
    "src/hive/app/notes/rolling_log.py",
    "src/hive/app/page/server.py",
    "src/hive/app/processes/beat_files.py",
    "src/hive/app/processes/child.py",
    "src/hive/app/processes/parent_end.py",
    "src/hive/app/processes/parent_line.py",
    "src/hive/app/processes/run_folder.py",
    "src/hive/app/processes/stuck_call.py",
    "src/hive/app/terminal/run_file.py",
    "src/hive/app/terminal/silence_watch.py",
    "src/hive/app/terminal/trader_watch.py",
    "src/hive/app/trader/heart.py",
    "src/hive/app/trader/process.py",
    "src/hive/app/trader/start_words.py",
    "src/hive/app/venue_commands/command.py",
    "src/hive/app/venue_commands/feed.py",
    "src/hive/app/venue_commands/options.py",
    "src/hive/app/venue_commands/record.py",
    "src/hive/app/venue_commands/recording_files.py",
    "src/hive/app/venue_commands/replay.py",
    "src/hive/app/venue_commands/serving.py",
    "src/hive/app/view/loop_lag.py",
    "src/hive/app/view/resident_memory.py",
    "src/hive/app/view/runtime_view.py",
    "src/hive/app/wiring/accounts.py",
    "src/hive/app/wiring/key_watch.py",
    "src/hive/app/wiring/listing.py",
    "src/hive/app/wiring/plan.py",
    "src/hive/app/wiring/runtime.py",
    "src/hive/app/wiring/switch_keeper.py",
    "src/hive/connection/outbox.py",
    "src/hive/connection/pool_socket.py",
    "src/hive/connection/rest_client.py",
    "src/hive/connection/weight_gate.py",
    "src/hive/connection/ws_pool.py",
    "src/hive/execution/books/journal_sync.py",
    "src/hive/execution/desk/account_rights.py",
    "src/hive/execution/desk/care.py",
    "src/hive/execution/desk/key_care.py",
    "src/hive/execution/desk/parts.py",
    "src/hive/execution/desk/ports.py",
    "src/hive/execution/desk/roads.py",
    "src/hive/execution/desk/view.py",
    "src/hive/execution/desk/wakeup.py",
    "src/hive/execution/order_desk.py",
    "src/hive/execution/risk_controls/dead_man_care.py",
    "src/hive/execution/risk_controls/desk_risk.py",
    "src/hive/execution/risk_controls/leverage_care.py",
    "src/hive/execution/risk_controls/setting_changes.py",
    "src/hive/execution/sending/links.py",
    "src/hive/execution/settling/funding_sweep.py",
    "src/hive/execution/settling/inquirer.py",
    "src/hive/execution/settling/twap_inquiry.py",
    "src/hive/guardian/guard.py",
    "src/hive/guardian/venue_hand.py",
    "src/hive/marketdata/candle_feed.py",
    "src/hive/marketdata/market_data.py",
    "src/hive/marketdata/stream_owner.py",
    "src/hive/runtime/bus.py",
    "src/hive/runtime/clock.py",
    "src/hive/runtime/disk_live.py",
    "src/hive/runtime/net_live.py",
    "src/hive/runtime/rng.py",
    "src/hive/runtime/tasks.py",
    "src/hive/serving/web_server.py",
    "src/hive/simulation/clock.py",
    "src/hive/simulation/disk.py",
    "src/hive/simulation/network.py",
    "src/hive/simulation/venue_side.py",
    "src/hive/simulation/virtual_time.py",
    "src/hive/strategy/host.py",
}

# Modules by which a file waits, reads a clock, rolls dice or leaves the process.
WORLD = {
    "aiohttp",
    "asyncio",
    "concurrent",
    "datetime",
    "fcntl",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "picows",
    "random",
    "secrets",
    "select",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
    "uuid",
    "uvloop",
}

CLOCKS = {"time", "datetime"}
CLOCK_READERS = {"src/hive/runtime/clock.py"}

# They keep sets ordered by address, or leave work behind when they are cancelled.
UNORDERED_WAITS = {"wait", "wait_for", "as_completed", "TaskGroup", "timeout", "timeout_at"}
TASK_STARTS = {"create_task", "ensure_future"}
TASK_OWNERS = {"src/hive/runtime/tasks.py"}
THREAD_STARTS = {"to_thread", "run_in_executor", "Thread", "ThreadPoolExecutor", "start_new_thread"}

UNSAFE_CALLS = {"eval", "exec", "compile", "os.system", "os.popen"}
UNSAFE_MODULES = {"pickle", "marshal", "shelve", "dill"}
SAFE_LOADERS = {"SafeLoader", "CSafeLoader"}

WORK = {
    "open",
    "print",
    "run",
    "connect",
    "connect_ws",
    "read_text",
    "read_bytes",
    "mkdir",
    "touch",
}


def impure_core(source: Source) -> Faults:
    if source.path in SHELL:
        return
    for line, name in imported_modules(source.tree):
        if name in WORLD or name.partition(".")[0] in WORLD:
            yield line, f"a core file imports {name}"
        if f"src/{name.replace('.', '/')}.py" in SHELL:
            yield line, f"a core file imports the shell file {name}"
    for call, name in calls(source.tree):
        if name in {"open", "input", "print"}:
            yield call.lineno, f"a core file calls {name}"
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node.lineno, "a core file waits"


def clock_reading(source: Source) -> Faults:
    if source.path in CLOCK_READERS:
        return
    for line, name in imported_modules(source.tree):
        if name in CLOCKS:
            yield line, f"imports {name}; ask the Clock port"


def loose_waits(source: Source) -> Faults:
    for call, name in calls(source.tree):
        verb = name.rpartition(".")[2]
        if verb in TASK_STARTS and source.path not in TASK_OWNERS:
            yield call.lineno, f"{verb}: tasks are started by runtime.tasks.Supervisor"
        if verb in UNORDERED_WAITS and name in {verb, f"asyncio.{verb}"}:
            yield call.lineno, f"{verb}: not repeatable in simulation"
        if verb in THREAD_STARTS:
            yield call.lineno, f"{verb}: no threads"


def set_iteration(source: Source) -> Faults:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            over = node.iter
            is_set = isinstance(over, ast.Set | ast.SetComp)
            if is_set or (isinstance(over, ast.Call) and dotted(over.func) in {"set", "frozenset"}):
                yield over.lineno, "iterates over a set, whose order is not repeatable"


def unsafe_calls(source: Source) -> Faults:
    for line, name in imported_modules(source.tree):
        if name in UNSAFE_MODULES:
            yield line, f"imports {name}, which runs what it reads"
    for call, name in calls(source.tree):
        loaders = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "Loader")]
        is_safe = any(dotted(loader).rpartition(".")[2] in SAFE_LOADERS for loader in loaders)
        if name in UNSAFE_CALLS or (name in {"yaml.load", "yaml.compose"} and not is_safe):
            yield call.lineno, f"{name} runs what it is given"


def work_at_import(source: Source) -> Faults:
    for node in source.tree.body:
        if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
            yield node.lineno, "does something when imported"
        is_value = isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.While | ast.With)
        for call, name in calls(node) if is_value else ():
            if name.rpartition(".")[2] in WORK or name.partition(".")[0] in WORLD - {"pathlib"}:
                yield call.lineno, f"calls {name} when imported"


def sleeping_tests(source: Source) -> Faults:
    for call, name in calls(source.tree):
        if source.path.startswith("tests/") and name == "time.sleep":
            yield call.lineno, "a test sleeps"


RULES = (
    Rule(
        "pure core",
        impure_core,
        refuses=(
            "from asyncio import sleep",
            "import os.path",
            "from hive.runtime.clock import SystemClock",
            "from hive.runtime import clock",
            "async def f(link): await link.closed()",
            "def f(): return open('a')",
        ),
        accepts=(
            "from decimal import Decimal",
            "from hive.runtime.ports import Clock",
            "class Link(Protocol):\n    async def closed(self): ...",
            "def f(disk): return disk.open('a')",
        ),
        product_only=True,
    ),
    Rule(
        "one reader of clocks",
        clock_reading,
        refuses=("import time", "from datetime import datetime"),
        accepts=("def f(clock): return clock.now_ms()",),
        product_only=True,
        place="src/hive/runtime/tasks.py",
    ),
    Rule(
        "repeatable waiting",
        loose_waits,
        refuses=(
            "def f(loop): loop.create_task(g())",
            "async def f(): await asyncio.wait_for(g(), 1)",
            "async def f():\n    async with asyncio.TaskGroup(): ...",
            "async def f(): await asyncio.to_thread(g)",
        ),
        accepts=(
            "def f(supervisor): supervisor.spawn('g', g)",
            "async def f(ticket): await ticket.wait()",
        ),
        product_only=True,
    ),
    Rule(
        "no iteration over sets",
        set_iteration,
        refuses=("a = [b for b in set(c)]", "for a in {b, c}: ..."),
        accepts=("a = [b for b in sorted(set(c))]", "for a in (b, c): ..."),
        product_only=True,
    ),
    Rule(
        "nothing runs what it reads",
        unsafe_calls,
        refuses=(
            "yaml.load(text, Loader=yaml.Loader)",
            "yaml.load(text)",
            "eval('1')",
            "from pickle import loads",
        ),
        accepts=(
            "yaml.compose(text, Loader=yaml.CSafeLoader)",
            "re.compile('1')",
            "import msgspec",
        ),
        product_only=True,
    ),
    Rule(
        "no work at import",
        work_at_import,
        refuses=(
            "desks.register(Desk)",
            "TEXT = Path('a').read_text()",
            "LOOP = asyncio.new_loop()",
        ),
        accepts=(
            '"""A sentence."""\nif TYPE_CHECKING:\n    import a',
            "PATTERN = re.compile('a')\nHERE = Path(__file__).parent",
        ),
        product_only=True,
    ),
    Rule(
        "no sleeping tests",
        sleeping_tests,
        refuses=("time.sleep(1)",),
        accepts=("clock.advance(1)",),
        place="tests/unit/planted.py",
    ),
)
