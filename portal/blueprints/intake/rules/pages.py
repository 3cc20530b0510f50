"""The words of a page (HTML), as a mail program would show them, without what it would fetch."""

import re
from html.parser import HTMLParser

SILENT = {"script", "style", "head", "title", "template", "noscript", "object"}
PARAGRAPHS = {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul"}
BLOCKS = PARAGRAPHS | {
    *("address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "fieldset"),
    *("figure", "footer", "form", "header", "hr", "li", "main", "nav", "section"),
    *("tbody", "tfoot", "thead", "tr"),
}
WHITE = re.compile(r"[ \t\r\n\f]+")
DEEPEST = 40


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.prefixes: list[str] = [""]
        self.silent: list[str] = []
        self.quoted = 0
        self.kept = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self.silent.append(tag)
        if self.silent:
            # Broken pages close their head by opening their body.
            if tag == "body":
                self.silent.clear()
            return
        if tag in BLOCKS:
            self._end_line(apart=tag in PARAGRAPHS)
        if tag == "blockquote":
            self.quoted = min(self.quoted + 1, DEEPEST)
            self.prefixes[-1] = "> " * self.quoted
        elif tag == "pre":
            self.kept += 1
        elif tag == "br":
            self._end_line(always=True)
        elif tag in ("td", "th") and self.lines[-1].strip():
            self.lines[-1] += "\t"
        elif tag == "li":
            self.lines[-1] += "- "
        elif tag == "img":
            self.handle_data(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag in self.silent:
                del self.silent[self.silent.index(tag) :]
            return
        if tag in BLOCKS:
            self._end_line(apart=tag in PARAGRAPHS)
        if tag == "blockquote" and self.quoted:
            self.quoted -= 1
            last = 2 if len(self.lines) > 1 and not self.lines[-2] else 1
            self.prefixes[-last:] = ["> " * self.quoted] * last
        elif tag == "pre" and self.kept:
            self.kept -= 1

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if self.kept:
            first, *others = data.replace("\r\n", "\n").split("\n")
            self.lines[-1] += first
            for line in others:
                self._end_line(always=True)
                self.lines[-1] += line
            return
        words = WHITE.sub(" ", data)
        self.lines[-1] += words if self.lines[-1] else words.lstrip(" ")

    def unknown_decl(self, data: str) -> None:
        """Pass over what word processors write between tags."""

    def _end_line(self, *, apart: bool = False, always: bool = False) -> None:
        if always or self.lines[-1].strip():
            self._begin()
        if apart and len(self.lines) > 1 and self.lines[-2].strip():
            self._begin()

    def _begin(self) -> None:
        self.lines.append("")
        self.prefixes.append("> " * self.quoted)

    def text(self) -> str:
        shown = [
            (prefix + line.rstrip()).rstrip()
            for prefix, line in zip(self.prefixes, self.lines, strict=True)
        ]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(shown)).strip("\n")


def text_of_page(page: str) -> str:
    """Give the words of a page; quoted passages begin with `>`, nothing is fetched or run."""
    reader = _Page()
    reader.feed(page)
    reader.close()
    return reader.text()
