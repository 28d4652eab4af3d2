"""The vendor's answers as tools save them: wrapped, with other key spellings, appended, with missing pages, printed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.base.errors import BadInput
from core.formats.files import Loaded, Options, load_fleet
from core.rules.rulebook import load_policy
from core.world.model import Renewal

POLICY = load_policy()
CAL = POLICY.calendar
CLOCK = CAL.parse("2026-11-25")
PRICES = Options(monthly_price="300", daily_charge="12")
OWNER = "1000000000000001"

Load = Callable[..., Loaded]
Complaint = Callable[..., str]
Form = dict[str, object]


def row(number: int = 1, **more: object) -> Form:
    """A row of QueryAvailableInstances: a subscription that ends on 9 December."""
    return {
        "InstanceID": f"iot-{number}", "OwnerId": int(OWNER), "ProductCode": "iot", "Region": "cn-shanghai",
        "SubscriptionType": "Subscription", "RenewStatus": "ManualRenewal", "EndTime": "2026-12-08T16:00:00Z",
        "ReleaseTime": "", **more,
    }  # fmt: skip


def rows(count: int) -> list[Form]:
    return [row(number) for number in range(1, count + 1)]


def answer(*held: Form, **more: object) -> Form:
    return {"Code": "Success", "Success": True, "RequestId": "X", "Data": {"InstanceList": list(held), **more}}


def respelled(value: object, spell: Callable[[str], str]) -> object:
    """A JSON value with `spell` applied to all its keys."""
    if isinstance(value, dict):
        return {spell(key): respelled(inner, spell) for key, inner in value.items()}
    return [respelled(item, spell) for item in value] if isinstance(value, list) else value


def camel(key: str) -> str:
    return key[:1].lower() + key[1:]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load files with these contents, named 0.json, 1.json ..., on 25 November 2026."""

    def load(*contents: object, options: Options = PRICES, name: str = "{}.json", prices: str | None = None) -> Loaded:
        paths = [tmp_path / name.format(index) for index in range(len(contents))]
        for path, content in zip(paths, contents, strict=True):
            text = content if isinstance(content, str | bytes) else json.dumps(content)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if prices is not None:
            (tmp_path / "prices.csv").write_text(prices, encoding="utf-8")
            options = options._replace(prices=tmp_path / "prices.csv")
        return load_fleet(paths, POLICY, options, CLOCK)

    return load


@pytest.fixture
def complaint(load: Load, tmp_path: Path) -> Complaint:
    """The error for these contents, without the folder's name."""

    def complaint(*contents: object, **more: object) -> str:
        with pytest.raises(BadInput) as caught:
            load(*contents, **more)
        assert str(caught.value).isprintable()
        return str(caught.value).replace(f"{tmp_path}/", "")

    return complaint


# Wrapped answers


@pytest.mark.parametrize(
    "wrapped",
    [
        {"headers": {"date": "x"}, "statusCode": 200, "body": answer(row())},
        {"headers": {}, "statusCode": 200, "body": json.dumps(answer(row()))},
        {"Success": True, "Data": json.dumps({"InstanceList": [row()]})},
        respelled({"headers": {}, "statusCode": 200, "body": answer(row())}, camel),
        respelled(answer(row()), str.upper),
        respelled(answer(row()), str.lower),
        {"success": True, "data": {"instance_list": [row()], "total_count": 1}},
        {"Data": {"InstanceList": {"Instance": [row()]}}},
        {"Data": {"Instances": [row()], "TotalCount": 1}},
        {"Data": {"Data": {"InstanceList": [row()]}}},
        {"instances": [respelled(row(), camel)]},
        {"Response": {"Result": answer(row())}},
        [answer(row())],
        [row()],
        row(),
    ],
)
def test_rows_are_found_however_they_are_wrapped_and_spelled(load: Load, wrapped: object) -> None:
    world = load(wrapped).world
    assert (list(world.accounts), list(world.instances)) == ([OWNER], ["iot-1"])
    assert world.instances["iot-1"].expires == CAL.parse("2026-12-09")


def test_a_wrapped_balance_is_found(load: Load) -> None:
    money = {"statusCode": 200, "body": {"data": {"availableAmount": "1\u202f250.50", "currency": "CNY"}}}
    assert load([row()], money).world.accounts[OWNER].balance == 125050


