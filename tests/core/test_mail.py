"""Mail over TLS: only with a server whose certificate is good."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from portal.core import mail

MESSAGE = mail.Message(
    to="nadia@halden.example",
    subject="Due at six",
    text="The customer must hear from us.",
    html="<p>The customer must hear from us.</p>",
    message_id="<one@tests.example>",
    language="en",
)


class Box:
    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.taken.append(envelope)
        return "250 taken"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """A server that offers STARTTLS with a certificate that it signed itself."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    box = Box()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True
    )
    controller.start()
    yield SimpleNamespace(box=box, port=port, certificate=certificate)
    controller.stop()


def send(url: str, folder: Path) -> None:
    app = Flask("mail")
    mail.init_app(app, url=url, folder=str(folder), sender="parley@halden.example")
    with app.app_context(), closing(mail.Line()) as line:
        line.send(MESSAGE)


@pytest.mark.parametrize(
    "address", ["smtp+starttls://127.0.0.1:{port}", "smtp://127.0.0.1:{port}?starttls=1"]
)
def test_a_server_that_vouches_for_itself_gets_nothing(post, tmp_path, address):
    with pytest.raises(mail.Unreachable) as no:
        send(address.format(port=post.port), tmp_path)
    assert isinstance(no.value.__cause__, ssl.SSLCertVerificationError)
    assert post.box.taken == []


def test_a_server_that_a_trusted_authority_vouches_for_gets_it(post, tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(post.certificate))
    send(f"smtp+starttls://127.0.0.1:{post.port}", tmp_path)
    assert [envelope.rcpt_tos for envelope in post.box.taken] == [["nadia@halden.example"]]


@pytest.mark.parametrize(
    ("address", "port", "tls", "starts"),
    [
        ("smtp://mail.example", 25, False, False),
        ("smtps://mail.example", 465, True, False),
        ("smtp+starttls://mail.example", 587, False, True),
        ("smtp://mail.example:2525?starttls=1", 2525, False, True),
    ],
)
def test_an_address_says_how_it_is_spoken_to(tmp_path, address, port, tls, starts):
    app = Flask("mail")
    mail.init_app(app, url=address, folder=str(tmp_path), sender="parley@halden.example")
    found = [app.config[f"MAIL_{name}"] for name in ("PORT", "USE_SSL", "USE_TLS")]
    assert found == [port, tls, starts]
