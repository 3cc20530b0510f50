"""Every route, tried by every role: nothing breaks, and nothing opens that the access table keeps
shut.
"""

import pytest

from portal.core.access import Role
from tests.cast import PEOPLE

REFERENCES = {
    "accounts": "ACC-00001",
    "escalations": "ESC-2026-0001",
    "concessions": "CON-2026-0001",
    "sponsorship": "SPO-2026-0001",
    "postmortems": "PM-2026-0001",
    "briefings": "BRF-2026-0001",
    "policies": "severity",
}
ONE_EACH = ("carl", "mario", "sam", "erik", "fina", "lisa", "ava", "lena", "petra", "kim", "prisca",
            "aldo", "adam", "otto", None)  # fmt: skip


def address(rule):
    """Give an address of a route, its places filled with what may be there."""
    room = rule.endpoint.partition(".")[0].removesuffix("_api")
    values = {
        name: 1 if type(converter).__name__ == "IntegerConverter" else REFERENCES.get(room, "x")
        for name, converter in rule._converters.items()
    }
    return str(rule.build(values, append_unknown=False)[1])


def routes(app, *, api):
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.rule.startswith("/api/") is not api:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            if rule.endpoint not in {"security.logout"}:
                yield rule, method


@pytest.mark.parametrize("name", ONE_EACH, ids=str)
def test_every_page_for_every_role(app, browse, cast, name):
    """Over a second: it opens some hundred pages."""
    somebody = browse(name)
    actor = getattr(cast, name) if name else None
    wrong = []
    for rule, method in routes(app, api=False):
        url = address(rule)
        answer = somebody._open(method, url, data={} if method != "GET" else None)
        needed = getattr(app.view_functions[rule.endpoint], "permission", None)
        allowed = needed is None or (actor is not None and actor.may(needed))
        status = answer.status_code
        if status >= 500:
            wrong.append((method, url, status, "breaks"))
        elif not allowed and actor is None and status not in {302, 401, 404}:
            wrong.append((method, url, status, "opens without sign-in"))
        elif not allowed and actor is not None and status not in {403, 404}:
            wrong.append((method, url, status, "opens without the permission"))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("name", ["carl", None], ids=str)
def test_a_browsers_session_opens_nothing_of_the_api(app, browse, cast, name):
    somebody = browse(name)
    wrong = []
    for rule, method in routes(app, api=True):
        needed = getattr(app.view_functions[rule.endpoint], "permission", None)
        answer = somebody._open(method, address(rule))
        if answer.status_code >= 500 or (needed and answer.status_code not in {400, 401, 404}):
            wrong.append((method, rule.rule, answer.status_code))
    assert not wrong


def test_the_roles_of_the_cast_are_all_roles():
    assert {role for _full, roles, _grade, _lang in PEOPLE.values() for role in roles} == set(Role)
