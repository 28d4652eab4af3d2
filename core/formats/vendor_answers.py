"""Finds the vendor's answers in JSON files: pages of instances, account balances, and the single values in them.

Tools wrap an answer in other objects (`headers`, `statusCode`, `body`), change the case of its keys, and append several
answers to one file. Therefore keys are accepted in any case, and containers are opened until rows or a balance are
found.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from core.base.errors import BadInput, shown
from core.base.reading import parse_json, read_count, read_id, was_rounded

ROW_NAMES: Final = (
    "InstanceID", "OwnerId", "ProductCode", "ProductType", "SubscriptionType", "Region", "Status", "SubStatus",
    "RenewStatus", "CreateTime", "EndTime", "StopTime", "ReleaseTime", "ExpectedReleaseTime", "RenewalDuration",
    "RenewalDurationUnit", "SellerId", "Seller",
)  # fmt: skip
"""The keys of a row."""
_AMOUNTS: Final = ("AvailableAmount", "AvailableCashAmount")
_CONTAINERS: Final = ("Body", "Data", "Result", "Response", "Instances", "Instance")
_CALL: Final = ("Success", "RequestId", "StatusCode", "Code", "Message")
_NAMES: Final = {
    name.casefold(): name
    for name in (
        *ROW_NAMES, *_AMOUNTS, *_CONTAINERS, *_CALL, "InstanceList", "TotalCount", "PageSize", "Currency",
    )
}  # fmt: skip
_MAX_DEPTH: Final = 8
"""How many nested containers are opened."""


class Page(NamedTuple):
    """An answer of QueryAvailableInstances: the file's name, the rows, and TotalCount and PageSize if it has them."""

    name: str
    rows: list[object]
    total: int | None = None
    size: int | None = None


class Balance(NamedTuple):
    """An answer of QueryAccountBalance: the file's name and its Data."""

    name: str
    data: Mapping[str, object]


Answer = Page | Balance


class ExportRow(NamedTuple):
    """A row to import: its file, its name in error messages (`where`), the ids of instance and owner, all fields."""

    file: str
    where: str
    id: str
    owner: str
    fields: Mapping[str, object]


def read_answers(name: str, values: Sequence[object]) -> list[Answer] | None:
    """The vendor's answers in the JSON values of a file: whole answers, only their Data, or only rows.

    Returns None if any of the values is something else. Raises BadInput for the answer of a failed call, and for an
    answer that has neither rows nor a balance.
    """
    found = _opened(name, values[0] if len(values) == 1 else list(values), _MAX_DEPTH)
    if found is None or len(found) == 1:
        return found
    return [answer._replace(name=f"{name}, answer {number}") for number, answer in enumerate(found, 1)]


def named(fields: Mapping[str, object], where: str) -> dict[str, object]:
    """The object with its keys in the vendor's spelling.

    Raises BadInput if one key appears in two spellings with different values.
    """
    spelled: dict[str, object] = {}
    for key, value in fields.items():
        name = _spelling(key)
        if name in spelled and (isinstance(value, (dict, list)) or spelled[name] != value):
            raise BadInput(f"{where}: {name} appears twice, spelled differently: keep one of them")
        spelled[name] = value
    return spelled


@lru_cache(maxsize=1024)
def _spelling(key: str) -> str:
    return _NAMES.get(key.replace("_", "").casefold(), key)


def _opened(name: str, value: object, depth: int) -> list[Answer] | None:
    """The answers in a value and in the containers inside it; None if there is none."""
    if isinstance(value, dict):
        return _answer(name, named(value, name), depth) if depth else None
    if not isinstance(value, list) or not value:
        return None
    if all(isinstance(item, dict) and _is_row(item) for item in value):
        return [Page(name, value)]
    several = [_opened(name, item, depth - 1) for item in value] if depth else [None]
    return None if None in several else [answer for found in several if found for answer in found]


