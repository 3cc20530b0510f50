"""A review by program: the same actions, with the same refusals."""

from datetime import timedelta

import sqlalchemy as sa

from portal.blueprints.reviews.models import Line
from portal.core.access import Permission
from portal.core.events import Event
from tests.api.test_api import token_of
from tests.conftest import ON_SQLITE_ALONE
from tests.postmortems.cases import case_of

ROOM = "/api/v1/reviews/"


@ON_SQLITE_ALONE
def test_programs_run_a_review_like_people(db, cast, now, browse):
    case, hidden = case_of(cast, now), case_of(cast, now, restricted=True)
    db.session.commit()
    scopes = [one for one in Permission if one.room in ("reviews", "postmortems")]
    erik, lena, ava = (
        token_of(db, cast, name, *(s for s in scopes if getattr(cast, name).may(s)), now=now)
        for name in ("erik", "lena", "ava")
    )

    def get(who, path=""):
        return browse().get(f"{ROOM}{path}", headers=who)

    def put(who, path, body=None, status=200):
        answer = browse().post(f"{ROOM}{path}", json=body, headers=who)
        assert answer.status_code == status, (path, answer.get_data(as_text=True))
        return answer.json

    made = put(erik, "", {"quarter": "2026-q2"}, 201)
    assert (made["reference"], made["state"]) == ("QR-2026-Q2", "preparing")
    put(erik, "", {"quarter": "2026-Q7"}, 409)
    put(ava, "", {"quarter": "2026-Q1"}, 403)
    one = "QR-2026-Q2"
    wish = {"title": "Fund it", "recommendation": "Yes", "reason": "It recurred", "minutes": 20}
    found = put(erik, f"{one}/decisions", wish)
    number = found["decisions"][0]["id"]
    put(erik, f"{one}/decisions", {**wish, "minutes": 0}, 422)
    put(erik, f"{one}/call", {"meets_at": (now + timedelta(hours=3)).isoformat()}, 409)
    put(erik, f"{one}/call", {"meets_at": (now + timedelta(hours=25)).isoformat()})
    put(lena, f"{one}/begin")
    put(lena, f"{one}/at", {"item": "nothing"}, 409)
    assert put(lena, f"{one}/at", {"item": str(number)})["at_item"] == str(number)
    line = {"kind": "action", "text": "Tell them", "decision": number, "due_on": "2026-07-01"}
    put(ava, f"{one}/minutes", line, 409)
    put(ava, f"{one}/minutes", {**line, "owner": "nobody@halden.example"}, 409)
    agreed = put(ava, f"{one}/minutes", {**line, "owner": "carl@halden.example"})["minutes"][0]
    assert (agreed["decision"], agreed["due_on"]) == (number, "2026-07-01")
    put(ava, f"{one}/minutes", {**line, "decision": 99_999, "kind": "note"}, 404)
    put(lena, f"{one}/decisions/{number}", {"verdict": "taken", "decided": "Yes"})
    done = put(erik, f"{one}/minutes/{agreed['id']}/done")["minutes"][0]
    assert done["done_at"] is not None
    put(lena, f"{one}/sign", status=409)  # the quarter is not over
    told = get(lena, one).json
    assert [box["item"] for box in told["agenda"]] == ["carried", str(number), "ahead"]
    assert case.reference in told["cases"]
    assert hidden.reference not in str(told)
    assert told["left_out"] == 1
    assert {"cases_opened", "closed_in_time"} <= {figure["measure"] for figure in told["figures"]}
    assert [item["reference"] for item in get(lena).json["items"]] == [one]
    causes = get(lena, "causes?axis=problem&last=2026-Q2").json
    assert [group["cases"] for group in causes["groups"]] == [[case.reference]]
    assert (causes["last"], causes["cases"], causes["without_factor"]) == ("2026-Q2", 1, 1)
    assert get(lena, "causes?axis=moon").status_code == 422
    carl = token_of(db, cast, "carl", Permission.POSTMORTEMS_READ, now=now)
    assert get(carl, one).status_code == 403
    assert db.session.scalar(sa.select(sa.func.count(Line.id))) == 1
    names = set(
        db.session.scalars(sa.select(Event.name).order_by(Event.seq).where(Event.record_ref == one))
    )
    assert {"reviews.opened", "reviews.item_begun", "reviews.action_done"} <= names