def test_two_spellings_of_a_key_must_have_one_value(load: Load, complaint: Complaint) -> None:
    assert list(load([row(instanceId="iot-1")]).world.instances) == ["iot-1"]
    assert complaint([row(ownerId=7)]) == "0.json: InstanceList[0]: OwnerId appears twice, spelled differently: " + (
        "keep one of them"
    )


@pytest.mark.parametrize(
    ("wrapped", "said"),
    [
        ({"statusCode": 403, "body": {"code": "Forbidden", "message": "no"}}, "its Data must hold"),
        ({"statusCode": 403, "body": {"code": "F", "message": "no", "requestId": "X"}}, 'call that failed ("F", "no")'),
        ({"statusCode": 200, "body": '{"Data": '}, "Body: is not valid JSON"),
        ({"statusCode": 502, "body": "<html>"}, "its Data must hold"),
        ({"success": "False", "code": "Throttling"}, 'call that failed ("Throttling", null)'),
        ([answer(row()), {"clock": "2026-07-01"}], "is not a fleet"),
    ],
)
def test_an_answer_without_rows_or_balance_is_refused(complaint: Complaint, wrapped: object, said: str) -> None:
    assert said in complaint(wrapped)


@pytest.mark.parametrize("key", ["Data", "body", "InstanceList"])
def test_very_deep_nesting_is_refused(complaint: Complaint, key: str) -> None:
    value: object = {"x": 1}
    for _ in range(300):
        value = {key: value}
    assert complaint(value).startswith("0.json: ")


# Several answers in one file


@pytest.mark.parametrize("between", ["", "\n", "\r\n\r\n", " ", "\ufeff", "\n\ufeff"])
@pytest.mark.parametrize("count", [2, 3])
def test_several_answers_in_one_file_are_all_read(load: Load, between: str, count: int) -> None:
    pages = [answer(row(number), TotalCount=count) for number in range(1, count + 1)]
    loaded = load(between.join(map(json.dumps, pages)))
    assert list(loaded.world.instances) == [f"iot-{number}" for number in range(1, count + 1)]
    assert loaded.notes == ()


def test_an_answer_and_a_balance_in_one_file(load: Load) -> None:
    text = json.dumps(answer(row())) + json.dumps({"Data": {"AvailableAmount": "5", "Currency": "CNY"}})
    assert load(text).world.accounts[OWNER].balance == 500


def test_rows_as_json_lines(load: Load) -> None:
    lines = "\n".join(json.dumps(item) for item in rows(3))
    assert list(load(lines, name="{}.jsonl").world.instances) == ["iot-1", "iot-2", "iot-3"]


def test_an_error_names_the_answer_by_its_number(complaint: Complaint) -> None:
    text = json.dumps(answer(row())) + json.dumps(answer(row(2, EndTime="soon")))
    assert complaint(text).startswith('0.json, answer 2: instance "iot-2": EndTime: "soon" is not a date or time')


# Missing pages


@pytest.mark.parametrize("size", [20, 50, 100, 300])
@pytest.mark.parametrize("more", [{}, {"TotalCount": None}, {"TotalCount": 0}, {"TotalCount": "many"}])
def test_a_full_page_without_a_count_may_not_be_the_last(load: Load, size: int, more: Form) -> None:
    loaded = load(answer(*rows(size), **more))
    assert len(loaded.world.instances) == size
    (note,) = loaded.notes
    assert note.endswith(f"0.json: holds {size} rows and no TotalCount, like a full page: a page may be missing")


@pytest.mark.parametrize("written", [rows(20), "\n".join(json.dumps(item) for item in rows(20))])
def test_full_pages_of_bare_rows_may_not_be_the_last(load: Load, written: object) -> None:
    assert "a page may be missing" in load(written).notes[0]


@pytest.mark.parametrize("size", [1, 19, 21, 40, 299])
def test_a_page_that_is_not_full_is_the_last(load: Load, size: int) -> None:
    assert load(answer(*rows(size))).notes == ()
    assert load(answer(*rows(20)), answer(*(row(number) for number in range(21, 21 + size)))).notes == ()


def test_a_page_with_as_many_rows_as_its_page_size_is_full(load: Load) -> None:
    assert "a page may be missing" in load(answer(*rows(30), PageSize="30")).notes[0]


