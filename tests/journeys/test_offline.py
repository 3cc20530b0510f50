"""A tablet without a connection: what is kept opens, sealed until then, and goes when it must."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.blueprints.briefings import actions, queries
from portal.blueprints.briefings.models import KeptCopy, Reading, State
from portal.core import clock
from portal.core.access import K
from portal.reports import pdf
from portal.reports.printed import Printed
from tests.briefings.test_actions import issue
from tests.conftest import ON_SQLITE_ALONE
from tests.served import served

from .furnished import _at

pytestmark = [pytest.mark.browser, pytest.mark.slow, ON_SQLITE_ALONE]
# Slow: a browser starts.

PAPER = b"%PDF-1.7 for Lena alone"
LIST = "[data-kept-list]"
ROWS = """async () => {
  const come = (asked) => new Promise((done, lost) => {
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => lost(asked.error);
  });
  if (!(await indexedDB.databases()).length) return [];
  const db = await come(indexedDB.open("parley-shelf"));
  const rows = await come(db.transaction("copies").objectStore("copies").getAll());
  db.close();
  const read = (bytes) => new TextDecoder("latin1").decode(bytes);
  const whole = (row) => JSON.stringify(row) + read(row.label.data) + read(row.pdf.data);
  return rows.map((row) => [row.key.extractable, row.pdf.data.byteLength, whole(row)]);
}"""
HELD = """async () => {
  const texts = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const one of await cache.keys()) texts.push(await (await cache.match(one)).text());
  }
  return texts.join();
}"""


@pytest.fixture
def two(cast, db, now, run_jobs, monkeypatch):
    """Two confidential issues for Lena, on the same customer."""
    monkeypatch.setattr(pdf, "render", lambda *_a, **_k: Printed.of(PAPER, pages=2))
    cast.read_english("lena")
    rows = [issue(cast, now, reader="lena", locale=locale) for locale in ("en", "fr")]
    for row in rows:
        row.klass = int(K.CONFIDENTIAL)
    run_jobs()
    rows[1].state = State.ISSUED
    db.session.commit()
    return [row.reference for row in rows]


class Tablet:
    """A browser whose connection and clock the test holds."""

    def __init__(self, chromium, address, word):
        self.context = chromium.new_context(viewport={"width": 834, "height": 1112})
        self.context.add_cookies([{"name": "parley", "value": word, "url": address}])
        self.page, self.shelf = self.context.new_page(), f"{address}/briefings/"
        self.begun = datetime.now(UTC)

    def look(self, *, later=timedelta(), offline=False):
        """Open the shelf at a time on its clock; gives what lies on the device."""
        self.context.set_offline(offline)
        self.context.clock.set_fixed_time(self.begun + later)
        self.page.goto(self.shelf)
        # Shown at once, and settled when the portal has said what still stands.
        self.page.locator(f"{LIST}:not([aria-busy]) > *").first.wait_for(state="attached")
        return self.page.evaluate(ROWS)

    def keep(self, reference):
        self.page.goto(self.shelf + reference)
        self.page.click("[data-keep] button")
        self.page.locator("[data-keep] [role=status]", has_text="Kept until").wait_for()


def test_a_tablet_keeps_opens_and_loses_its_copies(app, cast, db, two, browse, chromium):
    former, newer = two
    word = browse("lena").client.get_cookie("parley").value
    with served(_at(app, clock.now())) as address:
        tablet = Tablet(chromium, address, word)
        assert tablet.look() == []
        tablet.page.click("[data-keep] button")
        tablet.page.locator(f"{LIST} li").nth(1).wait_for()
        seen = is_sealed_and_opens_without_a_connection(tablet)
        assert cast.lena.name not in seen
        assert len(tablet.look()) == 2
        assert "taken its place" in tablet.page.locator(LIST).inner_text()
        actions.revoke(queries.by_reference(former), reason="x", by=cast.erik, now=clock.now())
        db.session.commit()
        assert len(tablet.look()) == 1
        goes_with_time(tablet, newer)
        goes_at_sign_out(tablet, newer)
        tablet.context.close()
    db.session.expire_all()
    assert db.session.scalar(sa.select(sa.func.count(Reading.read_at))) == 1
    rows = db.session.scalars(sa.select(KeptCopy).order_by(KeptCopy.id)).all()
    assert [row.ending for row in rows] == ["dropped", None, "dropped", "signed_out"]
    assert all(row.told_at for row in rows)


def is_sealed_and_opens_without_a_connection(tablet):
    """See that nothing readable lies there, and that it opens all the same."""
    sealed = tablet.look(offline=True)
    assert [row[:2] for row in sealed] == [[False, len(PAPER) + 16]] * 2
    for hidden in ("%PDF", "Acme", "BRF-"):
        assert hidden not in str(sealed)
    page = tablet.page
    assert page.locator("h1").inner_text() == "Kept on this device"
    assert "Acme Forges" in page.locator(LIST).inner_text()
    page.evaluate(
        """() => {
          const make = URL.createObjectURL;
          URL.createObjectURL = (blob) => { window.given = blob.text(); return make(blob); };
        }"""
    )
    with tablet.context.expect_page() as opened:
        page.locator(f"{LIST} button").first.click()
    opened.value.wait_for_url("blob:**")
    opened.value.close()
    assert page.evaluate("window.given") == PAPER.decode()
    assert "Acme" not in page.evaluate(HELD)
    return str(page.evaluate(HELD))


def goes_with_time(tablet, reference):
    """72 hours are the end, and so is a clock that goes back."""
    last = timedelta(hours=72) - timedelta(minutes=1)
    assert len(tablet.look(later=last, offline=True)) == 1
    assert tablet.look(later=last + timedelta(minutes=2), offline=True) == []
    assert "Nothing is kept" in tablet.page.locator(LIST).inner_text()
    tablet.look(later=last + timedelta(minutes=2))
    tablet.keep(reference)
    assert len(tablet.look(later=last, offline=True)) == 1, "a clock is put right by minutes"
    assert tablet.look(later=last - timedelta(hours=2), offline=True) == []
    assert "went back" in tablet.page.locator(LIST).inner_text()


def goes_at_sign_out(tablet, reference):
    """Nothing is left in the browser of what it kept."""
    tablet.look()
    tablet.keep(reference)
    assert len(tablet.look()) == 1
    page = tablet.page
    page.click("details.me summary")
    page.click("form[data-sign-out] button")
    page.wait_for_url("**/signed-out")
    left = "[...await indexedDB.databases(), ...await caches.keys(), ...Object.keys(localStorage)]"
    assert page.evaluate(f"async () => {left}") == []
    assert not [one for one in tablet.context.cookies() if one["name"] == "shelf"]
