"""The argument parser of a command, and the options that several commands share."""

import argparse
import re
from functools import partial
from pathlib import Path
from typing import Final, NoReturn, Protocol

from core.base.errors import BadInput, shown

_MAX_NUMBER: Final = 10**9
_HELP_WIDTH: Final = 78
"""Columns of a command's help."""


class ParsedCommand(Protocol):
    """A command whose arguments have been parsed."""

    def run(self) -> int:
        """Run the command and return its exit status."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one sentence (exit status 2), and which accepts no abbreviated options."""

    def __init__(self, command: str, description: str) -> None:
        super().__init__(
            prog=f"lapse {command}".strip(),
            description=description,
            allow_abbrev=False,
            # A fixed width: asking the terminal for its width takes longer than the rest of argparse's work.
            formatter_class=partial(argparse.HelpFormatter, width=_HELP_WIDTH),
        )

    def error(self, message: str) -> NoReturn:
        """Raise BadInput instead of printing usage."""
        command = self.prog.removeprefix("lapse").strip()
        raise BadInput(f"{command}: {message} (see {self.prog} --help)".removeprefix(": "))


def whole_number(option: str, text: str) -> int:
    """Parse an option's value as a whole number from 0 to 1,000,000,000. Raises BadInput that names the option."""
    if not re.fullmatch("[+-]?[0-9]+", text):
        raise BadInput(f"{option}: {shown(text)} must be a whole number")
    digits = text.lstrip("+-0") or "0"
    if len(digits) > 10 or int(digits) > _MAX_NUMBER:
        raise BadInput(f"{option}: {shown(text)} is too large: {_MAX_NUMBER:,} at most")
    if text.startswith("-") and digits != "0":
        raise BadInput(f"{option}: {shown(text)} is negative: give 0 or more")
    return int(digits)


def add_db(parser: Parser) -> None:
    """Add `--db FILE`, which names the fleet's file."""
    parser.add_argument(
        "--db", metavar="FILE", type=_file, help="the fleet's file (else LAPSE_DB, else your data folder)"
    )


def _file(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("it is empty: name a file")
    return Path(text)


def add_json(parser: Parser) -> None:
    """Add `--json`, which makes the command print JSON."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_fleet_options(parser: Parser) -> None:
    """Add the options that give what an imported file lacks, and `--policy`."""
    parser.add_argument("--clock", metavar="WHEN", help="the fleet's clock: the instant of its data")
    parser.add_argument("--balance", metavar="AMOUNT", help="CSV and export: each account's balance")
    parser.add_argument("--currency", metavar="CODE", help="CSV and export: the accounts' currency")
    parser.add_argument("--account", metavar="ID", help="export: the id of the account that the balance belongs to")
    parser.add_argument("--product", metavar="CODE", help="export: import this product instead of iot...")
    parser.add_argument("--monthly-price", metavar="AMOUNT", help="export: the monthly price of every subscription")
    parser.add_argument(
        "--prices", metavar="FILE", type=Path, help="export: a CSV file with an id and a monthly price per row"
    )
    parser.add_argument(
        "--daily-charge", metavar="AMOUNT", help="export: the daily charge of every pay-as-you-go instance"
    )
    parser.add_argument("--policy", metavar="FILE", type=Path, help="policy file: your own numbers for the rules")
