"""Words and formats in the reader's language; works in requests, jobs and commands alike."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from flask import Flask, g, has_request_context, request
from flask_babel import (
    Babel,
    LazyString,
    force_locale,
    get_locale,
    get_timezone,
    get_translations,
    ngettext,
)
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from portal.core import clock
from portal.core.italian import elided
from portal.core.money import Money, exponent

__all__ = [
    "LANGUAGES",
    "_",
    "for_each_language",
    "get_locale",
    "language",
    "lazy_gettext",
    "ngettext",
    "speaking",
]

T = TypeVar("T")

LANGUAGES = {"en": "English", "fr": "Français", "it": "Italiano"}
NBSP = "\u00a0"
# A list asks for some hundred texts and formats: what was found once is kept. Bounded, because
# amounts and days have no end.
KEPT = 8192


def _(text: str, /, **values: Any) -> str:
    """Give a text in the reader's language with `values` put in; in English where nobody reads.

    A percent sign is written twice, with values and without.
    """
    spoken = language()
    found = _found(text, spoken)
    said = elided(found, values, spoken) % values if values else found.replace("%%", "%")
    return Said(said, text, values)


class Said(str):
    """A text in the language of who wrote it, which still knows how to be said in another."""

    __slots__ = ("text", "values")
    text: str
    values: Mapping[str, Any]

    def __new__(cls, shown: str, text: str, values: Mapping[str, Any]) -> Self:
        """Make it of what is shown, the text in English, and the values that were put in."""
        made = super().__new__(cls, shown)
        made.text, made.values = text, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Said, (str(self), self.text, self.values)


def followed(said: str, words: str) -> str:
    """Give a text with somebody's own words in a paragraph beneath it."""
    return Said(f"{said}\n\n{words}", "%(said)s\n\n%(words)s", {"said": said, "words": words})


def beneath(words: str, said: str) -> str:
    """Give somebody's own words with a text of ours in a paragraph beneath them."""
    return Said(f"{words}\n\n{said}", "%(words)s\n\n%(said)s", {"words": words, "said": said})


def kept(text: str) -> dict[str, Any] | None:
    """Give what to store of a text, so that `again` can say it to a reader of another language;
    None for words that were not ours.
    """
    if not isinstance(text, Said):
        return None
    values = {name: _kept_value(value) for name, value in text.values.items()}
    return {"text": text.text, "values": values}


def _kept_value(value: Any) -> Any:
    if isinstance(value, str):
        return kept(value) or value
    return value if isinstance(value, int) else str(value)


def again(stored: Mapping[str, Any]) -> str:
    """Say a stored text in the reader's language."""
    values = {
        name: again(value) if isinstance(value, Mapping) else value
        for name, value in stored["values"].items()
    }
    text = stored["text"]
    return _(text, **values)


def lazy_gettext(text: str, /, **values: Any) -> LazyString:
    """Give a text that is looked up when it is shown, in the language of whoever reads it then."""
    return LazyString(_, text, **values)


@lru_cache(KEPT)
def _found(text: str, language: str) -> str:
    """Look a text up in the catalogue of the reader, whose language is `language`."""
    return str(get_translations().ugettext(text))


@lru_cache(KEPT)
def _marked(text: str, language: str) -> Markup:
    # Not through the % operator: a note of a policy may hold a lone percent sign.
    return Markup(_found(text, language).replace("%%", "%"))  # noqa: S704 - translators write markup


@pass_eval_context
def _in_template(context: EvalContext, text: str, /, **values: Any) -> str:
    """Do what jinja's own function does for templates: a percent sign is always written twice."""
    spoken = language()
    if not context.autoescape:
        found = _found(text, spoken)
        return elided(found, values, spoken) % values if values else found.replace("%%", "%")
    if not values:
        return _marked(text, spoken)
    found = elided(_found(text, spoken), values, spoken)
    return Markup(found) % values  # noqa: S704 - translators write markup