@pytest.mark.parametrize("count", [42, "42", " 42 ", 42.0])
def test_a_total_count_may_be_text(load: Load, count: object) -> None:
    said = "the export counts 42 instances, the files given hold 20: is a page missing?"
    assert load(answer(*rows(20), TotalCount=count)).notes == (said,)
    assert load({"data": {"instances": rows(20)}, "totalCount": count}).notes == (said,)
    assert load(answer(*rows(20), TotalCount="20")).notes == ()


def test_a_total_count_may_have_thousands_commas(load: Load) -> None:
    assert load(answer(row(), TotalCount="1,234")).notes == (
        "the export counts 1,234 instances, the files given hold 1: is a page missing?",
    )


# Numbers written as text


@pytest.mark.parametrize("count", [1, "1", "1 ", 1.0, "1.0"])
def test_a_renewal_period_may_be_a_number_or_text(load: Load, count: object) -> None:
    auto = row(RenewStatus="AutoRenewal", RenewalDuration=count, RenewalDurationUnit="Y")
    assert load([auto]).world.instances["iot-1"].renewal == Renewal("auto", "console", 12)


ROUNDED = ["1.18485E+15", "1,18E+15", "1.18e15", "1E+15", "1184847062244573.0", "1184847062244573,0"]


@pytest.mark.parametrize("written", ROUNDED)
def test_a_rounded_id_is_refused(complaint: Complaint, written: str) -> None:
    """A spreadsheet rounds long ids: two owners would become one account."""
    said = f'"{written}" is a number that a spreadsheet rounded: give the full id, with its column as text'
    assert complaint([row(OwnerId=written)]) == f'0.json: instance "iot-1": OwnerId: {said}'
    assert complaint([row(InstanceID=written)]) == f"0.json: InstanceList[0]: InstanceID: {said}"
    assert complaint([row()], prices=f'iot-1,5\n"{written}",6') == f"prices.csv: row 2, id: {said}"
    cells = f'id,account,kind,daily_charge\na,7,legacy_public,1\nb,"{written}",legacy_public,1\n'
    table = {"name": "{}.csv", "options": Options()}
    assert complaint(cells, **table) == f"0.csv: row 3, account: {said}"
    assert complaint(cells.replace("b,", f'"{written}",'), **table).startswith("0.csv: row 3, ")


@pytest.mark.parametrize("written", ["1.18485E+15", "1184847062244573.0"])
def test_a_rounded_owner_id_is_refused_as_a_number(complaint: Complaint, written: str) -> None:
    text = json.dumps([row()]).replace(OWNER, written)
    assert "is a number that a spreadsheet rounded" in complaint(text)


@pytest.mark.parametrize("name", ["12e3", "1e10", "iot-1.5e3x", "1184847062244573", "e+5", "7.5"])
def test_ids_that_only_look_like_numbers_are_accepted(load: Load, name: str) -> None:
    assert list(load([row(InstanceID=name)]).world.instances) == [name]


# Released


@pytest.mark.parametrize("at", ["2026-11-20T00:00:00Z", "2026-11-25T00:00:00+08:00", "2026-11-24T16:00Z"])
@pytest.mark.parametrize(
    "end", ["2026-11-01T00:00Z", "2026-12-31T00:00Z", "2030-01-01T00:00Z", "", "2099-12-31T15:59Z", "never"]
)
def test_a_past_release_time_means_released_whatever_the_end_time(load: Load, at: str, end: str) -> None:
    """I1: a ReleaseTime at or before the clock means released."""
    instance = load([row(ReleaseTime=at, EndTime=end)]).world.instances["iot-1"]
    assert (instance.state, instance.since, instance.rule) == ("released", CAL.parse(at), None)


@pytest.mark.parametrize(
    "at", ["2026-11-25T00:00:01+08:00", "2026-12-24T16:00:00Z", "", "2099-12-31T15:59:00Z", "never", "Never", " never "]
)
def test_a_future_or_missing_release_time_does_not_mean_released(load: Load, at: str) -> None:
    assert load([row(ReleaseTime=at)]).world.instances["iot-1"].state == "running"


def test_a_pay_as_you_go_instance_can_be_released(load: Load) -> None:
    gone = row(SubscriptionType="PayAsYouGo", EndTime="", ReleaseTime="2026-11-20T00:00Z")
    arrears = {"Data": {"AvailableAmount": "-5", "Currency": "CNY"}}
    assert load([gone], arrears).world.instances["iot-1"].state == "released"


