"""The one way in for fleets: our JSON, our CSV, the vendor's export, told apart by what the files hold."""

import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, cast

from core.base.errors import BadInput
from core.base.held_files import is_held
from core.base.inputs import MAX_FLEET, read_bytes
from core.base.money import check_currency, parse_amount
from core.base.reading import decode_text, parse_json_values, read_id
from core.formats.csv_table import read_prices, read_table
from core.formats.document import FORMAT, read_document
from core.formats.foreign import foreign
from core.formats.naming import NEW_FLEET, name_of_file, name_of_folder, printable
from core.formats.vendor_answers import Balance, Page, read_answers
from core.formats.vendor_export import export_document
from core.formats.vendor_money import Terms
from core.rules.policy import Policy
from core.world.model import World

_BLANK: Final = f"{string.whitespace}\ufeff"
STDIN: Final = Path("-")
"""The path that stands for standard input."""
STDIN_NAME: Final = "standard input"
_OURS: Final = "our own JSON"
_TABLE: Final = "CSV"
_EXPORT: Final = "the vendor's export"
_OUR_KEYS: Final = frozenset(("format", "clock", "accounts"))
_APPLIES: Final = {
    "balance": (_TABLE, _EXPORT),
    "currency": (_TABLE, _EXPORT),
    "product": (_EXPORT,),
    "monthly_price": (_EXPORT,),
    "prices": (_EXPORT,),
    "daily_charge": (_EXPORT,),
    "account": (_EXPORT,),
}
"""The kinds of fleet each option is for; --clock is for all."""
_EXPECTED: Final = (
    f'a fleet ("format": "{FORMAT}", clock, accounts, instances), CSV, '
    "or the vendor's answer (Data with InstanceList or AvailableAmount)"
)


class Options(NamedTuple):
    """What the command line gives beside the files. `clock` is an instant; amounts are text; None: not given."""

    clock: int | None = None
    balance: str | None = None
    currency: str | None = None
    product: str | None = None
    monthly_price: str | None = None
    prices: Path | None = None
    daily_charge: str | None = None
    account: str | None = None


class Loaded(NamedTuple):
    """A fleet that was read: as a fleet document, and the world it makes."""

    document: Mapping[str, object]
    world: World
    notes: tuple[str, ...]
    """Remarks for people, one line each: "1 row of other products (rds) left out"."""
    clock_given: bool
    """Whether the fleet or the options named the clock; else it is `now`."""
    name: str
    """What a fleet is called that begins with it."""


class Source(NamedTuple):
    """A file that was read, and which kind of fleet it holds, but not yet what is in it."""

    name: str
    path: Path | None
    """None for standard input."""
    kind: str
    content: object
    """The text of a table, the document of a fleet in our JSON, a Page or a Balance of an export."""


def load_fleet(
    paths: Sequence[Path], policy: Policy, options: Options, now: int | None, piped: bytes | None = None
) -> Loaded:
    """Read a fleet (I1): one file of ours, or the vendor's answers, as many as there are, in any order.

    The path "-" is what was `piped` in, where anything was. The clock is the option's, else the fleet's own, else
    `now`. Raises BadInput naming the file, the row or key and what would be right; nothing else, whatever the files
    hold.
    """
    return load_sources(read_sources(paths, piped), policy, options, now)


def read_sources(paths: Sequence[Path], piped: bytes | None = None) -> list[Source]:
    """Read the files of one fleet; "-" is what was `piped` in, where anything was.

    Raises BadInput for what is not a fleet, and for files that don't go together.
    """
    if piped is not None and list(paths).count(STDIN) > 1:
        raise BadInput(f'{STDIN_NAME}: it can be read only once: give one "{STDIN}"')
    sources = [
        source for path in paths for source in (_sources(path) if piped is None or path != STDIN else _piped(piped))
    ]
    if not sources:
        raise BadInput("no file is given: name a fleet in JSON or CSV, or the vendor's export")
    others = [source for source in sources if source.kind != _EXPORT]
    if others and len(sources) > 1:
        raise BadInput(
            f"{others[0].name}: is a fleet in {others[0].kind}: give it alone; only vendor exports can be several files"
        )
    return sources


def options_for(sources: Sequence[Source]) -> tuple[str, ...]:
    """The names of the options that say something these files lack."""
    kind = sources[0].kind
    return ("clock", *(name for name, kinds in _APPLIES.items() if kind in kinds))