def init_app(app: Flask, *, language_of: Any, zone_of: Any) -> None:
    """Let pages speak the reader's language; jobs speak through `speaking`."""

    def chosen_language() -> str:
        chosen = language_of()
        if chosen is None and has_request_context():
            chosen = request.accept_languages.best_match(list(LANGUAGES))
        return chosen or "en"

    def zone() -> str:
        return zone_of() or "UTC"

    Babel(
        app,
        default_translation_directories=str(app.root_path) + "/translations",
        locale_selector=chosen_language,
        timezone_selector=zone,
    )
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        {"_": _in_template, "gettext": _in_template},
        get_locale=get_locale,
        LANGUAGES=LANGUAGES,
    )


@contextmanager
def speaking(language: str, zone: str = "UTC") -> Iterator[None]:
    """Speak a language and a zone inside the block, whoever asked; English where the language is
    none or not one of ours, dates and numbers too.
    """
    language = language if language in LANGUAGES else "en"
    before = {name: g.pop(name) for name in ("zone", "spoken") if name in g}
    g.zone, g.spoken = ZoneInfo(zone), language
    try:
        with force_locale(language):
            yield
    finally:
        del g.zone, g.spoken
        for name, value in before.items():
            setattr(g, name, value)


def language() -> str:
    """Give the language that is read now; nothing where there is no reader."""
    try:
        spoken: str = g.spoken
    except AttributeError:
        spoken = g.spoken = get_locale().language
    except RuntimeError:  # no application is at work
        return ""
    return spoken


def for_each_language(made: Callable[[], T]) -> Callable[[], T]:
    """Keep what a function makes of texts, once for each language that is read: a table of names
    that is made anew for each look into it costs more than the rest of a page.
    """
    kept: dict[str, T] = {}

    @wraps(made)
    def give() -> T:
        spoken = language()
        if spoken not in kept:
            kept[spoken] = made()
        return kept[spoken]

    return give


@lru_cache(len(LANGUAGES) + 1)
def _locale(language: str) -> Locale:
    # Our English is European: the day before the month, as in the offices that use it.
    return Locale.parse("en_GB" if language in {"", "en"} else language)


def _local(value: datetime) -> datetime:
    return value.astimezone(zone_now())


def zone_now() -> tzinfo:
    """Give the zone of who reads now; UTC where there is no reader."""
    try:
        zone: tzinfo = g.zone
    except AttributeError:
        zone = g.zone = ZoneInfo(str(get_timezone()))
    except RuntimeError:  # no application is at work
        return UTC
    return zone


def show_money(value: Money | None, *, cents: bool | None = None) -> str:
    """Write an amount by the reader's locale; cents only where there are any."""
    if value is None:
        return "–"
    amount, code = value.amount, value.currency.code
    whole = amount == amount.to_integral_value()
    digits = 0 if (whole if cents is None else not cents) else exponent(code)
    before, group, point, after = _money_form(code, digits, amount < 0, language())
    number = f"{abs(amount):,.{digits}f}"
    if group != ",":
        number = number.translate({44: group, 46: point})
    return f"{before}{number}{after}"


@lru_cache(KEPT)
def _money_form(code: str, digits: int, negative: bool, language: str) -> tuple[str, str, str, str]:
    """Read off a sample how a locale writes a currency: what comes before, between, at the decimal
    point and after; Babel itself takes as long for each amount as a row of a list may.
    """
    locale = _locale(language)
    pattern = locale.currency_formats["standard"].pattern
    sample = numbers.format_currency(
        Decimal("-1111111.111" if negative else "1111111.111"),
        code,
        format=pattern if digits else pattern.replace(".00", ""),
        locale=locale,
        currency_digits=bool(digits),
        decimal_quantization=True,
    )
    first, last = sample.index("1"), sample.rindex("1")
    point = sample[last - digits] if digits else "."
    return sample[:first], sample[first + 1], point, sample[last + 1 :]


def show_number(value: Decimal | int | None) -> str:
    """Write a number by the reader's locale."""
    return "–" if value is None else _number(value, language())


@lru_cache(KEPT)
def _number(value: Decimal | int, language: str) -> str:
    return str(numbers.format_decimal(value, locale=_locale(language)))


def show_percent(value: Decimal | None, digits: int = 0) -> str:
    """Write a share (0.62) as a percentage by the reader's locale."""
    return "–" if value is None else _percent(value, digits, language())


