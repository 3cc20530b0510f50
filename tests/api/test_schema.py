"""Everything the description of the API promises is held against what the API does: by
Schemathesis, with a fixed seed, with a token and without.
"""

import contextvars
import warnings

import pytest
import schemathesis
from hypothesis.errors import HypothesisWarning
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.transport.wsgi import WSGITransport

from portal.blueprints.auth import actions as auth
from portal.core import clock
from portal.core.access import Permission
from tests.escalations.test_actions import declared

SEED = 20260617
SOCKETS = {"max_redirects", "verify", "cert", "proxies"}


@pytest.fixture
def served(app, now, monkeypatch):
    """The application at the time of the tests, each request with a context of its own."""
    send = WSGITransport.send

    def without_sockets(self, case, *, session=None, **more):
        # One of its checks passes on what concerns a socket; inside one process there is none.
        kept = {name: value for name, value in more.items() if name not in SOCKETS}
        return send(self, case, session=session, **kept)

    monkeypatch.setattr(WSGITransport, "send", without_sockets)

    def answer(environ, start_response):
        with clock.moved(now):
            return list(app.wsgi_app(environ, start_response))

    return lambda environ, start: contextvars.Context().run(answer, environ, start)


def settings(most, known=(), **headers):
    """Give the settings: all checks, all phases, the same today and tomorrow."""
    given = {
        "seed": SEED,
        "headers": headers,
        "continue-on-failure": True,
        "generation": {"deterministic": True, "database": "none", "max-examples": most},
    }
    if known:
        given["dictionaries"] = {"known": {"values": list(known)}}
        given["parameters"] = {"path.reference": {"dictionary": "known", "probability": 0.7}}
    return SchemathesisConfig.from_dict(given)


def findings(served, config):
    """Run everything there is; give how many requests were sent, and what was wrong."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", served, config=config)
    sent, wrong = 0, {}
    with warnings.catch_warnings():
        # It draws large bodies on purpose.
        warnings.simplefilter("ignore", HypothesisWarning)
        for event in from_schema(schema).execute():
            if isinstance(event, events.PhaseFinished):
                print("PHASE", event.phase.name, event.status, event.timestamp, sent)
            if isinstance(event, events.ScenarioFinished):
                sent += len(event.recorder.interactions)
                for checks in event.recorder.checks.values():
                    for one in checks:
                        if one.failure_info:
                            told = one.failure_info.failure
                            key = (told.operation, told.title, told.message[:300])
                            wrong.setdefault(key, one.failure_info.code_sample[:500])
            elif isinstance(event, events.NonFatalError | events.FatalError):
                wrong[str(event.info if hasattr(event, "info") else event.exception)] = str(
                    getattr(event, "value", event)
                )
    return sent, wrong


def test_nothing_is_found_with_a_token(served, cast, db, now):
    case = declared(cast, now)
    scopes = [one for one in Permission if cast.erik.may(one)]
    _row, raw = auth.make_token(
        cast.user("erik"), name="t", scopes=scopes, days=30, by=cast.erik, now=now
    )
    known = [case.reference, cast.acme.reference]
    db.session.commit()
    db.session.remove()
    config = settings(20, known, Authorization=f"Bearer {raw}")
    sent, wrong = findings(served, config)
    print(sent)
    for k, v in wrong.items():
        print("----", k); print(v)
    assert not wrong
    assert sent > 500


def test_nothing_is_found_without_one(served, cast, db):
    db.session.remove()
    sent, wrong = findings(served, settings(5))
    for k, v in wrong.items():
        print("----", k); print(v)
    assert not wrong
    assert sent > 100
