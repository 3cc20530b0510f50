"""Numbers as people type them."""

from decimal import Decimal

import pytest
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SelectField, StringField
from wtforms.validators import Length

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


class Dated(FlaskForm):
    day = DateField("Day")
    what = SelectField("What", choices=["a"])
    name = StringField("Name", validators=[Length(max=3)])


@ON_SQLITE_ALONE
@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", "n’existe pas"), ("it", "non esiste"), ("en", "not a day of the calendar")],
)
def test_a_wrong_day_is_told_in_our_words(app, language, said):
    given = {"day": "2026-02-31", "what": "b", "name": "abcd"}
    with app.test_request_context(method="POST", data=given), speaking(language):
        app.preprocess_request()
        form = Dated(meta={"csrf": False})
        assert not form.validate()
        assert [said in told for told in form.day.errors] == [True]
        told = [*form.day.errors, *form.what.errors, *form.name.errors]
        assert len(told) == 3
        assert not any("'" in one or "valid" in one for one in told), told