@lru_cache(KEPT)
def _percent(value: Decimal, digits: int, language: str) -> str:
    locale = _locale(language)
    sign = "%" if locale.language == "en" else NBSP + "%"
    pattern = "#,##0" + ("." + "#" * digits if digits else "") + sign
    return str(numbers.format_percent(value, format=pattern, locale=locale))


def show_date(value: date | datetime | None, form: str = "medium") -> str:
    """Write a day by the reader's locale; an instant becomes the day in their zone."""
    if value is None:
        return "–"
    day = _local(value).date() if isinstance(value, datetime) else value
    return _date(day, form, language())


@lru_cache(KEPT)
def _date(day: date, form: str, language: str) -> str:
    text = dates.format_date(day, format=form, locale=_locale(language))
    return str(text).replace(" ", NBSP)


def show_day(value: date | datetime | None) -> str:
    """Write a day with its weekday, short: Thu 19 Nov; with its year where that is another one."""
    if value is None:
        return "–"
    day = _local(value).date() if isinstance(value, datetime) else value
    return _day(day, clock.now().year, language())


@lru_cache(KEPT)
def _day(day: date, this_year: int, language: str) -> str:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    parts = "EdMMM" if day.year == this_year else "yMMMEd"
    return str(dates.format_skeleton(parts, noon, locale=_locale(language))).replace(" ", NBSP)


def show_month(value: date | str) -> str:
    """Write a month with its year: November 2026; a text names one as 2026-11 does."""
    first = date.fromisoformat(f"{value}-01") if isinstance(value, str) else value.replace(day=1)
    return _month(first, language())


@lru_cache(KEPT)
def _month(first: date, language: str) -> str:
    return str(dates.format_skeleton("yMMMM", first, locale=_locale(language)))


def show_time(value: datetime | None) -> str:
    """Write the time of day in the reader's zone, 24 hours."""
    if value is None:
        return "–"
    local = _local(value)
    return f"{local.hour:02}:{local.minute:02}"


def show_datetime(value: datetime | None) -> str:
    """Write day and time in the reader's zone: Thu 19 Nov, 16:00; as `show_day` does."""
    return "–" if value is None else f"{show_day(value)}, {show_time(value)}"


def show_duration(value: timedelta | None) -> str:
    """Write a length of time in at most two units: 2 d 3 h, 4 h, 20 min."""
    return "–" if value is None else _duration(_minutes(value), language())


def _minutes(value: timedelta) -> int:
    return int(abs(value).total_seconds() // 60)


@lru_cache(KEPT)
def _duration(minutes: int, language: str) -> str:
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    d, h, m = _("d"), _("h"), _("min")
    parts = [(days, d), (hours, h)] if days else [(hours, h), (rest, m)] if hours else [(rest, m)]
    return " ".join(f"{n}{NBSP}{unit}" for n, unit in parts if n) or f"0{NBSP}{m}"


def show_when(value: datetime | None, now: datetime) -> str:
    """Write how far away an instant is: "in 3 h", "2 d ago"."""
    return "–" if value is None else _when(_minutes(value - now), value >= now, language())


@lru_cache(KEPT)
def _when(minutes: int, coming: bool, language: str) -> str:
    length = _duration(minutes, language)
    return _("in %(length)s", length=length) if coming else _("%(length)s ago", length=length)


def zone_name(zone: str, now: datetime) -> str:
    """Write a zone with its offset at a moment, as the reader calls its city: Paris (UTC+1), in
    Italian Parigi.
    """
    offset = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours = offset.total_seconds() / 3600
    return f"{_city(zone, language())} (UTC{hours:+g})"


@lru_cache(KEPT)
def _city(zone: str, spoken: str) -> str:
    return dates.get_timezone_location(zone, locale=spoken, return_city=True)


FILTERS: dict[str, Any] = {
    "money": show_money,
    "number": show_number,
    "percent": show_percent,
    "date": show_date,
    "day": show_day,
    "month": show_month,
    "time": show_time,
    "datetime": show_datetime,
    "duration": show_duration,
    "when": show_when,
}
