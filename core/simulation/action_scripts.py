"""Scripts: lists of actions and the instants at which to do them, read from JSON or TOML (the contract's "Actions")."""

from pathlib import Path
from typing import Final, NamedTuple

from core.base.errors import BadInput, shown
from core.base.inputs import MAX_SCRIPT, MAX_TABLES, parse_toml, read_bytes
from core.base.money import parse_amount
from core.base.reading import decode_text, parse_json, read_instant
from core.rules.policy import Policy
from core.world import actions
from core.world.actions import Action, read_action
from core.world.model import World

_EXPECTED: Final = "give a script in JSON or TOML"


class Scripted(NamedTuple):
    """An action and the instant at which to do it, in seconds since 1970."""

    at: int
    action: Action


def load_script(path: Path, world: World, policy: Policy) -> list[Scripted]:
    """Read and check a whole script for a fleet. The result is in running order: by `at`, ties in file order.

    Raises BadInput, which names the file, the entry and what would be right.
    """
    try:
        in_toml = path.suffix.lower() == ".toml"
        text = decode_text(read_bytes(path, MAX_TABLES if in_toml else MAX_SCRIPT, _EXPECTED))
        entries = _toml(text) if in_toml else _json(text)
        scripted = [_entry(entry, index, world, policy) for index, entry in enumerate(entries)]
        _check_amounts(scripted, world)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None
    return sorted(scripted, key=lambda item: item.at)


def _json(text: str) -> list[object]:
    entries = parse_json(text)
    if not isinstance(entries, list):
        raise BadInput("must be a list of actions")
    return entries


def _toml(text: str) -> list[object]:
    document = parse_toml(text)
    entries = document.get("action", [])
    if document.keys() - {"action"} or not isinstance(entries, list):
        raise BadInput("must hold [[action]] tables and nothing else")
    return entries


def _entry(entry: object, index: int, world: World, policy: Policy) -> Scripted:
    where = f"action {index + 1}"
    if not isinstance(entry, dict):
        raise BadInput(f"{where}: {shown(entry)} must be an object with at, do and the action's keys")
    if "at" not in entry:
        raise BadInput(f'{where}: "at" is missing: give an instant, or a duration after the fleet\'s clock')
    calendar, clock = policy.calendar, world.clock
    try:
        written = entry["at"]
        try:
            at = calendar.parse_when(written, clock) if isinstance(written, str) else read_instant(written, calendar)
        except BadInput as error:
            raise BadInput(f"at: {error}; a duration after the fleet's clock, such as 30m, works too") from None
        if at < clock:
            raise BadInput(
                f"at: {shown(written)} is before the fleet's clock, {calendar.format(clock)}: give a later one"
            )
        return Scripted(at, read_action(entry, calendar))
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from None


def _check_amounts(scripted: list[Scripted], world: World) -> None:
    """Raise BadInput for an amount that the account's currency can't express.

    The account is known from the action, from the fleet, or from an earlier or later purchase in the script.
    """
    owners = {instance.id: instance.account for instance in world.instances.values()}
    for _, action in scripted:
        if isinstance(action, actions.Purchase):
            owners.setdefault(action.id, action.account)
    for index, (_, action) in enumerate(scripted):
        account = getattr(action, "account", None) or owners.get(getattr(action, "instance", ""), "")
        for key in {"amount", "monthly_price"}.intersection(action._fields):
            written = getattr(action, key)
            if account in world.accounts and written is not None:
                try:
                    parse_amount(written, world.accounts[account].currency, negative=True)
                except BadInput as error:
                    raise BadInput(f"action {index + 1}: {key}: {error}") from None
