"""A certificate made on the spot."""

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

PASSWORD = "correct horse"


def made(folder: Path, now: datetime, *, name: str = "Halden Office", days: int = 30) -> Path:
    """Write a PKCS#12 file with a key and its own certificate, valid for some days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    sealed = BestAvailableEncryption(PASSWORD.encode())
    path = folder / f"{name}.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"", key, certificate, None, sealed))
    return path
