"""Issues that are signed with the certificate of the installation."""

import io
import json
from datetime import timedelta

import pytest
from pypdf import PdfReader

from portal.app import create_app
from portal.blueprints.briefings import queries
from portal.blueprints.briefings.models import State
from portal.config import Misconfigured, Settings, read
from portal.core.events import Event
from portal.reports import pdf, signature
from tests.briefings.test_actions import issue
from tests.briefings.test_cli import verify
from tests.reports import certificate


@pytest.fixture
def signer(app, tmp_path, now):
    """The application signs with a certificate made on the spot."""
    path = certificate.made(tmp_path, now)
    app.extensions["portal_signer"] = signature.Signer.open(path, certificate.PASSWORD)
    yield app.extensions["portal_signer"]
    app.extensions["portal_signer"] = None


@pytest.mark.slow  # typesets twice and looks at a signature in processes of their own
def test_an_issue_is_signed_verified_and_compared_with_its_facts(
    app, cast, db, now, browse, run_jobs, signer, tmp_path
):
    reference = issue(cast, now).reference
    run_jobs()
    row = queries.by_reference(reference)
    content, path = queries.pdf_of(row), tmp_path / "signed.pdf"
    path.write_bytes(content)
    told = db.session.query(Event).filter_by(name="briefings.issued", record_ref=reference).one()
    assert told.data["signed"] == "Halden Office"
    db.session.commit()
    found = verify(app, path, "--rebuild")
    assert (found["state"], found["rebuilt"]) == ("genuine", "same")
    assert found["signature"] | {"at": ""} == {
        "signer": "Halden Office",
        "at": "",
        "holds": True,
        "known": True,
    }
    plain = pdf.render("account", json.dumps(row.snapshot))
    assert content.startswith(plain), "what was typeset stands under the signature, unchanged"
    whole, before = PdfReader(io.BytesIO(content)), PdfReader(io.BytesIO(plain))
    assert whole.attachments == before.attachments
    assert whole.xmp_metadata.stream.get_data() == before.xmp_metadata.stream.get_data()
    assert whole.metadata == before.metadata
    root = whole.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("it", True)
    assert "/Version" not in root, "PDF/A-3 is PDF 1.7"
    (field,) = root["/AcroForm"]["/Fields"]
    field = field.get_object()
    # A widget outside of its page needs no tag (PDF/UA) and is not hidden (PDF/A).
    assert field["/TU"]
    assert max(field["/Rect"]) < 0
    assert field["/F"] & 0b110 == 0b100
    assert field["/P"]["/Tabs"] == "/S"
    page = browse().post("/verify", {"file": (io.BytesIO(content), "x.pdf")}).text
    assert "Signed by Halden Office" in page
    assert "the signature holds" in page
    changed = browse().post("/verify", {"file": (io.BytesIO(content + b"%"), "x.pdf")}).text
    assert "changed after it was signed" in changed
    assert reference not in changed


def test_a_strange_a_broken_and_no_signature(tmp_path, now):
    path = certificate.made(tmp_path, now, name="Mallory")
    mallory = signature.Signer.open(path, certificate.PASSWORD)
    assert signature.look(b"%PDF-1.7 none") is None
    assert signature.look(b"%PDF-1.7 /ByteRange [0 1 2 3]") == signature.Seal()
    with pytest.raises(signature.Unsigned):
        mallory.sign(b"", at=now + timedelta(days=40))
    with pytest.raises(signature.BadCertificate):
        signature.Signer.open(path, "wrong")


def test_an_issue_that_cannot_be_signed_is_not_issued(cast, db, now, run_jobs, app, tmp_path):
    path = certificate.made(tmp_path, now - timedelta(days=60))
    app.extensions["portal_signer"] = signature.Signer.open(path, certificate.PASSWORD)
    try:
        reference = issue(cast, now).reference
        run_jobs()
    finally:
        app.extensions["portal_signer"] = None
    row = queries.by_reference(reference)
    assert (row.state, row.failed_because, row.file_id) == (State.FAILED, "Unsigned", None)


def test_a_certificate_that_cannot_be_used_is_told_at_the_start(app, tmp_path, now):
    environ = {"PORTAL_SECRET_KEY": "x" * 40, "PORTAL_INSTANCE": str(tmp_path)}
    with pytest.raises(Misconfigured, match="PORTAL_SIGNING_CERTIFICATE"):
        read(environ | {"PORTAL_SIGNING_CERTIFICATE": str(tmp_path / "none.p12")})
    path = str(certificate.made(tmp_path, now))
    settings: Settings = read(environ | {"PORTAL_SIGNING_CERTIFICATE": path})
    with pytest.raises(Misconfigured, match="cannot be opened"):
        create_app(settings)
    assert certificate.PASSWORD not in repr(
        read(environ | {"PORTAL_SIGNING_PASSWORD": certificate.PASSWORD})
    )
