"""The pay-as-you-go meter (B1, B2): the usage of each account in a cycle, counted without a walk over the fleet.

An instance that serves a whole cycle costs its daily charge, and the meter keeps the sum of these charges. Only an
instance that began or ceased to serve within the cycle has a line of its own. A cycle is a day of the policy's offset.
"""

from core.base.instants import DAY, Calendar
from core.base.money import share
from core.rules.policy import Policy
from core.simulation.loading import cycle_end
from core.world.model import Account, Instance, UsageLine


def used_in_cycle(account: Account, instance: Instance, now: int, calendar: Calendar) -> int:
    """The cost of a legacy instance in the running cycle until now, in minor units (B2)."""
    usage = account.usage
    begun = max(usage.opened, calendar.midnight(calendar.day_of(now)))
    line = usage.lines.get(instance.id) if begun == usage.opened else None
    if line is None:
        return share(instance.daily_charge, now - begun, DAY) if instance.serving else 0
    served = line.served + (now - line.since if line.since is not None else 0)
    return share(line.daily_charge, served, DAY)


class Meter:
    """Counts usage into the accounts' `Usage`. The sums that it keeps itself are derived from the state (T4)."""

    def __init__(self, policy: Policy, calendar: Calendar) -> None:
        self._policy = policy
        self._calendar = calendar
        self._serving: dict[str, dict[str, int]] = {}
        """By account and instance: the daily charge of each instance that has served since the open cycle began."""
        self._daily: dict[str, int] = {}
        """By account: the sum of these charges."""

    def load(self, account: Account, legacy: list[Instance]) -> None:
        """Start counting an account with these legacy instances."""
        lines = account.usage.lines
        serving = {item.id: item.daily_charge for item in legacy if item.serving and item.id not in lines}
        self._serving[account.id] = serving
        self._daily[account.id] = sum(serving.values())

    def set_counting(self, account: Account, instance: Instance, on: bool, now: int) -> None:
        """Start or stop counting the service of an instance at `now`."""
        self.close_cycles(account, now)
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
        """Bill the instance's line of the open cycle at its present daily charge, whether it serves now or not (B2)."""
        line = account.usage.lines.get(instance.id)
        if line is not None and line.daily_charge != instance.daily_charge:
            # A cycle that has ended keeps the daily charge that it ended with.
            self.close_cycles(account, now)
            line.daily_charge = instance.daily_charge

    def close_cycles(self, account: Account, now: int) -> None:
        """Close every cycle that ended at or before `now`, and store its cost until its bill is issued."""
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
                # Nothing is used, so all later cycles until now are empty.
                usage.opened = self._calendar.midnight(self._calendar.day_of(now))

    def _cost(self, account: Account, end: int) -> int:
        """The bill of the open cycle if it ends at `end`: one line per instance, each rounded by itself (B2, M1)."""
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
        """When the account's next usage bill is issued (B1). None while it uses nothing."""
        usage = account.usage
        if usage.closed:
            return usage.closed[0][0] + self._policy.bill_delay
        if usage.lines or self._daily[account.id] or account.daily_spend:
            return cycle_end(usage.opened, self._calendar) + self._policy.bill_delay
        return None

    def take_due_cycle(self, account: Account, now: int) -> tuple[int, int] | None:
        """Take out the closed cycle whose bill is due at `now`, as its end and its amount. None if it cost nothing."""
        self.close_cycles(account, now)
        closed = account.usage.closed
        if closed and closed[0][0] + self._policy.bill_delay <= now:
            return closed.pop(0)
        return None
