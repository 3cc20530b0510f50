"""Nominations, sponsorships and sponsors for programs, with the rights that people have."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.blueprints.sponsorship import queries
from portal.core.access import Permission
from portal.core.db import db as database
from tests.cast import Cast
from tests.conftest import ON_SQLITE_ALONE
from tests.escalations.calls import caller

from . import making

SCOPES = tuple(one for one in Permission if one.startswith("sponsorship:"))


@ON_SQLITE_ALONE
def test_programs_nominate_decide_and_follow(
    browse: Callable[..., Any], cast: Cast, db: Any, now: datetime
) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now)
    database.session.commit()
    make = caller(browse, cast, db, now, at="/api/v1/sponsorship/", scopes=SCOPES)
    carl, petra, otto = make("carl"), make("petra"), make("otto")
    given = {"account": cast.acme.reference, "lane": "strategic", "outcome": "Three countries"}
    given["expertise"] = ["pricing", " Pricing ", "service"]
    assert otto("POST", "nominations", given).status_code == 404
    assert carl("POST", "nominations", given | {"lane": "fast"}).status_code == 422
    made = carl("POST", "nominations", given)
    reference = made.get_json()["reference"]
    assert made.headers["Location"].endswith(f"/nominations/{reference}")
    own = f"nominations/{reference}"
    assert carl("POST", "nominations", given).status_code == 409
    sent = carl("POST", f"{own}/send", {}).get_json()
    assert (sent["state"], sent["score"] is not None) == ("sent", True)
    assert sent["expertise"] == ["Pricing", "service"]
    assert {one["name"] for one in sent["criteria"]} >= {"sponsor", "outcome"}
    assert otto("GET", own).status_code == 404
    listed = carl("GET", "nominations?state=sent").get_json()
    assert [one["reference"] for one in listed["items"]] == [reference]
    verdict = {"verdict": "admit", "sponsor": sponsor.reference, "reason": "Yes."}
    assert carl("POST", f"{own}/decide", verdict).status_code == 403
    assert petra("POST", f"{own}/decide", verdict | {"sponsor": "SPR-1"}).status_code == 404
    begun = petra("POST", f"{own}/decide", verdict).get_json()["sponsorship"]
    assert carl("POST", f"{own}/withdraw", {"reason": "Late."}).status_code == 409
    read = carl("GET", f"sponsorships/{begun}").get_json()
    assert (read["sponsor"], read["late"], read["exit_criteria_met"]) == ("Ava Solheim", 0, [])
    point = f"sponsorships/{begun}/touchpoints/{read['touchpoints'][0]['id']}"
    held = {"state": "held", "note": "Good.", "minutes": 60}
    assert carl("POST", point, held).status_code == 409
    settled = petra("POST", point, held).get_json()
    assert [one["state"] for one in settled["touchpoints"]] == ["held", "planned"]
    assert petra("POST", f"sponsorships/{begun}/touchpoints/{1 << 40}", held).status_code == 404
    assert carl("GET", "sponsors").status_code == 403
    (line,) = petra("GET", "sponsors").get_json()["items"]
    assert (line["strategic"], line["strategic_places"], line["trained"]) == (1, 3, True)
    assert len(carl("GET", "sponsorships").get_json()["items"]) == 1
    assert queries.running_ids() == [1]
    gifts = f"sponsorships/{begun}/gifts"
    gift = {"kind": "gift", "given": True, "what": "A book"}
    worth = {"amount": "300.00", "currency": "EUR"}
    assert petra("POST", gifts, gift | {"value": worth}).status_code == 409
    fine = gift | {"value": worth | {"amount": "0.001"}}
    assert petra("POST", gifts, fine).status_code == 409
    noted = petra("POST", gifts, gift | {"value": worth, "reason": "Agreed"}).get_json()
    assert (noted["given_above"], noted["received_above"]) == (True, False)
    assert carl("GET", f"sponsorships/{begun}/messages").get_json() == {"items": []}
    no_word = petra("POST", f"sponsorships/{begun}/messages/1/answer", {"answer": "Yes"})
    assert no_word.status_code == 404
    asked = f"try?account={cast.acme.reference}&lane=recovery"
    tried = petra("GET", asked).get_json()
    assert (tried["policy_version"], tried["now"]["eligible"], tried["draft"]) == (1, False, None)
    assert petra("GET", f"{asked}&draft=99").status_code == 404
    assert carl("GET", asked).status_code == 403
