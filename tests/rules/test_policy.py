"""Policies: the default holds the whole rulebook, a user's file is checked as a whole, every number takes effect."""

import tomllib
from pathlib import Path

import pytest

from core.base.errors import PolicyError
from core.base.instants import DAY, HOUR
from core.rules.policy import Policy, kept_policy
from core.rules.rulebook import changed_in, load_policy, read_policy, rules_of
from core.world.actions import Charge, Renew, TopUp
from data import DEFAULT_POLICY
from tests.support.ledger import History, account, auto, bill, enterprise, legacy, public

RULES = (
    "T1 T2 T3 T4 T5 T6 M1 M2 C1 C2 C3 C4 C5 B1 B2 B3 I1 I2 E1 E2 E3 E4 P1 P2 P3 P4 L1 L2 L3 "
    "R1 R2 R3 R4 R5 A1 A2 A3 A4 A5 A6 A7 A8 A9 N1 N2"
)
"""The ids of the rulebook, in its order."""

NUMBERS = {
    "utc_offset": 8 * HOUR,
    "restore_delay": 1800,
    "bill_delay": 4 * HOUR,
    "retention": 15 * DAY,
    "trial_retention": 15 * DAY,
    "idle_limit": 30 * DAY,
    "overdue_grace": 24 * HOUR,
    "months_sold": (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36),
    "renewal_anchor": "old_expiry",
    "charge_time": 8 * HOUR,
    "console_days": (-3, -1, 0, 6, 14),
    "console_months": (1, 2, 3, 6, 12, 24, 36),
    "checkout_days": (-9, -8, -7, -6, -5, -4, -3, -2, -1),
    "checkout_months": 1,
    "short_period": 3,
    "reminder_time": 9 * HOUR,
    "manual_days": (-7, -3, -1),
    "non_renewal_days": (-3,),
    "release_notice": 24 * HOUR,
}
"""The rulebook's numbers."""


def numbers(policy: Policy) -> dict[str, object]:
    return {key: value for key, value in policy._asdict().items() if key in NUMBERS}


# The default


def test_the_default_holds_every_rule_in_order() -> None:
    policy = load_policy()
    assert list(rules_of(policy)) == RULES.split()
    for rule in rules_of(policy).values():
        assert rule.text.endswith(".")
        assert "{" not in rule.text, "a number is missing in its text"
        assert rule.source in ("vendor", "ours", "both")


def test_the_default_holds_every_number() -> None:
    policy = load_policy()
    assert numbers(policy) == NUMBERS
    assert (policy.name, changed_in(policy)) == ("default", ())
    assert set(NUMBERS) == set(Policy._fields) - {"name", "source"}


def test_the_texts_contain_the_numbers() -> None:
    rules = rules_of(read_policy('rules.E2.retention = "21d"\nrules.A2.console_days = [-4, 2]'))
    assert "21d" in rules["E2"].text
    assert "-4, 2" in rules["A2"].text
    assert "15d" in rules_of(load_policy())["E2"].text