def test_an_unreadable_release_time_is_refused(complaint: Complaint) -> None:
    assert complaint([row(ReleaseTime="soon")]).startswith(
        '0.json: instance "iot-1": ReleaseTime: "soon" is not a date or time'
    )


# Prices


def test_all_instances_without_a_price_are_named_at_once(complaint: Complaint) -> None:
    few = complaint(rows(3), options=Options(), prices="iot-2,5")
    assert few.startswith('prices.csv: has no price for instances "iot-1", "iot-3": add rows for them, or give')
    many = complaint(rows(100), options=Options(), prices="iot-2,5")
    assert '"iot-1", "iot-3", "iot-4"' in many and many.count('"iot-') > 30 and " more: add rows" in many
    said = complaint(rows(2), options=Options())
    assert said.startswith('0.json: instances "iot-1", "iot-2": the export holds no prices: give --monthly-price')


def test_all_instances_of_a_table_without_a_price_are_named_at_once(complaint: Complaint) -> None:
    table = "id,account,kind,expires,monthly_price\n" + "".join(
        f"ent-{number},acme,enterprise,2026-12-08,{'5' if number == 2 else ''}\n" for number in range(1, 4)
    )
    said = complaint(table, name="{}.csv", options=Options())
    assert said == '0.csv: "monthly_price" is missing for 2 instances: "ent-1", "ent-3"'


@pytest.mark.parametrize("head", ["id,price", "ID,Price", " Id ,price", "\xa0id\xa0,price", "InstanceID,price"])
def test_the_header_of_a_price_list_may_have_any_case(load: Load, head: str) -> None:
    world = load([row()], options=Options(), prices=f'{head}\niot-1,"1\xa0200.50"').world
    assert world.instances["iot-1"].monthly_price == 120050


@pytest.mark.parametrize("mark", ["utf-16", "utf-8-sig"])
def test_a_price_list_may_have_a_byte_order_mark(load: Load, tmp_path: Path, mark: str) -> None:
    (tmp_path / "list.csv").write_bytes("id,price\niot-1,7\n".encode(mark))
    world = load([row()], options=Options(prices=tmp_path / "list.csv")).world
    assert world.instances["iot-1"].monthly_price == 700


# Nothing imported


def test_if_nothing_is_imported_the_product_option_is_suggested(complaint: Complaint) -> None:
    others = [row(1, ProductCode="rds"), row(2, ProductCode="ecs")]
    assert complaint(others) == (
        "0.json: nothing was taken, 2 rows of other products (ecs, rds) left out: give --product CODE, such as rds"
    )
    assert complaint([row()], options=PRICES._replace(product="rds")) == (
        "0.json: nothing was taken, 1 row of other products (iot) left out: give --product CODE, such as iot"
    )


def test_rows_of_other_products_are_counted(load: Load) -> None:
    loaded = load([row(), row(2, ProductCode="rds"), row(3, ProductCode="rds")])
    assert loaded.notes == ("2 rows of other products (rds) left out",)


@pytest.mark.parametrize("empty", [answer(), answer(TotalCount=0), {"Data": {"InstanceList": {"Instance": []}}}])
def test_an_answer_without_rows_is_refused(complaint: Complaint, empty: object) -> None:
    assert complaint(empty).startswith("0.json: has no instance: ")


# Encodings


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_is_read_with_its_mark(load: Load, complaint: Complaint, order: str) -> None:
    def written(text: str) -> bytes:
        return f"\ufeff{text}".encode(f"utf-16-{order}")

    world = load([row()]).world
    assert load(written(json.dumps(answer(row())))).world == world
    table = "id;account;kind;daily_charge\r\na;7;legacy_public;12,000.00\r\n"
    assert load(written(table), name="{}.csv", options=Options()).world.instances["a"].daily_charge == 1200000
    assert complaint(written(json.dumps([row()]))[2:]).startswith("0.json: is not UTF-8 text")


# Files that can't be imported


