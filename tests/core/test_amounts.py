"""Numbers as people type them."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from portal.core.i18n import speaking
from portal.core.web import AmountField
from tests.conftest import ON_SQLITE_ALONE


class Asked(Form):
    amount = AmountField("Amount")


@ON_SQLITE_ALONE
@pytest.mark.parametrize(
    ("language", "typed", "read"),
    [
        ("en", "1,500.50", Decimal("1500.50")),
        ("fr", "1 500,50", Decimal("1500.50")),
        ("it", "1.500,50", Decimal("1500.50")),
        ("en", "-3", Decimal(-3)),
        ("en", "", None),
        ("en", "much", None),
        ("en", "1e400", None),
        ("en", "9" * 5_000, None),
        ("fr", "1,500.50", None),
    ],
)
def test_an_amount_is_read_or_asked_about(app, language, typed, read):
    with app.test_request_context(), speaking(language):
        form = Asked(MultiDict({"amount": typed}))
        form.validate()
        assert form.amount.data == read
        told = " ".join(form.amount.errors)
        assert bool(told) is (read is None and typed != "")
        assert len(told) < 100
