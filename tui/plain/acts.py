"""One command for every action. Its name is the action's with dashes, its options are the action's fields."""

from argparse import Namespace
from contextlib import closing
from dataclasses import dataclass

from core.base.errors import BadInput
from core.words.event_json import event_form
from core.workspace.change import Change
from core.workspace.workspace import Workspace
from core.world.actions import ACTIONS, Action, SetLowBalanceAlert, read_action
from tui.plain.opening import open_fleet, retry_on_conflict
from tui.plain.parsing import Parser, add_db, add_json, whole_number
from tui.text.log_lines import event_line
from tui.text.output import complain, say
from tui.text.printing import ignore_broken_pipe, print_json

_POSITIONS = {
    "account": ("ACCOUNT", "the account's id"),
    "id": ("ID", "an id of your choice"),
    "instance": ("ID", "the instance's id"),
    "instances": ("ID", "the instances' ids"),
    "amount": ("AMOUNT", "an amount, such as 500 or 1,200.50"),
}
_OPTIONS = {
    "months": ("N", "the period in months"),
    "monthly_price": ("AMOUNT", "the price of one month"),
    "name": ("TEXT", "a display name"),
    "region": ("TEXT", "a region, such as cn-shanghai"),
    "note": ("TEXT", "what the charge is for"),
    "starts": ("WHEN", "when the coupon can first be used"),
    "expires": ("WHEN", "when the coupon expires"),
}


@dataclass(frozen=True)
class Act:
    """A command that applies one action to the kept fleet at the fleet's clock."""

    name: str
    args: Namespace

    @classmethod
    def read(cls, name: str, summary: str, arguments: list[str]) -> "Act":
        """Parse the arguments of the action's command. `summary` is the first line of its help. Raises BadInput."""
        action = ACTIONS[name.replace("-", "_")]
        parser = Parser(name, summary)
        for field in action._fields:
            if field in _POSITIONS:
                metavar, description = _POSITIONS[field]
                if action is SetLowBalanceAlert and field == "amount":
                    description += ", or none to remove the alert"
                nargs = "+" if field == "instances" else None
                parser.add_argument(field, metavar=metavar, nargs=nargs, help=description)
            elif field == "auto_renew":
                parser.add_argument("--auto-renew", action="store_true", help="turn on monthly auto-renewal")
            else:
                metavar, description = _OPTIONS[field]
                required = field not in action._field_defaults
                option = f"--{field.replace('_', '-')}"
                parser.add_argument(option, metavar=metavar, required=required, help=description)
        add_db(parser)
        add_json(parser)
        return cls(name, parser.parse_args(arguments))

    def run(self) -> int:
        """Apply the action and print its events. If it is refused, print the message and the code on standard error.

        Returns 0 if it was done and 1 if it was refused. Raises BadInput and StoreError.
        """
        with closing(open_fleet(self.args.db)) as kept:
            action = self._action(kept)
            change = retry_on_conflict(lambda: kept.act(action))
            kept.check_file()
            # A closed pipe ends the program with 0, which would hide a refusal.
            with ignore_broken_pipe():
                self._print(kept, change)
        if change.refused is None:
            return 0
        complain(f"{change.refused.message} ({change.refused.code})")
        named = getattr(action, "instances", ())
        for offender in (change.refused.offenders or ()) if len(named) > 1 else ():
            complain(f"{offender.instance}: {offender.code}")
        return 1

    def _action(self, kept: Workspace) -> Action:
        do = self.name.replace("-", "_")
        form: dict[str, object] = {"do": do}
        for field in ACTIONS[do]._fields:
            value = getattr(self.args, field)
            if value is None:
                continue
            if field in ("starts", "expires"):
                value = _when(value, field, kept)
            elif field == "months":
                value = whole_number("--months", value)
            elif field == "amount" and do == "set_low_balance_alert" and value.lower() == "none":
                value = None
            form[field] = value
        return read_action(form, kept.calendar)

    def _print(self, kept: Workspace, change: Change) -> None:
        if self.args.json:
            forms = [event_form(event, kept.currency_of(event.account), kept.calendar) for event in change.events]
            print_json({"clock": kept.calendar.format(kept.clock), "events": forms})
        elif change.refused is None:
            for event in change.events:
                say(event_line(event, kept.currency_of(event.account), kept.calendar))


def _when(text: str, field: str, kept: Workspace) -> str:
    try:
        return kept.calendar.format(kept.calendar.parse_when(text, kept.clock))
    except BadInput as error:
        raise BadInput(f"--{field}: {error}") from None