def _is_row(value: Mapping[str, object]) -> bool:
    return any(_spelling(key) == "InstanceID" for key in value)


def _answer(name: str, fields: Mapping[str, object], depth: int) -> list[Answer] | None:
    total, size = read_count(fields.get("TotalCount")), read_count(fields.get("PageSize"))
    if "InstanceID" in fields:
        return [Page(name, [fields])]
    if str(fields.get("Success")).casefold() == "false":
        raise _failed(name, fields)
    if "InstanceList" in fields:
        return [Page(name, _rows(name, fields["InstanceList"]), total, size)]
    if any(key in fields for key in _AMOUNTS):
        return [Balance(name, fields)]
    inner = {key: _unquoted(name, key, fields[key]) for key in _CONTAINERS if key in fields}
    for value in inner.values():
        found = _opened(name, value, depth - 1)
        if found is not None:
            return [_counted(answer, total, size) for answer in found]
    if not inner and "Code" in fields and fields.keys() & {"Success", "RequestId", "StatusCode"}:
        raise _failed(name, fields)
    if fields.keys() & {"Data", "Body", "Success", "RequestId", "StatusCode"}:
        raise BadInput(f"{name}: its Data must hold InstanceList or AvailableAmount")
    return None


def _failed(name: str, fields: Mapping[str, object]) -> BadInput:
    said = f"{shown(fields.get('Code'))}, {shown(fields.get('Message'))}"
    return BadInput(f"{name}: is the answer of a call that failed ({said}): call again and save the answer")


def _unquoted(name: str, key: str, value: object) -> object:
    """The content of a container. If it is JSON written as a text, it is parsed."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return parse_json(value)
    except BadInput as error:
        raise BadInput(f"{name}: {key}: {error}") from None


def _counted(answer: Answer, total: int | None, size: int | None) -> Answer:
    """The answer; a count that it lacks is taken from the object around it."""
    if isinstance(answer, Balance):
        return answer
    return answer._replace(
        total=total if answer.total is None else answer.total, size=size if answer.size is None else answer.size
    )


def _rows(name: str, value: object) -> list[object]:
    """The rows of an InstanceList: a list, or an object that wraps one, such as {"Instance": [...]}."""
    if isinstance(value, dict) and len(value) == 1:
        (inner,) = value.values()
        value = inner if isinstance(inner, list) else value
    if not isinstance(value, list):
        raise BadInput(f"{name}: InstanceList: {shown(value)} must be a list")
    return value


def read_row(entry: Mapping[str, object], where: str, name: str) -> ExportRow:
    """Read a row and check its id and its owner's id. `name` is the file's. Raises BadInput."""
    identity = _id_of("InstanceID", text_of(entry, "InstanceID", where), where)
    labelled = f"{name}: instance {shown(identity)}"
    owner = entry.get("OwnerId")
    if isinstance(owner, int) and not isinstance(owner, bool) and 0 < owner < 10**30:
        owner = str(owner)
    if not was_rounded(owner) and (not isinstance(owner, str) or not owner.strip()):
        raise BadInput(f"{labelled}: OwnerId: {shown(owner)} must be the number of the account that owns it")
    return ExportRow(
        name, labelled, identity, _id_of("OwnerId", owner.strip() if isinstance(owner, str) else owner, labelled), entry
    )


def _id_of(key: str, value: object, where: str) -> str:
    try:
        return read_id(value)
    except BadInput as error:
        raise BadInput(f"{where}: {key}: {error}") from None


def text_of(fields: Mapping[str, object], key: str, where: str) -> str:
    """A text without surrounding spaces; "" if it is missing or null. Raises BadInput if the value is not text."""
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput(f"{where}: {key}: {shown(value)} is not text: put it in quotes")
    return value.strip()


def scalars(fields: Mapping[str, object]) -> dict[str, object]:
    """The values that are neither lists nor objects. Two answers are the same if these are equal."""
    return {key: value for key, value in fields.items() if not isinstance(value, (dict, list))}
