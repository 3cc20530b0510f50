"""The form of a policy says what the document says, whatever the kind, and keeps what is wrong."""

import pytest

from portal.blueprints.policies import rules
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.policies.rules.typed import exact
from tests.policies.typing_in import as_sent


def form_of(kind):
    body = rules.dump(rules.load_default(kind))
    return rules.tree(rules.SHAPES[kind], body), body


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_a_form_sent_back_untouched_changes_nothing(kind):
    root, body = form_of(kind)
    read = rules.read_typed(root, as_sent(root))
    _document, problems = rules.read_draft(rules.SHAPES[kind], read)
    assert problems == []
    assert rules.with_value(body, "", read) == body


@pytest.mark.parametrize(
    ("typed", "spelt"),
    [
        ("25000", "25000"),
        ("25,000.50", "25000.50"),
        ("25.000,50", "25000.50"),
        ("25\u202f000,5", "25000.5"),
        ("1'500.25", "1500.25"),
        ("1,234,567", "1234567"),
        ("0,025", "0.025"),
        ("12,5", "12.5"),
        ("25,000", "25,000"),
        ("-25,000", "-25,000"),
        ("1,2,3", "1,2,3"),
        ("many", "many"),
    ],
)
def test_a_number_is_read_as_it_was_meant_or_asked_about(typed, spelt):
    assert exact(typed) == spelt
