"""The vendor's answers as files hold them: which of its two calls answered, the rows, and reading single values."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from core.errors import BadInput, shown
from core.reading import read_id

_AMOUNTS: Final = ("AvailableAmount", "AvailableCashAmount")


class Page(NamedTuple):
    """A QueryAvailableInstances answer: the file's name, its rows, and how many rows it says there are in all."""

    name: str
    rows: list[object]
    total: int


class Balance(NamedTuple):
    """A QueryAccountBalance answer: the file's name and its Data."""

    name: str
    data: Mapping[str, object]


class Row(NamedTuple):
    """A row that is taken: how complaints name it, the instance's id, its owner's, and all that the row holds."""

    where: str
    id: str
    owner: str
    fields: Mapping[str, object]


def read_answer(name: str, content: object) -> Page | Balance | None:
    """What a JSON file holds, if it is an answer of the vendor's (or its Data, or its list of rows alone); else None.

    Raises BadInput for an answer that tells of a failure, and for one whose Data is neither of the two.
    """
    if isinstance(content, list) and content and all(isinstance(row, dict) and "InstanceID" in row for row in content):
        return Page(name, content, 0)
    if not isinstance(content, dict):
        return None
    if "Data" not in content and (data := _data(name, content)) is not None:
        return data
    if not content.keys() & {"Data", "Success", "RequestId"}:
        return None
    if content.get("Success") in (False, "false") or ("Data" not in content and "Code" in content):
        said = f"{shown(content.get('Code'))}, {shown(content.get('Message'))}"
        raise BadInput(f"{name}: is the answer of a call that failed ({said}): call again and save the answer")
    inner = content.get("Data")
    data = _data(name, inner) if isinstance(inner, dict) else None
    if data is None:
        raise BadInput(f"{name}: its Data must hold InstanceList or AvailableAmount")
    return data


def _data(name: str, data: Mapping[str, object]) -> Page | Balance | None:
    if "InstanceList" in data:
        rows, total = data["InstanceList"], data.get("TotalCount")
        if not isinstance(rows, list):
            raise BadInput(f"{name}: InstanceList: {shown(rows)} must be a list")
        return Page(name, rows, total if isinstance(total, int) and total < 10**9 else 0)
    return Balance(name, data) if any(key in data for key in _AMOUNTS) else None


def read_row(entry: Mapping[str, object], where: str, name: str) -> Row:
    """A row with its id and its owner's checked; `name` is the file's. Raises BadInput."""
    text = text_of(entry, "InstanceID", where)
    try:
        identity = read_id(text)
    except BadInput as error:
        raise BadInput(f"{where}: InstanceID: {error}") from None
    named = f"{name}: instance {shown(identity)}"
    owner = entry.get("OwnerId")
    if isinstance(owner, int) and not isinstance(owner, bool) and 0 < owner < 10**30:
        owner = str(owner)
    try:
        return Row(named, identity, read_id(owner.strip() if isinstance(owner, str) else owner), entry)
    except BadInput:
        raise BadInput(f"{named}: OwnerId: {shown(owner)} must be the number of the account that owns it") from None


def text_of(fields: Mapping[str, object], key: str, where: str) -> str:
    """A text without the spaces around it, "" where it is missing or null. Raises BadInput for what is no text."""
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput(f"{where}: {key}: {shown(value)} is no text: put it in quotes")
    return value.strip()


def scalars(fields: Mapping[str, object]) -> dict[str, object]:
    """The values that aren't lists or objects, for telling whether two answers say the same."""
    return {key: value for key, value in fields.items() if not isinstance(value, (dict, list))}
