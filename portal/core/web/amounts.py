"""Fields of forms that read numbers as people write them."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from flask_babel import get_locale
from wtforms import DecimalField

from portal.core.i18n import _

LONGEST = 30
"""So many characters are a number that somebody meant."""


def _read(typed: str) -> Decimal:
    if len(typed) > LONGEST or "e" in typed.lower():
        raise NumberFormatError(typed[:LONGEST])
    return parse_decimal(typed, locale=get_locale() or "en", strict=True)


class AmountField(DecimalField):
    """An exact number as the reader's language writes it: 1,500.50 or 1.500,50 or 1 500,50."""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read what was typed; a misplaced separator is asked about, never guessed."""
        if not valuelist:
            return
        typed = "".join(str(valuelist[0]).split())
        if not typed:
            self.data = None
            return
        try:
            self.data = _read(typed)
        except (NumberFormatError, InvalidOperation):
            self.data = None
            raise ValueError(
                _(
                    "Write the number like this: %(example)s.",
                    example=format_decimal(Decimal("1500.5"), locale=get_locale() or "en"),
                )
            ) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        if self.data is None:
            return ""
        return str(
            format_decimal(
                self.data,
                locale=get_locale() or "en",
                group_separator=False,
                decimal_quantization=False,
            )
        )