TABLES = {
    "cols": "InstanceID   | EndTime              | RenewStatus\n----------   | -------              | -----------\n"
    "iot-test0001 | 2026-12-08T16:00:00Z | ManualRenewal\n",
    "renamed": "Id | End\n-- | ---\niot-1 | 2026-12-08T16:00:00Z\n",
    "boxed": "+------------+---------+\n| InstanceID | EndTime |\n+------------+---------+\n| iot-1      | 2026    |\n",
    "drawn": "┌────────────┬─────────┐\n│ InstanceID │ EndTime │\n├────────────┼─────────┤\n│ iot-1      │ 2026    │\n",
    "double": "╔════════════╗\n║ InstanceID ║\n╠════════════╣\n",
    "markdown": "| id | price |\n|:---|---:|\n| iot-1 | 5 |\n",
    "spaces": "InstanceID    EndTime\niot-1         2026-12-08T16:00:00Z\n",
    "tabs": "InstanceID\tEndTime\niot-1\t2026-12-08T16:00:00Z\n",
    "csv": "InstanceID,EndTime,RenewStatus\niot-1,2026-12-08T16:00:00Z,ManualRenewal\n",
    "quoted": '"instanceId";"renewStatus"\n"iot-1";"ManualRenewal"\n',
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
@pytest.mark.parametrize("name", ["{}.txt", "{}.csv", "{}.json"])
def test_a_printed_table_is_recognized(complaint: Complaint, table: str, name: str) -> None:
    """The error is about the table as a whole, not about options or the first column."""
    said = complaint(table, name=name)
    assert "is a table " in said and "JSON" in said and "--monthly-price" not in said


def test_a_vendor_column_in_a_lapse_csv_is_an_unknown_column(complaint: Complaint) -> None:
    for head in ("id,account,kind,EndTime", "id,account,Status"):
        said = complaint(head, name="{}.csv", options=Options())
        assert said.startswith(f'0.csv: row 1: unknown column "{head.rpartition(",")[2]}"')


@pytest.mark.parametrize("text", ["<html></html>", '<?xml version="1.0"?><QueryAvailableInstancesResponse/>'])
def test_xml_is_recognized(complaint: Complaint, text: str) -> None:
    assert "is HTML or XML" in complaint(text, name="{}.txt")


# CSV headers


@pytest.mark.parametrize(
    "head",
    [
        "ID,Account,KIND,Daily_Charge",
        " id , account ,kind,daily_charge",
        "\xa0id,account\u202f,Kind,Daily charge",
        "id,account,kind,daily\xa0charge",
    ],
)
def test_headers_may_have_any_case(load: Load, head: str) -> None:
    world = load(f'{head}\na,7,legacy_public,"12\xa0000.00"\n', name="{}.csv", options=Options()).world
    assert world.instances["a"].daily_charge == 1200000


def test_a_column_that_differs_only_in_case_is_a_duplicate(complaint: Complaint) -> None:
    said = complaint("id,account,kind,ID\n", name="{}.csv", options=Options())
    assert said == '0.csv: row 1: the column "id" appears twice: keep one of them'


# The name of a fleet


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("acme", "acme"),
        ("acme/exports", "acme"),
        ("Plant North/Downloads/JSON", "Plant North"),
        ("home/anna", "fleet"),
        ("home/anna/Downloads", "fleet"),
        ("Users/anna", "fleet"),
    ],
)
def test_an_export_is_named_after_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    path = tmp_path / folder / "query-available-instances-1.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(answer(row())))
    assert load_fleet([path], POLICY, PRICES, CLOCK).name == name


def test_an_export_in_the_current_folder_is_named_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "north").mkdir()
    monkeypatch.chdir(tmp_path / "north")
    Path("page.json").write_text(json.dumps(answer(row())))
    assert load_fleet([Path("page.json")], POLICY, PRICES, CLOCK).name == "north"


def test_a_lapse_fleet_is_named_after_its_file(load: Load) -> None:
    table = "id,account,kind,daily_charge\na,7,legacy_public,1\n"
    assert load(table, name="plants.csv", options=Options()).name == "plants"
    fleet = {"clock": "2026-07-01", "accounts": [{"id": "a"}]}
    assert load(fleet, name="plants.json", options=Options()).name == "plants"


def test_piped_input_has_the_default_name(tmp_path: Path) -> None:
    content = json.dumps(answer(row())).encode()
    loaded = load_fleet([Path("-")], POLICY, PRICES, CLOCK, content)
    assert (loaded.name, list(loaded.world.instances)) == ("fleet", ["iot-1"])
    with pytest.raises(BadInput, match=r"^standard input: it can be read only once"):
        load_fleet([Path("-"), Path("-")], POLICY, PRICES, CLOCK, content)
    with pytest.raises(BadInput, match=r"^standard input: is empty"):
        load_fleet([Path("-")], POLICY, PRICES, CLOCK, b"")
