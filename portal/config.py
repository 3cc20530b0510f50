"""The settings of this installation, read from the environment once, at the start."""

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DATABASES = ("sqlite", "postgres", "postgresql", "postgres+psycopg", "postgresql+psycopg")
MIN_SECRET = 32
MOST_OFFLINE = 72
LONGEST_MAILBOX = 30  # what signs an answer goes between it and the @, where 64 are allowed
DEMO = "demo"  # the file in the instance folder that names the database of the demo company
ROOT = Path(__file__).resolve().parent.parent
PUBLISHED_SECRETS = frozenset({"change-me-change-me-change-me-change-me"})


class Misconfigured(Exception):  # noqa: N818
    """A setting is missing or cannot be; the message says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an installation can set; see the operator's guide."""

    database_url: str
    secret_key: str
    base_url: str
    instance: Path
    cache: Path
    jobs: str = "embedded"
    smtp_url: str | None = None
    mail_from: str = "Parley <parley@localhost>"
    imap_url: str | None = None
    reply_address: str = ""
    paging_url: str | None = None
    paging_token: str | None = None
    webhook_hosts: tuple[str, ...] = ()
    storage_url: str | None = None
    signing_certificate: Path | None = None
    signing_password: str = field(default="", repr=False)
    session_idle: int = 1800
    session_max: int = 43200
    trusted_proxies: int = 0
    audit_checkpoints: str = ""
    metrics_token: str | None = None
    log_level: str = "INFO"
    max_upload: int = 64 << 20
    import_rows: int = 1_000_000
    book_accounts: int = 30
    offline_hours: int = 72
    public_per_minute: int = 240
    most_waiting: int = 50
    demo: bool = False

    @property
    def https(self) -> bool:
        """Say whether people reach us over TLS."""
        return self.base_url.startswith("https://")

    @property
    def hosts(self) -> list[str] | None:
        """Give the names we answer to over TLS; the last two are for probes on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        return [host, "127.0.0.1", "localhost"] if self.https else None

    def derived_key(self, purpose: str) -> bytes:
        """Give a key of 32 bytes for one purpose, so that no two uses share the secret itself."""
        return hashlib.blake2b(purpose.encode(), key=self.secret_key.encode()[:64]).digest()[:32]


def read(environ: Mapping[str, str], *, demo: bool = False, port: int = 8000) -> Settings:
    """Read the settings; `Misconfigured` says what is wrong and what to do. Where no address is
    given, links lead to the port of this machine that is served.
    """
    instance = _instance(environ)
    jobs = environ.get("PORTAL_JOBS", "embedded")
    if jobs not in {"embedded", "external"}:
        raise Misconfigured(f"PORTAL_JOBS is {jobs!r}; it can be 'embedded' or 'external'.")
    return Settings(
        database_url=database_url(environ),
        secret_key=_secret(environ, instance=instance, demo=demo),
        base_url=environ.get("PORTAL_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        instance=instance,
        cache=Path(environ.get("PORTAL_CACHE", instance / "cache")),
        jobs=jobs,
        smtp_url=environ.get("PORTAL_SMTP_URL"),
        mail_from=environ.get("PORTAL_MAIL_FROM", "Parley <parley@localhost>"),
        imap_url=environ.get("PORTAL_IMAP_URL") or None,
        reply_address=_reply_address(environ),
        paging_url=environ.get("PORTAL_PAGING_URL"),
        paging_token=environ.get("PORTAL_PAGING_TOKEN"),
        webhook_hosts=tuple(environ.get("PORTAL_WEBHOOK_HOSTS", "").replace(",", " ").split()),
        storage_url=environ.get("PORTAL_STORAGE_URL"),
        signing_certificate=_file(environ, "PORTAL_SIGNING_CERTIFICATE"),
        signing_password=environ.get("PORTAL_SIGNING_PASSWORD", ""),
        session_idle=_number(environ, "PORTAL_SESSION_IDLE", 1800),
        session_max=_number(environ, "PORTAL_SESSION_MAX", 43200),
        trusted_proxies=_number(environ, "PORTAL_TRUSTED_PROXIES", 0),
        audit_checkpoints=environ.get(
            "PORTAL_AUDIT_CHECKPOINTS", str(instance / "audit.checkpoints")
        ),
        metrics_token=environ.get("PORTAL_METRICS_TOKEN"),
        log_level=environ.get("PORTAL_LOG_LEVEL", "INFO").upper(),
        max_upload=_number(environ, "PORTAL_MAX_UPLOAD", 64 << 20),
        import_rows=_number(environ, "PORTAL_IMPORT_ROWS", 1_000_000),
        book_accounts=_number(environ, "PORTAL_BOOK_ACCOUNTS", 30),
        offline_hours=_hours(environ),
        public_per_minute=_number(environ, "PORTAL_PUBLIC_PER_MINUTE", 240),
        most_waiting=_number(environ, "PORTAL_MOST_WAITING", 50),
        demo=demo,
    )


def database_url(environ: Mapping[str, str]) -> str:
    """Give the address of the database; where none is set, of the file in the instance folder."""
    url = environ.get("DATABASE_URL", f"sqlite:///{_instance(environ) / 'portal.db'}")
    if not _is_database(url):  # not shown again: it may hold a password
        raise Misconfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name or"
            " sqlite:////absolute/path.db; what means something in addresses is written as %40 (@),"
            " %2F (/), %3A (:)."
        )
    return normalised(url)


def _is_database(url: str) -> bool:
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:  # what stands where a port should is none
        return False
    return parts.scheme in DATABASES and "://" in url and port != 0


def _instance(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("PORTAL_INSTANCE", Path.cwd() / "instance"))


def normalised(url: str) -> str:
    """Give the address of a database with the driver that we use."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def engine_options(url: str) -> dict[str, Any]:
    """Give how the database at an address is connected to: whoever waits for one that says nothing
    is told so after ten seconds, unless the address itself says `connect_timeout`.
    """
    if not url.startswith("postgresql"):
        return {}
    waits = {} if "connect_timeout=" in url else {"connect_timeout": 10}
    return {"pool_pre_ping": True, "connect_args": waits}


