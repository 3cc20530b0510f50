"""What WeasyPrint leaves out of a PDF: languages of quotations, the PDF/UA mark beside PDF/A,
clean streams.
"""

import re
import zlib
from collections.abc import Sequence

import pydyf
from weasyprint import Document

# PDF/A knows only the metadata that it is told of, so the PDF/UA mark comes with its schema.
PDF_UA = b"""
<rdf:Description rdf:about=""
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>PDF/UA part</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description></rdf:RDF>"""
AMBIGUOUS = re.compile(rb"[\r\n]\nendstream")


class Settled(pydyf.Object):
    """An object whose bytes are known: its file is written from them twice, for the identifier and
    for the file, and each time a dictionary would be spelt out anew.
    """

    data = b""

    def __init__(self, known: pydyf.Object) -> None:
        super().__init__()
        self.number, self.generation, self.free = known.number, known.generation, known.free
        self.data = known.data


def finish(document: Document, pdf: pydyf.PDF, *, languages: Sequence[str], salt: int) -> None:
    """Complete a PDF before it is written; `languages` are those of its quotations, in their
    order.
    """
    del document
    tags = [o for o in pdf.objects if isinstance(o, dict) and o.get("S") == "/BlockQuote"]
    for tag, language in zip(tags, languages, strict=True):
        tag["Lang"] = pydyf.String(language)
    # WeasyPrint names an attachment twice, by its name and by its file.
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
    if salt:
        pdf.info["Attempt"] = salt
    for place, one in enumerate(pdf.objects):
        if isinstance(one, pydyf.Stream):
            _pack(one)
        elif isinstance(one, dict):
            pdf.objects[place] = Settled(one)


def is_ambiguous(pdf: bytes) -> bool:
    """Say whether some stream ends in what a reader may take for the end of its line."""
    return AMBIGUOUS.search(pdf) is not None


def _pack(stream: pydyf.Stream) -> None:
    # Packed once here: WeasyPrint would do it twice, for the identifier and for the file, and at
    # the level that costs twice as much to save a hundredth.
    packed = stream.compress
    stream.compress = False
    body = stream.data.partition(b"\nstream\n")[2].removesuffix(b"\nendstream")
    if stream.extra.get("Type") == "/Metadata":
        # Metadata stays legible: PDF/A forbids a filter here.
        stream.stream = [body.replace(b"</rdf:RDF>", PDF_UA)]
        return
    small = zlib.compress(body, 6) if packed else body
    # A few end in a byte that reads as the end of a line; those are written as they are.
    if packed and small[-1:] not in b"\r\n":
        stream.stream = [small]
        stream.extra["Filter"] = "/FlateDecode"
