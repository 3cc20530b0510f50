"""The form of a policy says what the document says, whatever the kind, and keeps what is wrong."""

import pytest

from portal.blueprints.policies import rules
from portal.blueprints.policies.models import PolicyKind
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
