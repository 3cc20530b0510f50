"""Makes a PDF of every sample briefing, in every language, into tmp/pdf: `make pdf`."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from portal.reports import pdf, snapshot
from portal.reports.kinds import KINDS
from tests.reports import samples

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "tmp" / "pdf"


@dataclass(frozen=True)
class Sample:
    """One briefing in one language: its facts as text, and the name of its file."""

    kind: str
    name: str
    facts: str
    language: str

    @property
    def file(self) -> Path:
        """Where its PDF goes."""
        return TARGET / f"{self.kind}-{self.name.lower()}-{self.language}.pdf"


def all_samples() -> Iterator[Sample]:
    """Finds the sample facts of every kind of briefing in tests/reports/samples.py."""
    for name, value in vars(samples).items():
        for kind in KINDS.values():
            if isinstance(value, kind.shape):
                facts = snapshot.dumps(value, kind=kind.name)
                yield from (Sample(kind.name, name, facts, language) for language in pdf.LANGUAGES)


def make(sample: Sample) -> str:
    """Writes one PDF and returns a line about it."""
    begin = time.monotonic()
    content = pdf.render(sample.kind, sample.facts, locale=sample.language)
    sample.file.write_bytes(content)
    took = time.monotonic() - begin
    return f"{sample.file.relative_to(ROOT)}  {len(content) // 1024} KB  {took:.1f} s"


def main() -> int:
    """Makes all PDFs, two at a time."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        for line in pool.map(make, all_samples()):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
