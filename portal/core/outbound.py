"""Calls to other systems over HTTP: the address looked up once, held against the networks nobody
outside should be led into, and connected to as it was found; no redirects, a short patience.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE = 10.0
"""How many seconds a receiver has to take a connection, and between two bytes of its answer."""
LONGEST = 20.0
"""How many seconds a call may take in all: who sends a byte now and then is cut off, too."""
MOST_READ = 4096
PORTS = {"http": 80, "https": 443}


class Unreachable(Exception):  # noqa: N818 - an answer of the network, not a mistake of ours
    """A call came to nothing; the word says why, without anything that was sent."""


class Forbidden(Unreachable):
    """An address leads to where no call may go."""


OWN_NAMES = (".localhost", ".local", ".internal", ".home.arpa")


@dataclass(frozen=True)
class Target:
    """Where a call goes: what was asked for, and the address that was found for it."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the open internet: not this machine, not a private or
    link-local network, not one in the disguise of IPv6.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


def is_ours(host: str) -> bool:
    """Say whether a host lies in a network of our own by what it is called, before anybody is
    asked for its address: a private address in any way of writing it, or a name of this machine.
    """
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(OWN_NAMES):
        return True
    try:
        return not is_public(host if ":" in host else socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, ValueError):
        return False  # a name: what it stands for is looked up at each call


def find(url: str, *, public_only: bool = True) -> Target:
    """Look an address up; `Forbidden` where it is no web address, or where any of the addresses
    behind its name lies in a network of our own; `Unreachable` where there is none.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not host or parts.username is not None:
        raise Forbidden("not a web address")
    try:
        port = parts.port or PORTS[parts.scheme]
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, UnicodeError) as error:
        raise Unreachable("name not found") from error
    addresses = [str(row[4][0]) for row in rows]
    if public_only and not all(is_public(address) for address in addresses):
        raise Forbidden("private address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path, addresses[0])


class _Plain(http.client.HTTPConnection):
    """A connection to the address that was held against the rules, not to what a second look-up
    would say.
    """

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=PATIENCE)
        self.target, self.is_cut = target, False
        self.line: socket.socket | None = None

    def connect(self) -> None:
        """Connect to the address that was found."""
        self.sock = self.line = socket.create_connection(
            (self.target.address, self.target.port), timeout=PATIENCE
        )

    def cut(self) -> None:
        """End the call from another thread, however busy its line is kept."""
        self.is_cut = True
        if self.line is not None:
            with suppress(OSError):  # it has ended by itself
                self.line.shutdown(socket.SHUT_RDWR)


class _Safe(_Plain):
    """The same under TLS; the certificate must name the host that was asked for."""

    def connect(self) -> None:
        """Connect, and verify who answers."""
        super().connect()
        context = ssl.create_default_context()
        self.sock = self.line = safe = context.wrap_socket(
            self.sock, server_hostname=self.target.host, do_handshake_on_connect=False
        )
        safe.do_handshake()


def send(
    url: str,
    *,
    method: str = "POST",
    body: bytes = b"",
    headers: Mapping[str, str],
    public_only: bool = True,
) -> int:
    """Make one call and give the status it was answered with; `Unreachable` where nobody answered.

    A redirect is an answer like any other: it is not followed.
    """
    target = find(url, public_only=public_only)
    connection = (_Safe if target.scheme == "https" else _Plain)(target)
    timer = threading.Timer(LONGEST, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.request(method, target.path, body=body or None, headers=dict(headers))
        answer = connection.getresponse()
        answer.read(MOST_READ)
        return int(answer.status)
    except (OSError, http.client.HTTPException, ValueError) as error:
        why = TimeoutError if connection.is_cut else type(error)
        raise Unreachable(why.__name__) from error
    finally:
        timer.cancel()
        connection.close()
