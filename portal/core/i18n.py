"""Words and formats in the reader's language; works in requests, jobs and commands alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel import dates, numbers
from flask import Flask, g, has_app_context, has_request_context, request
from flask_babel import Babel, force_locale, get_locale, get_timezone, lazy_gettext, ngettext
from flask_babel import gettext as _

from portal.core.money import Money, exponent

__all__ = ["LANGUAGES", "_", "lazy_gettext", "ngettext", "speaking"]

LANGUAGES = {"en": "English", "fr": "Français", "it": "Italiano"}
NBSP = "\u00a0"


def init_app(app: Flask, *, language_of: Any, zone_of: Any) -> None:
    """Let pages speak the reader's language; jobs set `g.language` and `g.zone` through
    `speaking`.
    """

    def language() -> str:
        chosen = g.get("language") or language_of()
        if chosen is None and has_request_context():
            chosen = request.accept_languages.best_match(list(LANGUAGES))
        return chosen or "en"

    def zone() -> str:
        return g.get("zone") or zone_of() or "UTC"

    Babel(
        app,
        default_translation_directories=str(app.root_path) + "/translations",
        locale_selector=language,
        timezone_selector=zone,
    )
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(get_locale=get_locale, LANGUAGES=LANGUAGES)


@contextmanager
def speaking(language: str, zone: str = "UTC") -> Iterator[None]:
    """Speak a language and a zone inside the block, whoever asked."""
    before = g.get("zone")
    g.zone = zone
    try:
        with force_locale(language):
            yield
    finally:
        g.zone = before


def _locale() -> Any:
    return (get_locale() if has_app_context() else None) or "en"


def _local(value: datetime) -> datetime:
    return value.astimezone(get_timezone() if has_app_context() else UTC)


def show_money(value: Money | None, *, cents: bool | None = None) -> str:
    """Write an amount by the reader's locale; cents only where there are any."""
    if value is None:
        return "–"
    whole = value.amount == value.amount.to_integral_value()
    digits = 0 if (whole if cents is None else not cents) else exponent(value.currency.code)
    pattern = (
        _locale().currency_formats["standard"].pattern
        if hasattr(_locale(), "currency_formats")
        else None
    )
    if pattern and not digits:
        pattern = pattern.replace(".00", "")
    return str(
        numbers.format_currency(
            value.amount,
            value.currency.code,
            format=pattern,
            locale=_locale(),
            currency_digits=bool(digits),
            decimal_quantization=True,
        )
    )


def show_number(value: Decimal | int | None) -> str:
    """Write a number by the reader's locale."""
    return "–" if value is None else str(numbers.format_decimal(value, locale=_locale()))


def show_percent(value: Decimal | None, digits: int = 0) -> str:
    """Write a share (0.62) as a percentage by the reader's locale."""
    if value is None:
        return "–"
    pattern = (
        "#,##0"
        + ("." + "#" * digits if digits else "")
        + ("%" if str(_locale()).startswith("en") else NBSP + "%")
    )
    return str(numbers.format_percent(value, format=pattern, locale=_locale()))


def show_date(value: date | datetime | None, form: str = "medium") -> str:
    """Write a day by the reader's locale; an instant becomes the day in their zone."""
    if value is None:
        return "–"
    day = _local(value).date() if isinstance(value, datetime) else value
    return str(dates.format_date(day, format=form, locale=_locale())).replace(" ", NBSP)


def show_day(value: date | datetime | None) -> str:
    """Write a day with its weekday, short: Thu 19 Nov."""
    if value is None:
        return "–"
    day = _local(value).date() if isinstance(value, datetime) else value
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return str(dates.format_skeleton("EdMMM", noon, locale=_locale())).replace(" ", NBSP)


def show_time(value: datetime | None) -> str:
    """Write the time of day in the reader's zone, 24 hours."""
    return "–" if value is None else f"{_local(value):%H:%M}"


def show_datetime(value: datetime | None) -> str:
    """Write day and time in the reader's zone: Thu 19 Nov, 16:00."""
    return "–" if value is None else f"{show_day(value)}, {show_time(value)}"


def show_duration(value: timedelta | None) -> str:
    """Write a length of time in at most two units: 2 d 3 h, 4 h, 20 min."""
    if value is None:
        return "–"
    minutes = int(abs(value).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    d, h, m = _("d"), _("h"), _("min")
    parts = [(days, d), (hours, h)] if days else [(hours, h), (rest, m)] if hours else [(rest, m)]
    return " ".join(f"{n}{NBSP}{unit}" for n, unit in parts if n) or f"0{NBSP}{m}"


def show_when(value: datetime | None, now: datetime) -> str:
    """Write how far away an instant is: "in 3 h", "2 d ago"."""
    if value is None:
        return "–"
    length = show_duration(value - now)
    text = _("in %(length)s", length=length) if value >= now else _("%(length)s ago", length=length)
    return str(text)


def zone_name(zone: str, now: datetime) -> str:
    """Write a zone with its offset at a moment: Europe/Paris (UTC+1)."""
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours = offset.total_seconds() / 3600
    return f"{zone.rpartition('/')[2].replace('_', ' ')} (UTC{hours:+g})"


FILTERS: dict[str, Any] = {
    "money": show_money,
    "number": show_number,
    "percent": show_percent,
    "date": show_date,
    "day": show_day,
    "time": show_time,
    "datetime": show_datetime,
    "duration": show_duration,
    "when": show_when,
}
