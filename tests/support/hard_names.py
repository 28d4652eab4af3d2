"""Names that are hard to draw, and fleets with such names."""

HARD = (
    "冷链运输一号车间温度监控实例与备用网关", "🏭👩‍🔧👍🏽🇨🇳1️⃣❤️ plant", "مصنع الرياض ١", "[bold]not markup[/] [/x] [red",
    "x" * 200, "漢" * 100, "e\u0301\u0302\u0303\u0304\u0305 combining", "\u0301leading", "a\tb\nc\x1b[31m\x07d",
    "\u202eright to left\u202c \u2066isolated\u2069", "zero\u200bwidth\ufeff\u00adjoined\u2060", "कि क्षि ไทยนี้ 한글 각",
    "\u3000wide space\u00a0", "\U000e0001tag", "ﷺ", "🏳️‍🌈👨‍👩‍👧‍👦", "",
)  # fmt: skip


def fleet(ids: list[str], account: str = "acme") -> dict[str, object]:
    """A fleet of subscriptions with these ids, each with a hard name."""
    instances = [
        {"id": item, "account": account, "name": HARD[place % len(HARD)] or item, "kind": "enterprise",
         "region": HARD[(place + 3) % len(HARD)], "expires": "2026-07-20", "monthly_price": "5.00"}
        for place, item in enumerate(ids)
    ]  # fmt: skip
    accounts = [{"id": account, "balance": "12.00"}]
    return {
        "format": "lapse-fleet/1",
        "clock": "2026-07-10T00:00:00+08:00",
        "accounts": accounts,
        "instances": instances,
    }


HARD_FLEET = fleet([f"{place} {text}" for place, text in enumerate(HARD) if text.isprintable()], HARD[0])
