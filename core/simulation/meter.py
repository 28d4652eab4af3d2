"""The pay-as-you-go meter (B1, B2): what each account used in a cycle, counted without touching what did not change.

An instance that serves a whole cycle costs its daily charge; the sum of those is kept. Only an instance that began or
ceased to serve within the cycle has a line of its own. Seconds are counted in the policy's days.
"""

from core.base.instants import DAY, Calendar
from core.base.money import share
from core.rules.policy import Policy
from core.simulation.loading import cycle_end
from core.world.model import Account, Instance, UsageLine


def used_in_cycle(account: Account, instance: Instance, now: int, calendar: Calendar) -> int:
    """What a legacy instance used in the running cycle until now: its line of the bill if it serves no longer (B2)."""
    usage = account.usage
    begun = max(usage.opened, calendar.midnight(calendar.day_of(now)))
    line = usage.lines.get(instance.id) if begun == usage.opened else None
    if line is None:
        return share(instance.daily_charge, now - begun, DAY) if instance.serving else 0
    served = line.served + (now - line.since if line.since is not None else 0)
    return share(line.daily_charge, served, DAY)


class Meter:
    """Counts usage into the accounts' `Usage`; the sums it keeps beside follow from the state (T4)."""

    def __init__(self, policy: Policy, calendar: Calendar) -> None:
        self._policy = policy
        self._calendar = calendar
        self._serving: dict[str, dict[str, int]] = {}
        """By account: the daily charge of each instance that has served since the open cycle's beginning."""
        self._daily: dict[str, int] = {}
        """By account: the sum of these charges."""

    def load(self, account: Account, legacy: list[Instance]) -> None:
        """Begin to count an account whose legacy instances are these."""
        lines = account.usage.lines
        serving = {item.id: item.daily_charge for item in legacy if item.serving and item.id not in lines}
        self._serving[account.id] = serving
        self._daily[account.id] = sum(serving.values())

    def turn(self, account: Account, instance: Instance, on: bool, now: int) -> None:
        """Count an instance from now on, or until now."""
        self.roll(account, now)
        usage = account.usage
        line = usage.lines.get(instance.id)
        if on:
            if line is None:
                line = usage.lines[instance.id] = UsageLine(instance.daily_charge, 0, None)
            line.since = now
            return
        if line is None:
            charge = self._serving[account.id].pop(instance.id)
            self._daily[account.id] -= charge
            usage.lines[instance.id] = UsageLine(charge, now - usage.opened, None)
        elif line.since is not None:
            line.served += now - line.since
            line.since = None

    def reprice(self, account: Account, instance: Instance, now: int) -> None:
        """Bill the instance's line of the open cycle at its present charge, whether it serves now or not (B2)."""
        line = account.usage.lines.get(instance.id)
        if line is not None and line.daily_charge != instance.daily_charge:
            # A cycle that has ended keeps the charge it ended with.
            self.roll(account, now)
            line.daily_charge = instance.daily_charge

    def roll(self, account: Account, now: int) -> None:
        """Close every cycle that ended at or before now, keeping what it costs until its bill is issued."""
        usage = account.usage
        while (end := cycle_end(usage.opened, self._calendar)) <= now:
            amount = self._cost(account, end)
            if amount:
                usage.closed.append((end, amount))
            for name, line in usage.lines.items():
                if line.since is not None:
                    self._serving[account.id][name] = line.daily_charge
                    self._daily[account.id] += line.daily_charge
            usage.lines.clear()
            usage.opened = end
            if not self._daily[account.id] and not account.daily_spend:
                # Nothing is used: the cycles that went by since are empty.
                usage.opened = self._calendar.midnight(self._calendar.day_of(now))

    def _cost(self, account: Account, end: int) -> int:
        """The open cycle's bill if it ends at `end`: one line an instance, each rounded by itself (B2, M1)."""
        usage = account.usage
        seconds = end - usage.opened
        if seconds == DAY:
            amount = self._daily[account.id]
        else:
            amount = sum(share(charge, seconds, DAY) for charge in self._serving[account.id].values())
        for line in usage.lines.values():
            served = line.served + (end - line.since if line.since is not None else 0)
            amount += share(line.daily_charge, served, DAY)
        return amount + share(account.daily_spend, seconds, DAY)

    def due_at(self, account: Account) -> int | None:
        """When the account's next bill is issued (B1); None while it uses nothing."""
        usage = account.usage
        if usage.closed:
            return usage.closed[0][0] + self._policy.bill_delay
        if usage.lines or self._daily[account.id] or account.daily_spend:
            return cycle_end(usage.opened, self._calendar) + self._policy.bill_delay
        return None

    def issue(self, account: Account, now: int) -> tuple[int, int] | None:
        """Take out the closed cycle whose bill is due now: its end and amount; None where it cost nothing."""
        self.roll(account, now)
        closed = account.usage.closed
        if closed and closed[0][0] + self._policy.bill_delay <= now:
            return closed.pop(0)
        return None