def _reply_address(environ: Mapping[str, str]) -> str:
    """Give the address of the mailbox that is read: answers go there; empty where none is read."""
    given = environ.get("PORTAL_REPLY_ADDRESS", "")
    if not given and environ.get("PORTAL_IMAP_URL"):
        given = parseaddr(environ.get("PORTAL_MAIL_FROM", ""))[1]
    local, _at, domain = given.rpartition("@")
    if given and (not local or not domain or len(local) > LONGEST_MAILBOX):
        raise Misconfigured(
            f"PORTAL_REPLY_ADDRESS is {given!r}; it must be the address of the mailbox that"
            f" PORTAL_IMAP_URL reads, with at most {LONGEST_MAILBOX} characters before the @."
        )
    return given


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    given = environ.get(name)
    if given and not Path(given).is_file():
        raise Misconfigured(f"{name} is {given!r}; there is no such file.")
    return Path(given) if given else None


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    given = environ.get(name, str(default))
    if not given.isdecimal():
        raise Misconfigured(f"{name} is {given!r}; it must be a whole number.")
    return int(given)


def _hours(environ: Mapping[str, str]) -> int:
    """Give for how many hours a briefing is kept on a device; 0 keeps none."""
    given = _number(environ, "PORTAL_OFFLINE_HOURS", MOST_OFFLINE)
    if given > MOST_OFFLINE:
        raise Misconfigured(
            f"PORTAL_OFFLINE_HOURS is {given}; briefings are kept on devices for {MOST_OFFLINE}"
            " hours at most."
        )
    return given


def _secret(environ: Mapping[str, str], *, instance: Path, demo: bool) -> str:
    given = environ.get("PORTAL_SECRET_KEY", "")
    debugging = environ.get("FLASK_DEBUG") == "1"
    if (demo or debugging) and not given:
        return _kept_secret(instance / "secret")
    if len(given) < MIN_SECRET or given in PUBLISHED_SECRETS:
        raise Misconfigured(
            f"PORTAL_SECRET_KEY must be a secret of at least {MIN_SECRET} characters that"
            " stands in no document. Make one with:"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return given


def _kept_secret(path: Path) -> str:
    """Make the demo's secret once and keep it, so that sessions and the audit head survive a
    restart.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(secrets.token_urlsafe(48))
        path.chmod(0o600)
    return path.read_text()


def from_environment(*, demo: bool = False, port: int = 8000) -> Settings:
    """Read the settings from this process's environment."""
    return read(os.environ, demo=demo, port=port)


def holds_demo(environ: Mapping[str, str]) -> bool:
    """Say whether `portal demo` filled this very database: another one beside the same instance
    folder may be a company's own, and shows nobody its mails.
    """
    mark = _instance(environ) / DEMO
    return mark.is_file() and mark.read_text() == _named(database_url(environ))


def mark_demo(settings: Settings) -> None:
    """Note that the database of these settings is the demo company's."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    (settings.instance / DEMO).write_text(_named(settings.database_url))


def _named(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)
