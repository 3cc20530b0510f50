"""The process that makes PDFs: same bytes, no connection, and always an end."""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import page
import pytest

from portal.core import apart
from portal.reports import pdf, snapshot, typeset
from portal.reports.facts import Quote
from portal.reports.limits import MEGABYTE
from portal.reports.pdf import BadSnapshot, Crashed, Limits, TimedOut, TooLarge
from tests.reports.pages import attached, made, reader, text_of, words
from tests.reports.samples import EMPTIEST, FULL

ROOT = Path(__file__).parents[2]
CANARY = "CANARY-IN-A-FILE"


@pytest.mark.slow  # two processes, each of which loads WeasyPrint
def test_same_snapshot_gives_the_same_bytes_in_every_process() -> None:
    first, second = (pdf.render("account", text_of(FULL), locale="fr") for _ in range(2))
    assert first == second
    assert len(reader(first).pages) == 2


def test_same_snapshot_gives_the_same_bytes_whatever_its_layout() -> None:
    indented = json.dumps(json.loads(text_of(FULL)), indent=2)
    assert typeset.typeset("account", indented, locale="en") == made(FULL)


def test_other_facts_language_or_paper_give_other_bytes() -> None:
    other = replace(FULL, issue=replace(FULL.issue, number=3))
    assert len({made(FULL), made(other), made(FULL, locale="it"), made(FULL, paper="Letter")}) == 4


def test_parent_loads_no_typesetter_and_child_no_web() -> None:
    said = "import sys; {}; print([m for m in {!r} if m in sys.modules])"
    for what, modules in (
        ("import portal.reports.pdf", ("weasyprint", "flask", "sqlalchemy", "numpy")),
        ("import portal.reports.typeset", ("flask", "sqlalchemy", "numpy")),
    ):
        out = subprocess.run(
            [sys.executable, "-c", said.format(what, modules)],
            capture_output=True, check=True, cwd=ROOT, text=True,
        )  # fmt: skip
        assert out.stdout.strip() == "[]"


def test_child_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("DATABASE_URL", "sqlite://")
    assert not {"PORTAL_SECRET_KEY", "DATABASE_URL"} & set(apart.environment())


def test_too_many_characters_are_refused_before_anything_starts() -> None:
    quote = Quote(text="word " * 250_000, language="en")
    begun = time.monotonic()
    with pytest.raises(TooLarge, match="characters"):
        pdf.render("account", text_of(replace(FULL, quotes=(quote,))), locale="en")
    assert time.monotonic() - begun < 1


def test_too_many_rows_are_refused_before_anything_starts() -> None:
    with pytest.raises(TooLarge, match="rows"):
        pdf.render("account", text_of(FULL), locale="en", limits=Limits(rows=20))


@pytest.mark.parametrize(
    "text", ["line\n" * 40_000, "word " * 60_000, "x" * 300_000, "\n" * 200_000]
)
def test_much_text_within_the_limits_is_cut_not_suffered(text: str) -> None:
    facts = replace(FULL, quotes=(Quote(text=text, language="en"), FULL.quotes[0]))
    begun = time.monotonic()
    assert len(reader(made(facts)).pages) == 2
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "nonsense",
        "[" * 100_000,
        '{"kind": "account", "version": 1}',
        '{"facts": NaN}',
    ],
)
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(BadSnapshot):
        typeset.typeset("account", text, locale="en")


def test_unknown_language_or_paper_is_refused() -> None:
    for options in ({"locale": "de"}, {"locale": "en", "paper": "A3"}):
        with pytest.raises(BadSnapshot):
            pdf.render("account", text_of(FULL), **options)  # type: ignore[arg-type]


@pytest.mark.slow  # a process that loads WeasyPrint
def test_child_says_what_is_wrong_with_a_snapshot() -> None:
    raw = json.loads(text_of(FULL))
    raw["facts"]["strip"]["risk"]["band"] = "purple"
    with pytest.raises(BadSnapshot, match=r"facts\.strip\.risk\.band"):
        pdf.render("account", json.dumps(raw), locale="en")


def _run(module: str, *, request: dict[str, Any] | None = None, **limits: int) -> bytes:
    bounds = Limits(**limits)
    asked = {"memory": bounds.memory, "cpu": bounds.cpu, "wall": bounds.wall} | (request or {})
    return pdf.run(f"tests.reports.children.{module}", asked, "{}", limits=bounds)


@pytest.mark.slow  # waits for a limit of one second
def test_endless_child_is_ended_at_its_limit_of_processor_time() -> None:
    begun = time.monotonic()
    with pytest.raises(TimedOut):
        _run("endless", cpu=1, wall=20)
    assert time.monotonic() - begun < 15


@pytest.mark.slow  # waits for a limit of one second
def test_sleeping_child_and_its_children_are_ended(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with pytest.raises(TimedOut):
        _run("sleeper", request={"pids": str(pids)}, wall=2)
    grandchild = int(pids.read_text())
    for _ in range(50):
        if not _alive(grandchild):
            return
        time.sleep(0.1)
    pytest.fail("the child's own child is still alive")


@pytest.mark.slow  # starts a process
def test_child_that_wants_too_much_memory_ends() -> None:
    with pytest.raises(Crashed, match="MemoryError"):
        _run("glutton", memory=512 * MEGABYTE)


@pytest.mark.slow  # waits for the alarm of an orphan
def test_orphan_ends_itself() -> None:
    request = json.dumps({"memory": 2**30, "cpu": 9, "wall": -1, "pids": os.devnull}).encode()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.reports.children.sleeper"],
        stdin=subprocess.PIPE, start_new_session=True, cwd=ROOT,
    )  # fmt: skip
    assert child.stdin is not None
    child.stdin.write(request + b"\n")
    child.stdin.close()
    assert child.wait(20) == -14
    os.killpg(child.pid, 9)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


