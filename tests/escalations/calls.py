"""Calls of programs to the doors of cases: one way to make them for all tests."""

import json

from portal.blueprints.auth import actions as auth_actions
from portal.core.access import Permission

P = Permission
ALL = (
    P.ESCALATIONS_READ,
    P.ESCALATIONS_DECLARE,
    P.ESCALATIONS_WORK,
    P.ESCALATIONS_CLOSE,
    P.ESCALATIONS_MANAGE,
)


def caller(browse, cast, db, now, *, at="/api/v1/escalations/", scopes=ALL):
    """Give the maker of callers: `make("erik")` gives one who sends (method, address, body)."""

    def make(name, *only):
        actor = getattr(cast, name)
        _row, raw = auth_actions.make_token(
            cast.user(name),
            name="test",
            scopes=[one for one in only or scopes if actor.may(one)],
            days=30,
            by=actor,
            now=now,
        )
        db.session.commit()
        browser = browse()

        def send(method, url, body=None, **headers):
            given = {"Authorization": f"Bearer {raw}", **headers}
            more = {"data": body, "content_type": "application/octet-stream"}
            if not isinstance(body, bytes):
                more = {"data": json.dumps(body), "content_type": "application/json"}
            return browser._open(method, at + url, headers=given, **({} if body is None else more))

        return send

    return make