def load_sources(sources: Sequence[Source], policy: Policy, options: Options, now: int | None) -> Loaded:
    """Make a fleet of files that were read (I1), as `load_fleet` does."""
    first = sources[0]
    if first.kind != _TABLE:
        _check_served(first, options)
    _check_values(options)
    if first.kind == _OURS:
        return _load_document(first, policy, options)
    clock = options.clock if options.clock is not None else now
    if clock is None:
        raise BadInput(f"{first.name}: has no clock: give --clock WHEN, such as --clock 2026-07-01")
    given = options.clock is not None
    if isinstance(first.content, str):
        try:
            table = read_table(first.content, policy, clock, options.balance, options.currency)
        except BadInput as error:
            raise BadInput(f"{first.name}: {error}") from None
        # Last: what makes a table unusable is of more help than an option too many.
        _check_served(first, options)
        return Loaded(table.document, table.world, (), given, _fleet_name(first))
    terms = _terms(options)
    pages = [source.content for source in sources if isinstance(source.content, Page)]
    balances = [source.content for source in sources if isinstance(source.content, Balance)]
    export = export_document(pages, balances, terms, clock, policy)
    world = read_document(export.document, policy, clock, export.labels.__getitem__)
    return Loaded(export.document, world, export.notes, given, _fleet_name(first))


def _fleet_name(source: Source) -> str:
    """An answer of the vendor's is named for its call, so its folder says whose it is."""
    if source.path is None:
        return NEW_FLEET
    return name_of_folder(source.path) if source.kind == _EXPORT else name_of_file(source.path)


def _sources(path: Path) -> list[Source]:
    """What a file holds."""
    name = printable(str(path))
    return _told_apart(_read(path, name), name, path)


def _piped(content: bytes) -> list[Source]:
    """What standard input held."""
    return _told_apart(_text_of(content, STDIN_NAME), STDIN_NAME, None)


def _told_apart(text: str, name: str, path: Path | None) -> list[Source]:
    """What a text holds: one fleet of ours, or answers of the vendor's, as many as there are in it."""
    if text.lstrip(_BLANK)[:1] not in ("{", "["):
        complaint = foreign(text)
        if complaint is not None:
            raise BadInput(f"{name}: {complaint}")
        if path is None or path.suffix.lower() != ".json":
            return [Source(name, path, _TABLE, text)]
    try:
        values = parse_json_values(text)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
    ours = [value for value in values if isinstance(value, dict) and value.keys() & _OUR_KEYS]
    if ours and len(values) > 1:
        raise BadInput(f"{name}: holds {len(values):,} JSON values, and one is a fleet in {_OURS}: give it alone")
    answers = None if ours else read_answers(name, values)
    if answers is not None:
        return [Source(name, path, _EXPORT, answer) for answer in answers]
    if ours or (len(values) == 1 and isinstance(values[0], dict) and "instances" in values[0]):
        return [Source(name, path, _OURS, values[0])]
    raise BadInput(f"{name}: is not a fleet: give {_EXPECTED}")


def _read(path: Path, name: str) -> str:
    if is_held(path):
        raise BadInput(f"{name}: is the file of the open fleet: give {_EXPECTED}")
    try:
        content = read_bytes(path, MAX_FLEET, "give a file in JSON or CSV")
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
    return _text_of(content, name)


def _text_of(content: bytes, name: str) -> str:
    """The text in what was read. Raises BadInput."""
    try:
        text = decode_text(content)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
    if not text.strip(_BLANK):
        raise BadInput(f"{name}: is empty: give {_EXPECTED}")
    return text


def _check_served(source: Source, options: Options) -> None:
    """Refuse options that aren't for this kind of fleet."""
    for name, kinds in _APPLIES.items():
        if getattr(options, name) is not None and source.kind not in kinds:
            option, served = f"--{name.replace('_', '-')}", " and ".join(kinds)
            raise BadInput(
                f"{source.name}: is a fleet in {source.kind}, and {option} is for {served} only: leave it out"
            )


def _check_values(options: Options) -> None:
    """Refuse values of options that no fleet can have."""
    checks: tuple[tuple[str, str | None, Callable[[str], object]], ...] = (
        ("--currency", options.currency, check_currency),
        ("--balance", options.balance, lambda value: parse_amount(value, options.currency or "CNY")),
        ("--account", options.account, read_id),
    )
    for option, value, check in checks:
        if value is not None:
            try:
                check(value)
            except BadInput as error:
                raise BadInput(f"{option}: {error}") from None


def _terms(options: Options) -> Terms:
    prices, name = None, ""
    if options.prices is not None:
        name = printable(str(options.prices))
        text = _read(options.prices, name)
        try:
            prices = read_prices(text)
        except BadInput as error:
            raise BadInput(f"{name}: {error}") from None
    return Terms(
        options.product,
        options.monthly_price,
        prices,
        name,
        options.daily_charge,
        options.balance,
        options.currency,
        options.account,
    )


def _load_document(source: Source, policy: Policy, options: Options) -> Loaded:
    try:
        world = read_document(source.content, policy, options.clock)
    except BadInput as error:
        raise BadInput(f"{source.name}: {error}") from None
    # Having been read as a fleet, it is an object.
    return Loaded(cast(Mapping[str, object], source.content), world, (), True, _fleet_name(source))