HOSTILE = (
    "<img src=file://{file}>",
    "<style>@import url(http://127.0.0.1:9/a.css)</style>",
    "<svg><use href='http://127.0.0.1:9/a.svg#x'/></svg>",
    "<link rel=attachment href='file://{file}'>",
    "<object data='file://{file}'></object>",
    "</blockquote><iframe src='http://127.0.0.1:9'></iframe>",
    "{{{{ 7 * 7 }}}} {{% include 'x' %}} %(who)s %s",
    "url(http://127.0.0.1:9/b.png) &lt;b&gt; &#60;",
)


@pytest.mark.parametrize("template", HOSTILE)
def test_hostile_text_is_shown_as_text(
    template: str, tmp_path: Path, no_network: list[str]
) -> None:
    file = tmp_path / "secret.txt"
    file.write_text(CANARY)
    text = template.format(file=file)
    facts = replace(
        FULL,
        account=replace(FULL.account, name=text, industry=text),
        situation=replace(FULL.situation, because=text, who=text),
        quotes=(Quote(text=text, language='"><img src=x>', who=text), FULL.quotes[0]),
        will_not_offer=(text,),
    )
    made_of = made(facts)
    assert text.replace(" ", "")[:40] in words(made_of).replace(" ", "")
    assert list(attached(made_of)) == ["briefing.json"]
    assert CANARY.encode() not in made_of
    assert CANARY not in words(made_of)
    assert no_network == []


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that was asked of the fetcher and refused, or reached for a socket."""
    asked: list[str] = []

    def connect(self: object, address: object) -> None:
        asked.append(str(address))
        raise OSError("no network in tests")

    monkeypatch.setattr("socket.socket.connect", connect)
    refuse = typeset.Assets.fetch

    def fetch(self: typeset.Assets, url: str, headers: Any = None) -> Any:
        before = len(self.refused)
        try:
            return refuse(self, url, headers)
        finally:
            asked.extend(self.refused[before:])

    monkeypatch.setattr(typeset.Assets, "fetch", fetch)
    return asked


def test_fetcher_answers_for_our_own_assets_only() -> None:
    ours = typeset.Assets({"revenue.svg": b"<svg/>"})
    assert ours.fetch(typeset.BASE + "revenue.svg").read() == b"<svg/>"
    for url in (
        "file:" + "///etc/passwd",
        "http://127.0.0.1/x.svg",
        "https://parley.invalid.example/revenue.svg",
        typeset.BASE + "../facts.py",
        typeset.BASE + "fonts/../print.css",
        typeset.BASE + "print.css",
        "data:text/plain,x",
    ):
        with pytest.raises(ValueError, match="own assets"):
            ours.fetch(url)


def _strings() -> list[str]:
    folder = ROOT.parent / "shared" / "data" / "hostile"
    if not folder.is_dir():
        folder = ROOT.parents[1] / "shared" / "data" / "hostile"
    if not folder.is_dir():
        return []
    names = (folder / "names_rtl_cjk.csv").read_text("utf-8").splitlines()
    return [*json.loads((folder / "blns.json").read_text("utf-8")), *names]


@pytest.mark.slow  # several hundred strings are set
@pytest.mark.skipif(not _strings(), reason="the hostile strings lie beside the repository")
def test_naughty_strings_never_crash(no_network: list[str]) -> None:
    strings = _strings()
    for i in range(0, len(strings), 90):
        batch = strings[i : i + 90]
        lines = tuple(replace(FULL.cases[0], what=text) for text in batch[:6])
        facts = replace(
            FULL,
            account=replace(FULL.account, name=batch[0] or "x"),
            quotes=tuple(Quote(text=text or "x", language="en") for text in batch[6:8]),
            cases=lines,
            will_not_offer=tuple(batch),
        )
        assert len(reader(made(facts)).pages) == 2
    assert no_network == []


def test_character_without_a_font_shows_as_a_box() -> None:
    name = "Acme \U00011d00 Ltd"  # Masaram Gondi, a script that no usual font has
    facts = replace(FULL, account=replace(FULL.account, name=name))
    pdf_made = made(facts)
    assert "Acme □ Ltd" in words(pdf_made)
    assert json.loads(attached(pdf_made)["briefing.json"][0])["facts"]["account"]["name"] == name
    report = page.validate_pdf_bytes(pdf_made, profile=page.ValidationProfile.PDF_UA_1)
    assert report.is_compliant, [str(failure) for failure in report.failures]


def test_lone_surrogates_and_control_characters_are_left_out() -> None:
    name = "A\ud800B\x00C\u202eD\x1b[31mE"
    facts = replace(EMPTIEST, account=replace(EMPTIEST.account, name=name))
    said = words(made(facts))
    assert re.search(r"A B C D \[31mE", said)
    assert snapshot.loads(text_of(facts), kind="account", shape=type(facts)) == facts
