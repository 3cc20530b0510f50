"""Every route, tried by every role: nothing breaks, and nothing opens that the access table keeps
shut.
"""

import pytest

from portal.core.access import Actor, ActorKind, Permission, Role, person
from tests.cast import PEOPLE
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

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
    values = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        values[name] = 1 if kind == "IntegerConverter" else REFERENCES.get(room, "x")
        if kind == "AnyConverter":
            values[name] = min(converter.items)
    return str(rule.build(values, append_unknown=False)[1])


def routes(app, *, api):
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static" or rule.rule.startswith("/api/") is not api:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
            if rule.endpoint not in {"security.logout"}:
                yield rule, method


# What a role may open is decided before a database is asked: there, four see every statement run.
ON_BOTH = ("adam", "carl", "lena", None)
WALKS = [("sqlite", name) for name in ONE_EACH] + [("postgresql", name) for name in ON_BOTH]


@pytest.mark.parametrize(("database", "name"), WALKS, indirect=["database"], ids=str)
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


@ON_SQLITE_ALONE
def test_a_token_that_may_only_read_writes_nothing(app, browse, cast, db, now):
    reading = [one for one in Permission if one.value.endswith(":read")]
    send = caller(browse, cast, db, now, at="", scopes=reading)("lena")
    tried = [(rule, method) for rule, method in routes(app, api=True) if method != "GET"]
    assert len(tried) > 50
    answers = {(method, rule.rule): send(method, address(rule), {}) for rule, method in tried}
    assert {key: one.status_code for key, one in answers.items() if one.status_code != 403} == {}


def test_a_token_writes_with_any_scope_of_the_room_that_is_more_than_reading():
    def token(*scopes):
        return Actor(kind=ActorKind.TOKEN, permissions=frozenset(scopes))

    read, declare = Permission.ESCALATIONS_READ, Permission.ESCALATIONS_DECLARE
    assert token(read, declare).may_write(read)
    assert not token(read, Permission.CONCESSIONS_APPROVE, Permission.POLICIES_DRAFTS).may_write(
        read
    )
    assert person(id=1, name="Aldo", roles=[Role.AUDITOR]).may_write(read)


def test_the_roles_of_the_cast_are_all_roles():
    assert {role for _full, roles, _grade, _lang in PEOPLE.values() for role in roles} == set(Role)
