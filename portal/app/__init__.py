"""The application: settings → extensions → rooms → error pages. No heavy import at the top: the
command starts here.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask, Response

    from portal.config import Settings
    from portal.reports import signature

ROOMS = (
    "auth",
    "policies",
    "notifications",
    "audit",
    "accounts",
    "escalations",
    "concessions",
    "sponsorship",
    "postmortems",
    "surveys",
    "risk",
    "statements",
    "rounds",
    "briefings",
    "reviews",
    "handovers",
    "teams",
    "intake",
    "customer_room",
    "webhooks",
    "home",
    "api",
)


def create_app(settings: Settings | None = None, **config: Any) -> Flask:
    """Make the application; the order of these lines matters.

    `settings` come from the environment where none are given; `config` overrides Flask's own.
    """
    import jinja2
    from apiflask import APIFlask

    from portal.config import from_environment
    from portal.core.web.addresses import BesidesConverter, IntegerConverter, Rule

    settings = settings or from_environment()
    compiled = jinja2.FileSystemBytecodeCache(str(settings.cache))
    settings.cache.mkdir(parents=True, exist_ok=True, mode=0o700)

    class App(APIFlask):
        url_rule_class = Rule
        jinja_options = {  # noqa: RUF012 - as the base class declares it
            "undefined": jinja2.StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
            # To compile every template anew costs seconds, and memory that is never given back.
            "bytecode_cache": compiled,
        }

    app = App(
        "portal", json_errors=False, docs_path=None, spec_path=None, title="Parley", version="1"
    )
    app.url_map.converters |= {"int": IntegerConverter, "besides": BesidesConverter}
    app.config["PORTAL"] = settings
    _configure(app, settings)
    app.config.update(config)
    _extend(app, settings)
    _register_rooms(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    from datetime import timedelta

    from flask_security.utils import aware_utcnow

    from portal.config import engine_options

    app.config.update(
        SECRET_KEY=settings.derived_key("flask").hex(),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        MAX_CONTENT_LENGTH=settings.max_upload,
        MAX_FORM_MEMORY_SIZE=1 << 20,
        MAX_FORM_PARTS=400,
        SESSION_COOKIE_NAME="parley",
        TRUSTED_HOSTS=settings.hosts,
        WTF_CSRF_TIME_LIMIT=None,
        TEMPLATES_AUTO_RELOAD=False,
        EXTENSION_BLUEPRINTS=("security",),
        # --- sign-in
        SECURITY_DATETIME_FACTORY=aware_utcnow,
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SALT=settings.derived_key("password salt").hex(),
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_PASSWORD_COMPLEXITY_CHECKER=None,
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_SCRIPT_NONCE_KEY="csp_nonce",
        SECURITY_TRACKABLE=False,
        SECURITY_RECOVERABLE=True,
        SECURITY_CHANGEABLE=True,
        SECURITY_RESET_PASSWORD_WITHIN=timedelta(hours=1),
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/signed-out",
        SECURITY_REDIRECT_VALIDATE_MODE=None,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=True,
        SECURITY_LOGIN_USER_TEMPLATE="auth/sign_in.html",
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_FRESHNESS_GRACE_PERIOD=timedelta(0),
        SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS=False,
        SECURITY_URL_PREFIX=None,
        SECURITY_VERIFY_URL="/confirm",  # /verify is where a briefing is verified
    )


def _extend(app: Flask, settings: Settings) -> None:
    from flask_wtf import CSRFProtect

    from portal.app import migrating, reader
    from portal.core import api, db, events, files, i18n, jobs, mail, money, pager, sessions, web

    web.log_as_json(settings.log_level)
    events.use_key(settings.derived_key("audit head"))
    db.db.init_app(app)
    with app.app_context():
        db.prepare_engine(db.db.engine)
    jobs.init_app(app, inline=bool(app.config.get("JOBS_INLINE")))
    migrating.init_app(app)
    app.session_interface = sessions.RowSessions(
        idle=settings.session_idle, life=settings.session_max
    )
    _send_safe_headers(app, settings)
    web.first(app)
    CSRFProtect(app)
    files_folder = settings.instance / "files"
    app.extensions["portal_files"] = files.store_at(url=settings.storage_url, folder=files_folder)
    app.extensions["portal_signer"] = _signer(settings)
    mail.init_app(
        app,
        url=settings.smtp_url,
        folder=str(settings.instance / "outbox"),
        sender=settings.mail_from,
    )
    pager.init_app(app, url=settings.paging_url, token=settings.paging_token)
    _let_sign_in(app)
    i18n.init_app(app, language_of=reader.language, zone_of=reader.zone)
    api.init_app(app)
    web.init_app(app, viewer_of=reader.viewer)
    app.context_processor(reader.shared)
    app.jinja_env.filters["quarter"] = reader.quarter
    money.round_as(reader.rounding)
    web.last(app)
    app.before_request(reader.ask_organisation)
    app.after_request(reader.note_use)


def _signer(settings: Settings) -> signature.Signer | None:
    """Open the certificate that papers are signed with, where one is set."""
    from portal.config import Misconfigured
    from portal.reports import signature

    if settings.signing_certificate is None:
        return None
    try:
        return signature.Signer.open(settings.signing_certificate, settings.signing_password)
    except signature.BadCertificate as error:
        raise Misconfigured(f"PORTAL_SIGNING_CERTIFICATE: {error}") from error


def _send_safe_headers(app: Flask, settings: Settings) -> None:
    """Believe as many proxies as are configured, and send the headers that keep browsers safe."""
    from flask import request
    from flask_talisman import Talisman

    from portal.core.web.safety import POLICY

    if settings.trusted_proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    def keep_address(response: Response) -> Response:
        # Registered before Talisman, so that it has the last word about the address.
        if getattr(app.view_functions.get(request.endpoint or ""), "secret_address", False):
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
            response.headers["Cache-Control"] = "no-store"
        return response

    app.after_request(keep_address)
    Talisman(
        app,
        force_https=settings.https,
        strict_transport_security=settings.https,
        session_cookie_secure=settings.https,
        session_cookie_samesite="Lax",
        referrer_policy="same-origin",
        frame_options="DENY",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()"},
        content_security_policy=POLICY,
        content_security_policy_nonce_in=["script-src"],
    )


def _let_sign_in(app: Flask) -> None:
    import jinja2
    from flask import session
    from flask_login import user_logged_in, user_logged_out
    from flask_security import Security

    from portal.blueprints.auth import actions, forms, models
    from portal.blueprints.notifications import actions as post
    from portal.core import clock
    from portal.core.db import db, writing

    def renew(sender: Any, **_more: Any) -> None:
        session.renew()  # type: ignore[attr-defined]

    def ask_reset(address: str) -> None:
        writing()
        post.queue_reset(address, now=clock.now())
        db.session.commit()

    def render_lenient(template: str, **context: Any) -> str:
        # Some of the library's templates use names they were not given.
        app.update_template_context(context)
        return (
            app.jinja_env.overlay(undefined=jinja2.Undefined)
            .get_or_select_template(template)
            .render(context)
        )

    store = actions.Store(db, models.User, models.Role, models.WebAuthn, models.FsRefreshTracker)
    for form in (forms.SignIn, forms.Forgot):
        form.may_try = staticmethod(actions.may_try)
    forms.Forgot.asked = staticmethod(ask_reset)
    for name, message in forms.MESSAGES.items():
        app.config[f"SECURITY_MSG_{name}"] = message
    app.security = Security(  # type: ignore[attr-defined]
        app,
        store,
        login_form=forms.SignIn,
        forgot_password_form=forms.Forgot,
        reset_password_form=forms.Reset,
        change_password_form=forms.Change,
        mail_util_cls=post.SignInMail,
        render_template=render_lenient,
    )
    for signal in (user_logged_in, user_logged_out):
        signal.connect(renew, app, weak=False)
    # No auth tokens by header, query or body: they would outlive sign-out.
    app.login_manager.request_loader(lambda request: None)  # type: ignore[attr-defined]
    _load_people_late(app)


def _load_people_late(app: Flask) -> None:
    """Keep the sign-in libraries from loading the whole person for every page: their needs are not
    asked for here, and no template of ours names `current_user`.
    """
    from flask_login import utils

    app.before_request_funcs[None] = [
        work for work in app.before_request_funcs[None] if work.__module__ != "flask_principal"
    ]
    given = app.template_context_processors[None]
    given[given.index(utils._user_context_processor)] = lambda: {"current_user": utils.current_user}


def _register_rooms(app: Flask) -> None:
    from portal.core import events, facts, jobs, veiling

    for room in ROOMS:
        name = f"portal.blueprints.{room}"
        for part in ("models", "queries"):
            if find_spec(f"{name}.{part}"):
                found = importlib.import_module(f"{name}.{part}")
                facts.register(getattr(found, "FACTS", ()))
                veiling.register(getattr(found, "OPENS", {}))
        for door in ("views", "api"):
            if find_spec(f"{name}.{door}"):
                module = importlib.import_module(f"{name}.{door}")
                _open_door(app, module)
        if find_spec(f"{name}.api"):
            # Who calls is told by a bearer token alone, never by a cookie that a browser would add
            # to somebody else's form: see `reader.viewer`.
            app.extensions["csrf"].exempt(importlib.import_module(f"{name}.api").bp)
        if not find_spec(f"{name}.jobs"):
            continue
        module = importlib.import_module(f"{name}.jobs")
        for work, queue in getattr(module, "JOBS", {}).items():
            jobs.add(app, f"{room}.{work.__name__}", work, queue=queue)
        for work, period in getattr(module, "EVERY", {}).items():
            queue = getattr(module, "JOBS", {}).get(work, "default")
            jobs.every(app, period, f"{room}.{work.__name__}", work, queue=queue)
        for event, work in getattr(module, "FOLLOWS", {}).items():
            follower = f"{room}.{work.__name__}"
            jobs.add(app, follower, work)
            if follower not in events.FOLLOWERS.setdefault(event, []):
                events.FOLLOWERS[event].append(follower)


def _open_door(app: Flask, module: Any) -> None:
    from flask_login import user_logged_out

    app.register_blueprint(module.bp)
    for view in getattr(module, "ONE_CLICK", ()):
        app.extensions["csrf"].exempt(view)
    for work in getattr(module, "AT_SIGN_OUT", ()):
        user_logged_out.connect(work, app, weak=False)


def main() -> None:
    """Run the `portal` command."""
    from portal.cli import portal

    portal(obj=create_app)
