"""A reader's language on paper: translated words, dates, amounts and people's text, without a web
request.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from markupsafe import Markup, escape

from portal.core.italian import elided
from portal.core.money import Money, exponent
from portal.reports.facts import Deadline

NBSP = "\u00a0"
THIN = "\u202f"
ARROW = "→\u00a0"
"""Begins the pointer to where the whole of a text stands."""
LOCALES = {"en": "en_GB", "fr": "fr_FR", "it": "it_IT"}
QUOTES = {
    "fr": (f"«{THIN}", f"{THIN}»"),
    "it": ("«", "»"),
    "es": ("«", "»"),
    "de": ("„", "“"),
    "ja": ("「", "」"),
    "zh": ("「", "」"),
}
# Control characters print as boxes, lone surrogates cannot be encoded, and the bidirectional
# overrides let a text show in an order in which nobody wrote it.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufff0-\uffff]"
)


# "27 Nov", "18 h" and « stay with what they belong to in people's text, as they do in ours.
TIED = re.compile(
    r"(?<=\d) (?=Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|janv|févr|mars|avr|mai|juin|juil"
    r"|août|déc|gen|mag|giu|lug|ago|set|ott|dic|[€%]|h\b|heures\b)"
    r"|(?<=\d h) (?=\d)|(?<=\bore) (?=\d)|(?<=[«‹]) | (?=[»›:;?!])",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """Give people's text on one line, without characters that cannot be printed honestly."""
    return TIED.sub(NBSP, " ".join(UNPRINTABLE.sub(" ", text).split()))


