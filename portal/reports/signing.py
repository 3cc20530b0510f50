"""Signatures in PDF (PAdES), by pyHanko. Loaded only where one is made or looked at: that takes
half a second.
"""

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from asn1crypto import x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner, PdfSigningSession
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from portal.reports.signature import Seal

FIELD = "Signature"
META = PdfSignatureMetadata(
    field_name=FIELD,
    md_algorithm="sha256",
    subfilter=SigSeedSubFilter.PADES,
    certify=True,
    docmdp_permissions=MDPPerm.NO_CHANGES,
)
# Seen by no eye and by no reader aloud: beside the sheet, as PDF/UA wants it, and not hidden, as
# PDF/A wants it.
PLACE = SigFieldSpec(
    FIELD,
    invis_sig_settings=InvisSigSettings(box_out_of_bounds=True),
    readable_field_name=FIELD,
)


class Untouched(IncrementalPdfFileWriter):
    """Adds to a PDF and leaves its metadata alone: they say who made it and when, and that it is
    PDF/A and PDF/UA.
    """

    def _update_meta(self) -> None:
        pass

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Stay with the version that PDF/A-3 is written in."""


class Dated(PdfSigner):
    """Signs at a moment that is given, not at that of the machine's clock."""

    def __init__(self, signer: SimpleSigner, *, at: datetime) -> None:
        super().__init__(META, signer=signer, new_field_spec=PLACE)
        self.at = at

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        """Begin a signature at our moment."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session

    def register_extensions(self, pdf_out: BasePdfFileWriter, *, md_algorithm: str) -> None:
        """Name none: they are of PDF 2.0, which PDF/A-3 is not."""


def opened(content: bytes, password: str) -> SimpleSigner:
    """Open a PKCS#12 file; ValueError where it cannot be opened or holds no key with its
    certificate.
    """
    signer = SimpleSigner.load_pkcs12_data(content, other_certs=[], passphrase=password.encode())
    if not isinstance(signer, SimpleSigner) or signer.signing_cert is None:
        raise ValueError("no key with a certificate")
    return signer


def certificates(signer: SimpleSigner) -> tuple[bytes, ...]:
    """Give a signer's own certificate and those of its file, as DER."""
    others = (one.dump() for one in signer.cert_registry)
    return tuple(dict.fromkeys((_certificate(signer).dump(), *others)))


def _certificate(signer: SimpleSigner) -> x509.Certificate:
    if signer.signing_cert is None:
        raise ValueError("no key with a certificate")
    return signer.signing_cert


def _name(certificate: x509.Certificate) -> str:
    """Give whose a certificate is."""
    subject = certificate.subject.native
    return str(subject.get("common_name") or subject.get("organization_name") or "")


def whose(signer: SimpleSigner) -> str:
    """Give whose the certificate of a signer is."""
    return _name(_certificate(signer))


def valid(signer: SimpleSigner) -> tuple[datetime, datetime]:
    """Say from when until when a signer's certificate is valid."""
    held = _certificate(signer)
    return held.not_valid_before, held.not_valid_after


def sign(pdf: bytes, signer: SimpleSigner, *, at: datetime) -> bytes:
    """Give a PDF with a signature behind it that forbids any change: what was there is, byte by
    byte, the beginning of what comes out.
    """
    with ThreadPoolExecutor(max_workers=1) as aside:
        # The library runs a loop of its own, which it cannot where one is running already.
        made = aside.submit(Dated(signer, at=at).sign_pdf, Untouched(io.BytesIO(pdf))).result()
    return bytes(made.getvalue())


def look(pdf: bytes, known: Sequence[bytes]) -> Seal | None:
    """Give what the signature of a PDF says, ours before any other; None where it carries none.

    `known` are certificates (DER) that we signed with, or that vouch for them.
    """
    found = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
    seals = [_seal(one, known) for one in found]
    return next((one for one in seals if one.known), seals[-1] if seals else None)


def _seal(found: EmbeddedPdfSignature, known: Sequence[bytes]) -> Seal:
    at = found.self_reported_timestamp
    context = ValidationContext(
        trust_roots=[x509.Certificate.load(one) for one in known],
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    # For what a certificate may be used is for who gave it to say; which one signs, our operator.
    status = validate_pdf_signature(
        found,
        signer_validation_context=context,
        key_usage_settings=KeyUsageConstraints(key_usage=set()),
    )
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    return Seal(
        signer=_name(status.signing_cert),
        at=at.isoformat() if at else "",
        holds=bool(status.intact and status.valid and whole),
        known=bool(status.trusted),
    )