# A user's own


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "mine.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[rules.E2]\nretention = "-3d"', "rules.E2.retention"),
        ('[rules.E2]\nretention = "3mo"', "rules.E2.retention"),
        ('[rules.E2]\nretention = "soon"', "rules.E2.retention"),
        ("[rules.E2]\nretention = 15", "rules.E2.retention"),
        ("[rules.E2]\nretention = true", "rules.E2.retention"),
        ('[rules.E2]\nretention = "9999999d"', "rules.E2.retention"),
        ('[rules.P2]\nidle_limit = "0d"', "rules.P2.idle_limit"),
        ('[rules.A1]\ncharge_time = "24:00"', "rules.A1.charge_time"),
        ('[rules.A1]\ncharge_time = "8:00"', "rules.A1.charge_time"),
        ('[rules.A1]\ncharge_time = "08:60"', "rules.A1.charge_time"),
        ("[rules.A1]\ncharge_time = 08:00:00", "rules.A1.charge_time"),
        ('[rules.T1]\nutc_offset = "+15:00"', "rules.T1.utc_offset"),
        ('[rules.T1]\nutc_offset = "+14:01"', "rules.T1.utc_offset"),
        ('[rules.T1]\nutc_offset = "-14:30"', "rules.T1.utc_offset"),
        ('[rules.T1]\nutc_offset = "Asia/Shanghai"', "rules.T1.utc_offset"),
        ("[rules.T1]\nutc_offset = 8", "rules.T1.utc_offset"),
        ("[rules.A2]\nconsole_days = []", "rules.A2.console_days"),
        ("[rules.A2]\nconsole_days = [-1, -3]", "rules.A2.console_days"),
        ("[rules.A2]\nconsole_days = [-3, -3]", "rules.A2.console_days"),
        ("[rules.A2]\nconsole_days = [0.5]", "rules.A2.console_days"),
        ("[rules.A2]\nconsole_days = 6", "rules.A2.console_days"),
        ("[rules.A2]\nconsole_months = [0]", "rules.A2.console_months"),
        ("[rules.R1]\nmonths = [true]", "rules.R1.months"),
        ('[rules.R1]\nmonths = ["1"]', "rules.R1.months"),
        ("[rules.A3]\ncheckout_months = 0", "rules.A3.checkout_months"),
        ("[rules.A3]\ncheckout_months = 1.0", "rules.A3.checkout_months"),
        ("[rules.A9]\nshort_period = -1", "rules.A9.short_period"),
        ("[rules.N2]\nmanual_days = [0]", "rules.N2.manual_days"),
        ('[rules.R2]\nrenewal_anchor = "today"', "rules.R2.renewal_anchor"),
        ('[rules.E2]\nretentoin = "3d"', "retentoin"),
        ('[rules.E9]\nretention = "3d"', "E9"),
        ('[rules.e2]\nretention = "3d"', "e2"),
        ('[rule.E2]\nretention = "3d"', '"rule"'),
        ('retention = "3d"', '"retention"'),
        ("name = 5", "name"),
        ("rules = 5", "rules"),
        ("rules.E2 = 5", "rules"),
        ("[rules.E2]\ntext = 5", "rules.E2.text"),
        ('[rules.E2]\ntext = " "', "rules.E2.text"),
        ('[rules.E2]\nsource = "me"', "rules.E2.source"),
        ("[rules.E2\n", "TOML"),
        ('[rules.E2]\nretention = "3d"\nretention = "4d"', "TOML"),
        (b"name = '\xff'", "UTF-8"),
    ],
)
def test_invalid_policies(tmp_path: Path, text: str | bytes, named: str) -> None:
    """One sentence that names the file and the key."""
    path = write(tmp_path, text)
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}: ")
    assert named in sentence
    assert "\n" not in sentence
    assert caught.value.exit_status == 2


def test_a_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(PolicyError, match=r"can't be read|is a folder") as caught:
            load_policy(path)
        assert str(path) in str(caught.value)


def test_a_partial_file_changes_only_what_it_names(tmp_path: Path) -> None:
    policy = load_policy(
        write(tmp_path, 'name = "mine"\n[rules.E2]\nretention = "3d"\n[rules.A2]\nconsole_days = [-5]')
    )
    assert numbers(policy) == NUMBERS | {"retention": 3 * DAY, "console_days": (-5,)}
    assert (policy.name, sorted(changed_in(policy))) == ("mine", ["A2.console_days", "E2.retention"])
    assert rules_of(policy)["E1"] == rules_of(load_policy())["E1"]


def test_an_empty_file_is_the_default(tmp_path: Path) -> None:
    assert load_policy(write(tmp_path, "")) == load_policy()
    assert load_policy(write(tmp_path, b"\xef\xbb\xbf")) == load_policy()
    copied = load_policy(DEFAULT_POLICY)
    assert (numbers(copied), rules_of(copied), changed_in(copied)) == (NUMBERS, rules_of(load_policy()), ())


def test_the_same_number_in_another_form_is_no_change(tmp_path: Path) -> None:
    policy = load_policy(write(tmp_path, '[rules.E2]\nretention = "360h"'))
    assert changed_in(policy) == ()
    assert policy.retention == 15 * DAY


def test_a_policy_may_set_texts_and_sources() -> None:
    policy = read_policy('[rules.E2]\ntext = "Kept for {retention}, here."\nsource = "ours"\nretention = "3d"')
    assert rules_of(policy)["E2"] == ("E2", "Kept for 3d, here.", "ours")


def test_a_policy_is_read_back_from_its_source() -> None:
    for text in ("", 'name = "ünï \\"q\\" \\u007f"\nrules.E2.retention = "3d"\nrules.E2.text = "Ja: {retention}\\n"'):
        policy = read_policy(text)
        again = kept_policy(policy.source)
        assert again == policy
        assert (rules_of(again), changed_in(again)) == (rules_of(policy), changed_in(policy))


def test_the_default_file_is_an_example_of_every_key() -> None:
    """It holds every number that a user's file may set, each once."""
    document = tomllib.loads(DEFAULT_POLICY.read_text(encoding="utf-8"))
    keys = [key for table in document["rules"].values() for key in table if key not in ("text", "source")]
    assert len(keys) == len(set(keys)) == len(NUMBERS)


# The numbers take effect


def test_retention() -> None:
    """E2: with 3 days, released on T+3."""
    history = History(enterprise(), policy='rules.E2.retention = "3d"')
    assert (history.state("ent-1", "2026-07-12 23:59:59"), history.state("ent-1", "2026-07-13")) == (
        "expired",
        "released",
    )


