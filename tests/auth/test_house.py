"""The organisation's logo, the names of its quarters, its rounding, and the words on its papers."""

import io
from decimal import Decimal

import pytest
import sqlalchemy as sa
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from portal.blueprints.auth.actions import house
from portal.blueprints.auth.models import Organisation
from portal.core.files import StoredFile, read
from portal.core.money import Money, rounded

from .test_views import ORGANISATION

PAGE = "/admin/organisation"


def picture(kind: str = "PNG", size: tuple[int, int] = (960, 200)) -> bytes:
    made, told = io.BytesIO(), PngInfo()
    told.add_text("Author", "secret-of-the-designer")
    more = {"pnginfo": told} if kind == "PNG" else {}
    Image.new("RGB", size, "navy").save(made, kind, **more)
    return made.getvalue()


def send(person, content: bytes, name: str = "logo.png"):
    return person.post(f"{PAGE}/logo", {"logo": (io.BytesIO(content), name)})


def test_a_logo_is_written_anew_and_shown_to_everybody(browse, db):
    adam = browse("adam")
    assert browse().get("/logo").status_code == 404
    assert send(adam, picture()).status_code == 303
    kept = db.session.scalars(sa.select(StoredFile)).one()
    assert kept.media_type == "image/png"
    assert b"secret-of-the-designer" not in read(kept)
    with Image.open(io.BytesIO(read(kept))) as seen:
        assert seen.size == (480, 100)
    answer = browse().get("/logo")
    assert answer.data == read(kept)
    again = browse().get("/logo", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert 'alt="Halden Systems"' in browse("clara").text("/")
    assert "/logo/remove" in adam.text(PAGE)
    assert adam.post(f"{PAGE}/logo/remove", {}).status_code == 303
    assert browse().get("/logo").status_code == 404
    assert 'alt="Halden Systems"' not in browse("clara").text("/")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7 no picture",
        picture()[:300],
        picture("GIF"),
        picture() + b" " * 300_000,
    ],
    ids=["empty", "svg", "pdf", "torn", "gif", "large"],
)
def test_what_is_no_picture_is_refused(browse, db, content, monkeypatch):
    monkeypatch.setattr(house, "LOGO_BYTES", 300_000)
    answer = send(browse("adam"), content)
    assert answer.status_code == 422
    assert db.session.scalars(sa.select(Organisation)).one().logo_file_id is None


def test_only_administrators_change_the_house(browse):
    for path in ("logo", "logo/remove", "words"):
        assert browse("fina").post(f"{PAGE}/{path}", {}).status_code == 403


def test_quarters_are_called_as_the_organisation_calls_them(browse, db):
    adam = browse("adam")
    given = ORGANISATION | {"quarter_names": "T1, T2,T3  T4", "rounding": "half_up"}
    assert adam.post(PAGE, given).status_code == 303
    assert db.session.scalars(sa.select(Organisation)).one().quarter_names == "T1 T2 T3 T4"
    assert "T1 2" in browse("erik").text("/reviews/causes")
    for wrong in ("Q1 Q2 Q3", "a b c c", "a b c ninechars", "a b c d e"):
        answer = adam.post(PAGE, given | {"quarter_names": wrong})
        assert answer.status_code == 422
        assert f'value="{wrong}"' in answer.text


def test_amounts_are_rounded_as_the_organisation_rounds(app, browse):
    half, minus = Money(Decimal("0.125"), "EUR"), Money(Decimal("-0.125"), "EUR")
    assert (rounded(half).amount, rounded(minus).amount) == (Decimal("0.13"), Decimal("-0.13"))
    adam = browse("adam")
    given = ORGANISATION | {"rounding": "half_even"}
    assert adam.post(PAGE, given).status_code == 303
    assert (rounded(half).amount, rounded(minus).amount) == (Decimal("0.12"), Decimal("-0.12"))
    assert rounded(Money(Decimal("0.5"), "JPY")).amount == 0
    assert adam.post(PAGE, given | {"rounding": "down"}).status_code == 422


def test_the_words_on_papers_are_kept_by_level_and_language(browse, db):
    adam, given = browse("adam"), {"restricted_fr": "SECRET DES AFFAIRES", "internal_it": " "}
    assert adam.post(f"{PAGE}/words", given).status_code == 303
    kept = db.session.scalars(sa.select(Organisation)).one().classifications
    assert kept == {"fr": {"restricted": "SECRET DES AFFAIRES"}}
    assert 'value="SECRET DES AFFAIRES"' in adam.text(PAGE)
    answer = adam.post(f"{PAGE}/words", {"restricted_fr": "x" * 81})
    assert answer.status_code == 422
