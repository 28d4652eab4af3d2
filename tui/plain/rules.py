"""`lapse rules`: the rulebook with the policy's numbers, or the lifecycle as a diagram."""

import textwrap
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from core.rules.lifecycle import diagram
from core.rules.policy import Policy
from core.rules.rulebook import changed_in, check_kept, load_policy, rules_of
from core.store.file import sensible
from tui.plain.opening import open_fleet
from tui.plain.parsing import Parser, add_db, add_json
from tui.text.output import say, write
from tui.text.printing import print_json

_SAID = {
    "vendor": "vendor documentation",
    "ours": "our interpretation",
    "both": "vendor documentation, details our interpretation",
}


@dataclass(frozen=True)
class Rules:
    """`lapse rules [--policy FILE | --db FILE] [--diagram] [--json]`."""

    asked: Namespace

    @classmethod
    def read(cls, arguments: list[str]) -> "Rules":
        """Read the command's arguments."""
        parser = Parser("rules", "Print the rulebook with the policy's numbers: each rule, and what its source is.")
        parser.add_argument("--policy", metavar="FILE", type=Path, help="your own numbers instead of the default ones")
        parser.add_argument("--diagram", action="store_true", help="print the lifecycle as a Mermaid state diagram")
        add_db(parser)
        add_json(parser)
        return cls(parser.parse_args(arguments))

    def run(self) -> int:
        """Print the rules. Raises PolicyError for a policy that can't be used, StoreError for a file that can't."""
        policy = self._policy()
        if self.asked.diagram:
            write(diagram())
        elif self.asked.json:
            print_json(_form(policy))
        else:
            _print(policy)
        return 0

    def _policy(self) -> Policy:
        if self.asked.db is not None and self.asked.policy is None:
            fleet = open_fleet(self.asked.db, read_only=True)
            with sensible(fleet.path):
                check_kept(fleet.policy)
            return fleet.policy
        return load_policy(self.asked.policy)


def _form(policy: Policy) -> dict[str, object]:
    rules = [rule._asdict() for rule in rules_of(policy).values()]
    return {"name": policy.name, "changed": list(changed_in(policy)), "rules": rules}


def _print(policy: Policy) -> None:
    for rule in rules_of(policy).values():
        said = f" [{_SAID[rule.source]}]"
        say(textwrap.fill(rule.text + said, 100, initial_indent=f"{rule.id:<4}", subsequent_indent="    "))
    if changed_in(policy):
        say(f"\nYour policy changes {', '.join(changed_in(policy))}.")
