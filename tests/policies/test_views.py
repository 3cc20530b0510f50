"""Policies are read by every role that works with them."""

import pytest

from portal.blueprints.policies import rules
from portal.blueprints.policies.models import PolicyKind
from tests.cast import PEOPLE


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_each_policy_can_be_read(browse, cast, kind):
    text = browse("carl").text(f"/policies/{kind.value}")
    assert "Version 1" in text
    assert text.count('class="story') >= 1


@pytest.mark.parametrize("name", PEOPLE)
def test_every_role_reads_the_list(browse, cast, name):
    text = browse(name).text("/policies/")
    assert text.count("/policies/") >= len(PolicyKind)


@pytest.mark.parametrize("name", ["carl", "clara", "mario"])
def test_a_policy_in_three_languages(browse, cast, name):
    assert browse(name).get("/policies/severity").status_code == 200


def test_one_version_by_its_number(browse, cast):
    assert browse("carl").get("/policies/severity/1").status_code == 200
    assert browse("carl").get("/policies/severity/2").status_code == 404
    assert browse("carl").get("/policies/nonsense").status_code == 404


def test_every_shipped_document_is_described():
    for kind in PolicyKind:
        assert rules.described(rules.load_default(kind)), kind
