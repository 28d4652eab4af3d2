"""Reads fleets from files: Lapse's JSON, its CSV, or the vendor's export. The content decides which one it is."""

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
from core.formats.foreign import explain_unusable
from core.formats.naming import NEW_FLEET, name_of_file, name_of_folder, printable
from core.formats.vendor_answers import Balance, Page, read_answers
from core.formats.vendor_export import export_document
from core.formats.vendor_money import Terms
from core.rules.policy import Policy
from core.world.model import World

_BLANK: Final = f"{string.whitespace}\ufeff"
STDIN: Final = Path("-")
"""The path that means standard input."""
STDIN_NAME: Final = "standard input"
_OURS: Final = "Lapse's own JSON"
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
"""Which kinds of fleet accept each option. --clock is accepted for all of them."""
_EXPECTED: Final = (
    f'a fleet ("format": "{FORMAT}", clock, accounts, instances), CSV, '
    "or the vendor's answer (Data with InstanceList or AvailableAmount)"
)


class Options(NamedTuple):
    """The command line's options for an import. `clock` is an instant, amounts are text, None means not given."""

    clock: int | None = None
    balance: str | None = None
    currency: str | None = None
    product: str | None = None
    monthly_price: str | None = None
    prices: Path | None = None
    daily_charge: str | None = None
    account: str | None = None


class Loaded(NamedTuple):
    """A fleet that was read: its fleet document and the world made from it."""

    document: Mapping[str, object]
    world: World
    notes: tuple[str, ...]
    """Remarks for the user, one line each: "1 row of other products (rds) left out"."""
    clock_given: bool
    """Whether the fleet or the options gave the clock. If not, it is `now`."""
    name: str
    """The name of a new fleet that begins with this import."""


class Source(NamedTuple):
    """A file whose kind is known but whose content has not been checked yet."""

    name: str
    path: Path | None
    """None for standard input."""
    kind: str
    content: object
    """The text of a CSV file, the parsed document of Lapse's JSON, or a Page or Balance of an export."""


def load_fleet(
    paths: Sequence[Path], policy: Policy, options: Options, now: int | None, piped: bytes | None = None
) -> Loaded:
    """Read a fleet (I1) from one JSON or CSV file, or from any number of the vendor's answers, in any order.

    If `piped` is given, the path "-" means that content. The clock is taken from the options, else from the fleet,
    else it is `now`. Raises BadInput, which names the file, the row or key and what would be right. No content of a
    file raises anything else.
    """
    return load_sources(read_sources(paths, piped), policy, options, now)


def read_sources(paths: Sequence[Path], piped: bytes | None = None) -> list[Source]:
    """Read the files of one fleet. If `piped` is given, the path "-" means that content.

    Raises BadInput if a file is not a fleet, or if the files can't be imported together.
    """
    if piped is not None and list(paths).count(STDIN) > 1:
        raise BadInput(f'{STDIN_NAME}: it can be read only once: give one "{STDIN}"')
    sources = [
        source
        for path in paths
        for source in (_sources_in_file(path) if piped is None or path != STDIN else _sources_in_pipe(piped))
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
    """The names of the options that apply to these files."""
    kind = sources[0].kind
    return ("clock", *(name for name, kinds in _APPLIES.items() if kind in kinds))


def load_sources(sources: Sequence[Source], policy: Policy, options: Options, now: int | None) -> Loaded:
    """Make a fleet from files that were read (I1). Raises BadInput like `load_fleet`."""
    first = sources[0]
    if first.kind != _TABLE:
        _check_applicable(first, options)
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
        # Checked last: an error in the table is more helpful to know than an option that does not apply.
        _check_applicable(first, options)
        return Loaded(table.document, table.world, (), given, _fleet_name(first))
    terms = _terms(options)
    pages = [source.content for source in sources if isinstance(source.content, Page)]
    balances = [source.content for source in sources if isinstance(source.content, Balance)]
    export = export_document(pages, balances, terms, clock, policy)
    world = read_document(export.document, policy, clock, export.labels.__getitem__)
    return Loaded(export.document, world, export.notes, given, _fleet_name(first))


def _fleet_name(source: Source) -> str:
    """The file of a vendor's answer is usually named after the API call, so its folder gives the name."""
    if source.path is None:
        return NEW_FLEET
    return name_of_folder(source.path) if source.kind == _EXPORT else name_of_file(source.path)


def _sources_in_file(path: Path) -> list[Source]:
    name = printable(str(path))
    return _classified(_read(path, name), name, path)


def _sources_in_pipe(content: bytes) -> list[Source]:
    return _classified(_text_of(content, STDIN_NAME), STDIN_NAME, None)


def _classified(text: str, name: str, path: Path | None) -> list[Source]:
    """The sources in a text: one fleet in JSON or CSV, or every vendor's answer in it."""
    if text.lstrip(_BLANK)[:1] not in ("{", "["):
        complaint = explain_unusable(text)
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
    """The decoded content. Raises BadInput if it is not text or is empty."""
    try:
        text = decode_text(content)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None
    if not text.strip(_BLANK):
        raise BadInput(f"{name}: is empty: give {_EXPECTED}")
    return text


def _check_applicable(source: Source, options: Options) -> None:
    """Refuse options that do not apply to this kind of fleet."""
    for name, kinds in _APPLIES.items():
        if getattr(options, name) is not None and source.kind not in kinds:
            option, applicable = f"--{name.replace('_', '-')}", " and ".join(kinds)
            raise BadInput(
                f"{source.name}: is a fleet in {source.kind}, and {option} is for {applicable} only: leave it out"
            )


def _check_values(options: Options) -> None:
    """Refuse option values that are invalid for every fleet."""
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
    # `read_document` accepted it, so it is an object.
    return Loaded(cast(Mapping[str, object], source.content), world, (), True, _fleet_name(source))
