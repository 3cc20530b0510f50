"""What the description of the API promises is held against what the API does: by Schemathesis,
with all its checks and a fixed seed, with a token and without.
"""

import contextvars
import os
import re
import warnings

import pytest
import schemathesis
from hypothesis.errors import HypothesisWarning
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from portal.blueprints.auth import actions as auth
from portal.blueprints.auth.models import Team
from portal.blueprints.policies import actions as policies
from portal.blueprints.policies.models import PolicyKind
from portal.core import clock
from portal.core.access import Permission
from tests.concessions import making as concessions
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.test_actions import declared

# Thousands of requests, each through the whole application.
pytestmark = [pytest.mark.slow, ON_SQLITE_ALONE]

SEED = 20260617
SOCKETS = {"max_redirects", "verify", "cert", "proxies"}
PHASES = ("coverage", "fuzzing", "stateful", "examples")
# How many bodies are drawn beside what is tried of every field in turn; that is a dozen times as
# many. `EXAMPLES=50 make test T=tests/api/test_schema.py` searches for longer.
EXAMPLES = int(os.environ.get("EXAMPLES", "1"))
OPEN = {"GET /api/v1/"}
CASES = r"^/api/v1/escalations/"
# Each part in a test of its own: together they take longer than one test may on a busy machine.
PARTS = {
    "accounts": r"^/api/v1/accounts/",
    "rooms": r"^/api/v1/(?!escalations/|accounts/)",
    "beside cases": CASES + r"(views|bulk|calendars|policies)",
    "cases a-c": CASES + r"($|\{reference\}($|/[a-c]))",
    "cases d-p": CASES + r"\{reference\}/[d-p]",
    "cases q-z": CASES + r"\{reference\}/[q-z]",
}


@pytest.fixture
def served(app, now, monkeypatch):
    """The application at the time of the tests, each request with a context of its own."""
    send = WSGITransport.send

    def without_sockets(self, case, *, session=None, **more):
        # One of the checks passes on what concerns a socket; inside one process there is none.
        kept = {name: value for name, value in more.items() if name not in SOCKETS}
        return send(self, case, session=session, **kept)

    monkeypatch.setattr(WSGITransport, "send", without_sockets)

    def answer(environ, start_response):
        with clock.moved(now):
            return list(app.wsgi_app(environ, start_response))

    return lambda environ, start: contextvars.Context().run(answer, environ, start)


def settings(*, known, **headers):
    """Give the settings: all checks, the same requests today and tomorrow; `known` are values
    for places of an address, so that there is something behind them.
    """
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "headers": headers,
            "continue-on-failure": True,
            # What is sent must not change with the words of our code.
            "analysis": {"constants": {"enabled": False}},
            "generation": {"deterministic": True, "database": "none", "max-examples": EXAMPLES},
            "phases": {name: {"enabled": name != "examples"} for name in PHASES},
            "dictionaries": {name: {"values": values} for name, values in known.items()},
            "parameters": {
                f"path.{name}": {"dictionary": name, "probability": 0.7} for name in known
            },
        }
    )


def opened(served, config):
    """Give the description as the portal serves it."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", served, config=config)


def findings(served, config, *, part=""):
    """Give how many requests were sent, and what was wrong: what, and how to see it again."""
    schema, sent, wrong = opened(served, config).include(path_regex=part), 0, []
    with warnings.catch_warnings():
        # It draws large bodies on purpose.
        warnings.simplefilter("ignore", HypothesisWarning)
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                sent += len(event.recorder.interactions)
                wrong += failures(event.recorder)
            elif isinstance(event, events.NonFatalError | events.FatalError):
                wrong.append(repr(event))
    return sent, wrong


def failures(recorder):
    """Give the failed checks of a scenario."""
    found = (check.failure_info for checks in recorder.checks.values() for check in checks)
    return [
        f"{one.failure.operation}: {one.failure.title}\n{one.failure.message}\n{one.code_sample}"
        for one in found
        if one is not None
    ]


@pytest.fixture
def known(cast, db, now):
    """A case, accounts, a compensation and a draft to write to."""
    case = declared(cast, now)
    team = Team(name="Owls", lead_id=cast.ids["erik"])
    db.session.add(team)
    db.session.flush()
    gift = concessions.draft(cast.acme, 300, by=cast.carl, now=now)
    draft = policies.start(PolicyKind.ROUTING, by=cast.erik, now=now)
    return {
        "reference": [case.reference, cast.acme.reference, gift.reference],
        "account": [cast.borealis.reference],
        "kind": ["routing", "severity"],
        "draft_id": [draft.id],
        "team_id": [team.id],
        "number": [1],
    }


def test_each_end_point_is_in_one_part(browse, cast):
    for path in browse().get("/api/v1/openapi.json").json["paths"]:
        assert sum(1 for part in PARTS.values() if re.search(part, path)) == 1, path


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_found_with_a_token(served, known, cast, db, now, part):
    scopes = [one for one in Permission if cast.erik.may(one)]
    _row, raw = auth.make_token(
        cast.user("erik"), name="t", scopes=scopes, days=30, by=cast.erik, now=now
    )
    db.session.commit()
    db.session.remove()
    config = settings(known=known, Authorization=f"Bearer {raw}")
    sent, wrong = findings(served, config, part=PARTS[part])
    assert not wrong, "\n\n".join(wrong)
    assert sent > 400


def test_nothing_is_found_without_one(served, known, db):
    """Each end point, with something behind its address: the answer is one that is promised."""
    db.session.commit()
    db.session.remove()
    schema = opened(served, settings(known=known))
    asked = [found.ok() for found in schema.get_all_operations()]
    for one in asked:
        places = {place.name: known.get(place.name, [1])[0] for place in one.path_parameters}
        body = {"body": {}, "media_type": "application/json"} if list(one.body) else {}
        answer = one.Case(path_parameters=places, **body).call_and_validate()
        assert answer.status_code in {200, 401}, one.label
        assert (answer.status_code == 200) is (one.label in OPEN), one.label
    assert len(asked) > 250
