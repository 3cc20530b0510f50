"""A mail server of the tests that speaks as much IMAP (RFC 3501) as reading a mailbox takes."""

import re
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|(\S+)')


@dataclass
class Box:
    """The mails of a mailbox, which of them were read, and what the next answers do."""

    mails: list[bytes] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    fetched: list[int] = field(default_factory=list)
    hangs_up: bool = False
    address: str = ""

    def arrive(self, content: bytes) -> None:
        self.mails.append(content)


class _Talk(socketserver.StreamRequestHandler):
    box: Box

    def handle(self) -> None:
        self._say(b"* OK ready")
        for line in self.rfile:
            tag, _space, rest = line.strip().partition(b" ")
            words = [b"".join(found) for found in WORD.findall(rest)]
            name = words[0].upper()
            if name == b"UID":
                name, words = b"UID " + words[1].upper(), words[1:]
            if self.box.hangs_up and name.startswith(b"UID FETCH"):
                return
            answer = getattr(self, name.decode().replace(" ", "_").lower(), None)
            done = answer(words[1:]) if answer else b"BAD not known here"
            self._say(tag + b" " + (done or b"OK done"))
            if name == b"LOGOUT":
                return

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def capability(self, _words):
        self._say(b"* CAPABILITY IMAP4rev1")

    def login(self, words):
        return None if words == [b"parley", b"s3cr et"] else b"NO who are you"

    def select(self, words):
        if words != [b"INBOX"]:
            return b"NO there is none"
        self._say(b"* %d EXISTS" % len(self.box.mails))
        return None

    def uid_search(self, _words):
        unread = [n for n in range(1, len(self.box.mails) + 1) if n not in self.box.seen]
        self._say(b"* SEARCH " + b" ".join(b"%d" % n for n in unread))

    def uid_fetch(self, words):
        number = int(words[0])
        content = self.box.mails[number - 1]
        head = b"* %d FETCH (UID %d " % (number, number)
        if b"BODY.PEEK" not in words[1]:
            date = b'INTERNALDATE "17-Jun-2026 10:04:00 +0200"'
            self._say(head + b"RFC822.SIZE %d %s)" % (len(content), date))
            return
        part = content[:65536] if b"<0.65536>" in words[1] else content
        self.box.fetched.append(len(part))
        self._say(head + b"BODY[] {%d}" % len(part))
        self.wfile.write(part + b")\r\n")

    def uid_store(self, words):
        assert words[1:] == [b"+FLAGS.SILENT", rb"(\Seen)"]
        self.box.seen.add(int(words[0]))

    def logout(self, _words):
        self._say(b"* BYE")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def mailbox():
    """Serve a mailbox on a free port of this machine: yields it with its address."""
    box = Box()
    talk = type("Talk", (_Talk,), {"box": box})
    with _Server(("127.0.0.1", 0), talk) as server:
        box.address = f"imap://parley:s3cr%20et@127.0.0.1:{server.server_address[1]}/INBOX"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