def test_trial_retention() -> None:
    """E4: it applies only to a trial."""
    history = History(enterprise("a", trial=True), enterprise("b"), policy='rules.E4.trial_retention = "1d"')
    assert (history.state("a", "2026-07-11"), history.state("b")) == ("released", "expired")


def test_utc_offset() -> None:
    """T1: midnights, T and 08:00 move with it, and instants are written in it."""
    history = History(
        enterprise(expires="2026-07-10T00:00:00+08:00", renewal=auto()), policy='rules.T1.utc_offset = "+00:00"'
    )
    assert history.until("2026-07-07").events()[0] == "07-06 08:00 ent-1 failed insufficient_funds 300.00 A6"
    assert history.shown("ent-1")["expires"] == "2026-07-09T16:00:00+00:00"
    half = History(enterprise(), policy='rules.T1.utc_offset = "-03:30"')
    assert half.shown("ent-1")["expires"] == "2026-07-10T00:00:00-03:30"


def test_renewal_anchor() -> None:
    """R2: counted from the day of payment."""
    history = History(account(balance="300"), enterprise(), policy='rules.R2.renewal_anchor = "payment_day"')
    assert history.at("2026-07-12 12:00", Renew(("ent-1",), 1)).expires("ent-1") == "2026-08-13 00:00:00"


def test_overdue_grace() -> None:
    """L1: no grace period."""
    history = History(account(), legacy(), policy='rules.L1.overdue_grace = "0h"').at("2026-07-01", Charge("acme", "1"))
    assert history.state("leg-1") == "stopped"


def test_restore_delay() -> None:
    """C4: no delay."""
    stopped = account(unpaid=[bill("b", "2026-06-01", "1")])
    history = History(stopped, legacy(), policy='rules.C4.restore_delay = "0m"').at("2026-07-01", TopUp("acme", "1"))
    assert history.state("leg-1") == "running"


def test_bill_delay() -> None:
    """B1: an hour."""
    history = History(account(balance="99"), legacy(), policy='rules.B1.bill_delay = "1h"').until("2026-07-02 01:00")
    assert history.events(only="bill_issued") == ["07-02 01:00 acme bill 12.00 B1"]


def test_idle_limit() -> None:
    """P2: the shortest limit is one second."""
    history = History(public(devices_online=False, last_online="2026-07-01"), policy='rules.P2.idle_limit = "1s"')
    assert history.until("1s").moves() == ["07-01 00:00:01 pub-1 running -> frozen P2"]


def test_period_in_past() -> None:
    """R2: with a long retention, a month may be too short."""
    history = History(account(balance="999"), enterprise(expires="2026-05-10"), policy='rules.E2.retention = "90d"')
    assert history.at("2026-07-01", Renew(("ent-1",), 1)).code() == "period_in_past"
    assert history.at("2026-07-01", Renew(("ent-1",), 2)).code() is None


def test_the_schedules() -> None:
    """A1, A2, A3, N2: their days, hours and periods."""
    policy = """
        rules.A1.charge_time = "12:00"
        rules.A2.console_days = [-2]
        rules.A2.console_months = [4]
        rules.A3.checkout_days = [-4]
        rules.N2.reminder_time = "18:00"
        rules.N2.manual_days = [-6]
        rules.N2.non_renewal_days = [-5]
    """
    history = History(
        account(balance="9999"), enterprise("a", renewal=auto(months=4)), enterprise("b", renewal=auto("checkout")),
        enterprise("c"), enterprise("d", renewal={"mode": "none"}), policy=policy,
    ).until("2026-07-09")  # fmt: skip
    assert history.events() == [
        "07-04 18:00 c email renewal_reminder N2",
        "07-05 18:00 d email renewal_reminder N2",
        "07-06 12:00 b renewed by auto 1 mo 300.00 = 0.00 + 300.00 to 2026-08-10 A5",
        "07-08 12:00 a renewed by auto 4 mo 1200.00 = 0.00 + 1200.00 to 2026-11-10 A5",
    ]


def test_release_notice() -> None:
    """N2: two days ahead."""
    history = History(enterprise(), clock="2026-07-10", policy='rules.N2.release_notice = "2d"').until(
        "2026-07-24 12:00"
    )
    assert history.notices() == ["07-23 00:00 ent-1 email release_tomorrow N2"]


def test_a_text_with_an_unknown_number_is_refused() -> None:
    """Otherwise people would see the typing error in the text."""
    with pytest.raises(PolicyError, match=r"rules\.E2\.text: there is no number \{retentoin\}"):
        read_policy('[rules.E2]\ntext = "gone after {retentoin}"')
