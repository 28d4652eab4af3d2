"""`lapse rules`: the rulebook with the policy's numbers, or the lifecycle as a diagram."""

import textwrap
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from core.rules.lifecycle import diagram
from core.rules.policy import Policy
from core.rules.rulebook import changed_in, check_kept, load_policy, rules_of
from core.store.file import damage_errors
from tui.plain.opening import open_fleet
from tui.plain.parsing import Parser, add_db, add_json
from tui.text.output import say, write
from tui.text.printing import print_json

_SOURCES = {
    "vendor": "vendor documentation",
    "ours": "our interpretation",
    "both": "vendor documentation, details our interpretation",
}


@dataclass(frozen=True)
class Rules:
    """`lapse rules [--policy FILE | --db FILE] [--diagram] [--json]`."""

    args: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Rules":
        """Parse the command's arguments. Raises BadInput."""
        parser = Parser("rules", "Print the rulebook with the policy's numbers: each rule and its source.")
        parser.add_argument("--policy", metavar="FILE", type=Path, help="policy file: your own numbers for the rules")
        parser.add_argument("--diagram", action="store_true", help="print the lifecycle as a Mermaid state diagram")
        add_db(parser)
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Print the rules. Raises PolicyError for a policy and StoreError for a fleet's file that can't be used."""
        policy = self._policy()
        if self.args.diagram:
            write(diagram())
        elif self.args.json:
            print_json(_form(policy))
        else:
            _print(policy)
        return 0

    def _policy(self) -> Policy:
        if self.args.db is not None and self.args.policy is None:
            fleet = open_fleet(self.args.db, read_only=True)
            with damage_errors(fleet.path):
                check_kept(fleet.policy)
            return fleet.policy
        return load_policy(self.args.policy)


def _form(policy: Policy) -> dict[str, object]:
    rules = [rule._asdict() for rule in rules_of(policy).values()]
    return {"name": policy.name, "changed": list(changed_in(policy)), "rules": rules}


def _print(policy: Policy) -> None:
    for rule in rules_of(policy).values():
        source = f" [{_SOURCES[rule.source]}]"
        say(textwrap.fill(rule.text + source, 100, initial_indent=f"{rule.id:<4}", subsequent_indent="    "))
    if changed_in(policy):
        say(f"\nYour policy changes {', '.join(changed_in(policy))}.")