def clip(text: str, limit: int) -> str:
    """Give the text in at most `limit` characters, cut at a word where there is one, with an
    ellipsis.
    """
    whole = clean(text)
    if len(whole) <= limit:
        return whole
    head = whole[: limit - 1]
    at_word = head.rsplit(" ", 1)[0]
    return (at_word if len(at_word) > limit * 2 // 3 else head).rstrip(" ,.;:") + "…"


def lines(text: str, limit: int, *, most: int = 4) -> list[str]:
    """Give a quotation in the lines it was written in: at most `most` of them and `limit`
    characters.
    """
    written = [line for line in (clean(raw) for raw in text.splitlines()[:1000]) if line]
    if len(written) > most or sum(map(len, written)) > limit:
        written = [clip(text, limit)]
    return written


def _catalogue(language: str) -> NullTranslations:
    folder = str(files("portal") / "translations")
    return Translations.load(folder, [language], domain="messages")


class Italian(str):
    """A text whose articles are shortened before the days and shares put in."""

    __slots__ = ()

    def __mod__(self, parts: Any) -> str:
        return str(elided(str(self), parts, "it") % parts)


@dataclass(frozen=True)
class Words:
    """One reader's language and zone, and the instant of issue."""

    language: str
    zone: ZoneInfo
    issued_at: datetime
    catalogue: NullTranslations

    @classmethod
    def of(cls, language: str, *, zone: str, issued_at: datetime) -> "Words":
        """Give the words of `language` (en, fr, it) for an issue made at `issued_at`, read in
        `zone`.
        """
        return cls(language, ZoneInfo(zone), issued_at, load(language))

    @property
    def today(self) -> date:
        """The day of issue in the reader's zone: it decides what "today" and "late" mean."""
        return self.issued_at.astimezone(self.zone).date()

    @property
    def locale(self) -> Locale:
        """The Babel locale."""
        return _locale(self.language)

    def gettext(self, text: str) -> str:
        """Translate a text."""
        return self._said(str(self.catalogue.gettext(text)))

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Translate a text that counts."""
        return str(self.catalogue.ngettext(one, many, n))

    def pgettext(self, context: str, text: str) -> str:
        """Translate a text that means something else in another context."""
        return self._said(str(self.catalogue.pgettext(context, text)))

    def _said(self, text: str) -> str:
        return Italian(text) if self.language == "it" else text

    def fill(self, text: str, **parts: object) -> Markup:
        """Put the parts into a translated text; parts that are not Markup are escaped."""
        return escape(elided(text, parts, self.language)) % parts

    def money(self, money: Money, *, cents: bool | None = None) -> str:
        """Write an amount in full; with cents where it has any, or as `cents` says for a whole
        column.
        """
        if cents is None:
            cents = has_cents(money)
        places = exponent(money.currency.code) if cents else 0
        pattern = re.sub(
            r"\.0+",
            "." + "0" * places if places else "",
            self.locale.currency_formats["standard"].pattern,
        )
        return format_currency(
            money.amount,
            money.currency.code,
            format=pattern,
            locale=self.locale,
            currency_digits=False,
        ).replace(" ", NBSP)

    def number(self, number: Decimal | int) -> str:
        """Write a number in full."""
        return str(format_decimal(number, locale=self.locale))

    def percent(self, fraction: Decimal) -> str:
        """Write a fraction as a percentage with at most one decimal: 0.125 is 12.5 %."""
        digits = (
            self.locale.percent_formats[None]
            .pattern.replace("0%", "0.#%")
            .replace("0\u00a0%", "0.#\u00a0%")
        )
        return str(format_percent(fraction, format=digits, locale=self.locale))

    def local(self, when: Deadline) -> Deadline:
        """Give an instant in the reader's zone; a day stays a day."""
        return when.astimezone(self.zone) if isinstance(when, datetime) else when

    def day(self, when: Deadline, *, weekday: bool = False, long: bool = False) -> str:
        """Write a day: 27 Nov, Fri 27 Nov, Friday 27 November; with its year if that is not the
        issue's.
        """
        local = self.local(when)
        other_year = local.year != self.today.year
        parts = [self._number(local), self._part(local, "MMMM" if long else "MMM")]
        if weekday and not (other_year and not long):
            parts.insert(0, self._part(local, "EEEE" if long else "EEE"))
        if other_year:
            parts.append(str(local.year))
        return NBSP.join(parts)

    def full_day(self, when: Deadline) -> str:
        """Write a day with weekday and year: Monday 23 November 2026."""
        local = self.local(when)
        words = (
            self._part(local, "EEEE"),
            self._number(local),
            self._part(local, "MMMM"),
            str(local.year),
        )
        return NBSP.join(words[:3]) + " " + words[3]

    def since(self, when: date) -> str:
        """Write a day with its year: 1 March 2022."""
        return NBSP.join((self._number(when), self._part(when, "MMMM"), str(when.year)))

    def month(self, when: date) -> str:
        """Write a short name of a month, alone."""
        return self._part(when, "LLL").rstrip(".")

    def long_month(self, when: date) -> str:
        """Write a month with its year: November 2026."""
        return self._part(when, "LLLL") + NBSP + str(when.year)

    def time(self, when: datetime) -> str:
        """Write a time of day as the language does: 18:00, 18 h, ore 18."""
        local = when.astimezone(self.zone)
        match self.language:
            case "fr":
                return f"{local.hour}{NBSP}h" + (f"{NBSP}{local.minute:02}" if local.minute else "")
            case "it":
                return f"ore{NBSP}{local.hour}" + (f".{local.minute:02}" if local.minute else "")
            case _:
                return f"{local.hour:02}:{local.minute:02}"

    def moment(self, when: Deadline, *, long: bool = False) -> str:
        """Write a deadline: Fri 27 Nov, 18:00; Friday 27 November, 18:00 if `long`."""
        text = self.day(when, weekday=True, long=long)
        return f"{text}, {self.time(when)}" if isinstance(when, datetime) else text

    def near(self, when: Deadline) -> str:
        """Write a moment as seen from the day of issue: Today 16:00, Tomorrow 9:00, Fri 27 Nov,
        18:00.
        """
        local = self.local(when)
        day = local.date() if isinstance(local, datetime) else local
        names = {
            self.today: self.pgettext("paper", "Today"),
            self.today + timedelta(days=1): self.pgettext("paper", "Tomorrow"),
        }
        if day not in names:
            return self.moment(when)
        return f"{names[day]} {self.time(when)}" if isinstance(when, datetime) else names[day]

    def past(self, when: Deadline) -> bool:
        """Say whether a day lies before the day of issue."""
        local = self.local(when)
        return (local.date() if isinstance(local, datetime) else local) < self.today

    def zone_name(self, when: datetime) -> str:
        """Give the short name of the reader's zone at an instant: CET, CEST, +03."""
        return when.astimezone(self.zone).tzname() or self.zone.key

    def said(self, text: str, *, language: str) -> str:
        """Put a text into the quotation marks of its language, unless it brought its own."""
        if text[:1] in "«“„\"'‘「":
            return text
        before, after = QUOTES.get(language[:2].lower(), ("“", "”"))
        return f"{before}{text}{after}"

    def joined(self, parts: Sequence[str | None]) -> str:
        """Join what is known with commas."""
        return ", ".join(part for part in parts if part)

    def listed(self, parts: Sequence[str]) -> str:
        """Join with semicolons, spaced as the language does."""
        return f"{THIN}; ".join(parts) if self.language == "fr" else "; ".join(parts)

    def headed(self, name: str) -> str:
        """Put a colon behind a name, spaced as the language does."""
        return f"{name}{NBSP}:" if self.language == "fr" else f"{name}:"

    @staticmethod
    def ended(text: str) -> str:
        """End a sentence with a full stop, unless it ends already or points elsewhere."""
        closed = text.endswith((".", "…", "!", "?")) or ARROW in text[-32:]
        return text if closed else f"{text}."

    def _number(self, when: date) -> str:
        first = {"fr": "1er", "it": "1º"}
        return first.get(self.language, "1") if when.day == 1 else str(when.day)

    def _part(self, when: date, pattern: str) -> str:
        return str(format_date(when, pattern, locale=self.locale))


def has_cents(money: Money) -> bool:
    """Say whether an amount is not a whole number of its currency."""
    return bool(money.amount != money.amount.to_integral_value())


@functools.cache
def load(language: str) -> NullTranslations:
    """Give the compiled catalogue of a language; English is the language of the source."""
    return NullTranslations() if language == "en" else _catalogue(language)


@functools.cache
def _locale(language: str) -> Locale:
    return Locale.parse(LOCALES[language])
