"""What the forms' own checks say, in our words: of WTForms' sentences some are missing in Italian,
and the French ones write the apostrophe as a quotation mark.
"""

from functools import lru_cache

from babel.support import NullTranslations, Translations
from flask import request
from wtforms.i18n import messages_path

from portal.core.i18n import language, lazy_gettext

OURS = {
    "Not a valid datetime value.": lazy_gettext("This is not a day with a time of day."),
    "Not a valid date value.": lazy_gettext("This is not a day of the calendar."),
    "Not a valid time value.": lazy_gettext("This is not a time of day."),
    "Not a valid integer value.": lazy_gettext("Write a whole number."),
    "Not a valid decimal value.": lazy_gettext("Write a number."),
    "Not a valid choice.": lazy_gettext("This is none of the choices."),
}


class Sentences:
    """WTForms' sentences in the reader's language, as Flask-WTF asks for them."""

    def ugettext(self, text: str) -> str:
        """Give a sentence."""
        return str(OURS[text]) if text in OURS else _typeset(_theirs(language()).ugettext(text))

    def ungettext(self, one: str, more: str, count: int) -> str:
        """Give a sentence about so many things."""
        return _typeset(_theirs(language()).ungettext(one, more, count))


@lru_cache
def _theirs(reader: str) -> NullTranslations:
    return Translations.load(messages_path(), [reader], domain="wtforms")


def _typeset(text: str) -> str:
    return text if language() == "en" else text.replace("'", "’")


def put_in() -> None:
    """Let the forms of this request speak so: Flask-WTF looks here before it loads WTForms' own."""
    request.wtforms_translations = Sentences()  # type: ignore[attr-defined]
