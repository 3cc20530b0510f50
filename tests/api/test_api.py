"""The description of the API is true, and whole."""

import re
from datetime import timedelta

import pytest

from portal.blueprints.auth import actions as auth
from portal.blueprints.auth import queries
from portal.core.access import Permission


@pytest.fixture
def document(browse, cast):
    return browse().get("/api/v1/openapi.json").get_json()


def refs(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def test_it_has_what_openapi_3_1_asks_for(document):
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert {"title", "version"} <= set(document["info"])
    ids = []
    for path, operations in document["paths"].items():
        assert path.startswith("/")
        for method, operation in operations.items():
            assert method in {"get", "post", "put", "patch", "delete"}
            ids.append(operation["operationId"])
            assert operation["responses"], path
            for answer in operation["responses"].values():
                assert answer["description"]
            named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
    assert len(ids) == len(set(ids)), "operation ids are unique"


def test_every_reference_leads_somewhere(document):
    for ref in refs(document):
        found = document
        for part in ref.removeprefix("#/").split("/"):
            found = found[part]


def test_every_route_of_the_api_is_described(app, document):
    served = {
        re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
    }
    assert served == set(document["paths"])


def test_everything_but_the_description_needs_a_token(document, browse):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation.get("security") == []:
                assert path in {"/api/v1/", "/api/v1/openapi.json"}
                continue
            answer = browse("lena")._open(method.upper(), re.sub(r"{\w+}", "1", path))
            assert answer.status_code in {400, 401}, "a browser's session opens nothing here"
            if answer.status_code == 401:
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                assert answer.content_type == "application/problem+json"


def test_the_index_names_the_rooms(browse, cast):
    found = browse().get("/api/v1/").get_json()
    assert "accounts" in found["rooms"]
    assert found["openapi"].endswith("/api/v1/openapi.json")


def token_of(db, cast, name, *scopes, now):
    _row, raw = auth.make_token(
        cast.user(name), name="t", scopes=scopes, days=30, by=getattr(cast, name), now=now
    )
    db.session.commit()
    return {"Authorization": f"Bearer {raw}"}


def test_a_token_opens_what_its_scopes_say(browse, cast, db, now):
    headers = token_of(db, cast, "carl", Permission.ACCOUNTS_READ, now=now)
    assert browse().get("/api/v1/accounts/", headers=headers).status_code == 200
    answer = browse()._open("POST", "/api/v1/accounts/", headers=headers, json={"name": "x"})
    assert answer.status_code == 403


def test_a_revoked_or_late_token_opens_nothing(browse, cast, db, now):
    headers = token_of(db, cast, "carl", Permission.ACCOUNTS_READ, now=now)
    later = browse()
    later.moment = lambda: now + timedelta(days=31)
    assert later.get("/api/v1/accounts/", headers=headers).status_code == 401
    auth.revoke_token(queries.tokens(cast.ids["carl"])[0], by=cast.carl, now=now)
    db.session.commit()
    assert browse().get("/api/v1/accounts/", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        "{",
        "",
        '{"name": NaN}',
        '"\\ud800"',
        '{"name": "a\\u0000b"}',
    ],
    ids=["brackets", "braces", "half", "empty", "nan", "surrogate", "nul"],
)
def test_hostile_json_is_no_error_of_ours(browse, cast, db, now, body):
    headers = token_of(db, cast, "carl", *Permission, now=now)
    answer = browse()._open(
        "POST", "/api/v1/accounts/", headers=headers, data=body, content_type="application/json"
    )
    assert 400 <= answer.status_code < 500
    assert answer.content_type == "application/problem+json"
