"""The entry point of `lapse`: runs the named command and turns errors into one sentence and an exit status.

Each command's modules are imported only when it runs, so that `lapse --help` answers at once.
"""

import os

try:
    import gc
    import io
    import sys
    from signal import SIGINT

    from core.base.errors import LapseError
    from tui.process.signals import SIGNALS, Stopped, leave, unwind
    from tui.text.output import complain, drop_output, say, write
except KeyboardInterrupt:
    # Our signal handlers are not installed yet.
    os._exit(130)

COMMANDS = (
    ("", "demo", "the dashboard on the sample fleet, not saved"),
    ("", "record", "play a script through the dashboard: SCRIPT -o FILE"),
    ("Fleets", "import", "import a fleet: FILE..., JSON, CSV or the vendor's export"),
    ("", "simulate", "run a fleet in memory: FLEET --until WHEN [--script FILE]"),
    ("", "status", "accounts and instances as they are now"),
    ("", "log", "everything that happened, with the rule behind it"),
    ("", "verify", "replay the journal and compare the result with the kept fleet"),
    ("Time", "advance", "move the clock: DURATION, --to WHEN, or --next"),
    ("Money", "top-up", "top up an account: ACCOUNT AMOUNT"),
    ("", "grant-coupon", "give an account a coupon: ACCOUNT ID AMOUNT"),
    ("", "charge", "add a bill: ACCOUNT AMOUNT"),
    ("", "set-low-balance-alert", "set or remove the SMS alert: ACCOUNT AMOUNT|none"),
    ("Renewal", "renew", "renew instances in one order: ID... --months N"),
    ("", "enable-auto-renewal", "turn auto-renewal on, or change its period: ID... --months N"),
    ("", "set-manual-renewal", "set instances to manual renewal: ID..."),
    ("", "set-non-renewal", "set instances to non-renewal: ID..."),
    ("Instances", "purchase", "buy an instance: ACCOUNT ID --months N --monthly-price AMOUNT"),
    ("", "upgrade", "upgrade to Enterprise: ID --months N --monthly-price AMOUNT"),
    ("", "continue-trial", "run a frozen public instance again: ID"),
    ("", "devices-online", "the devices of a public instance come online: ID"),
    ("", "devices-offline", "the last device of a public instance goes offline: ID"),
    ("Rules", "rules", "the rulebook with the policy's numbers, or its state diagram"),
    ("", "keys", "the dashboard's commands and keys, for your settings file"),
)
"""Group, name and summary of each command. The group is empty if it is the same as in the entry before."""

_GC_THRESHOLD = 20_000
"""The number of new objects after which the garbage collector runs."""
_IN_MEMORY = (["demo"], ["simulate"])
"""Commands on a fleet that is in memory only."""

_HEAD = """\
usage: lapse [COMMAND] [--db FILE]

A simulator of IoT Platform instances that fall overdue, freeze, expire and are
released. Without a command it opens the dashboard on the kept fleet.
"""
_TAIL = """
Instants are ISO 8601 (2026-07-10, 2026-07-10T08:00:00+08:00), durations 30m, 36h,
10d, 2w, 3mo, 1y. The fleet is kept in --db FILE, else LAPSE_DB, else your data
folder. `lapse COMMAND --help` tells more. It is a simulation: nothing is bought.
"""


def help_text() -> str:
    """The text that `lapse --help` prints."""
    lines = [_HEAD]
    for group, name, summary in COMMANDS:
        if group:
            lines.append(f"\n{group}\n")
        lines.append(f"  {name:<22} {summary}\n")
    return "".join(lines) + _TAIL


def main(arguments: list[str] | None = None) -> int:
    """Run `lapse`. Returns the exit status: 0 done, 1 refused, 2 bad usage or bad input, 128 + n ended by signal n."""
    if arguments is None:
        # We own the process, and most objects live to its end: fewer collections make a short command a tenth faster.
        gc.set_threshold(_GC_THRESHOLD)
        _fill_closed_streams()
        SIGNALS.install()
        arguments = sys.argv[1:]
    try:
        return _run(arguments)
    except LapseError as error:
        code = f" ({error.code})" if hasattr(error, "code") else ""
        complain(f"{error}{code}")
        return error.exit_status
    except BrokenPipeError:
        # The reader has closed the pipe, as in `lapse log | head`.
        drop_output()
        return 0
    except OSError as error:
        drop_output()
        complain(f"the output can't be written ({error.strerror}), but the command may have run: see lapse status")
        return 2
    except (MemoryError, RecursionError) as error:
        ran_out = "out of memory" if isinstance(error, MemoryError) else "the input is nested too deeply"
        complain(f"{ran_out}; {SIGNALS.kept}")
        return 2
    except Stopped as stopped:
        drop_output()
        if stopped.number == SIGINT:
            complain(f"interrupted; {SIGNALS.kept}")
        return 128 + stopped.number
    finally:
        SIGNALS.answer, SIGNALS.keeps = leave, True


def _fill_closed_streams() -> None:
    """Open the null device as every standard stream that is closed, as after `>&-`.

    Otherwise the next file opened would get the stream's descriptor, and output would go into it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def _run(arguments: list[str]) -> int:
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.StringIO())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    status = 0
    if arguments and arguments[0] in ("-h", "--help", "help"):
        write(help_text())
    elif arguments == ["--version"]:
        from importlib.metadata import version

        say(f"lapse {version('lapse')}")
    else:
        from tui.plain.dispatch import parse

        command = parse(arguments, {name: summary for _, name, summary in COMMANDS})
        if command is not None:
            SIGNALS.answer, SIGNALS.keeps = unwind, arguments[:1] not in _IN_MEMORY
            status = command.run()
    sys.stdout.flush()
    return status
