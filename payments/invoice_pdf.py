"""An invoice on paper. Everything comes from the row, the date of the file too, so that it is always the same bytes."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from django.conf import settings
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from core.kit.figures import money, number, percent
from payments.models.invoices import Invoice

FONTS = settings.BASE_DIR / "static" / "build" / "fonts"
INK, MUTED, HAIRLINE, TEAL = (24, 28, 31), (96, 104, 110), (214, 219, 222), (13, 104, 101)
MARGIN, BOTTOM, RIGHT = 20.0, 22.0, 190.0
TEXT_WIDTH, QUANTITY_AT, UNIT_AT = 92.0, 128.0, 158.0
LINE = 4.6
UNPRINTABLE = "□"

# They tell of each sign that the font lacks and of each table they cut; the reader sees a sign that says so.
for noisy in ("fpdf", "fontTools"):
    logging.getLogger(noisy).setLevel(logging.ERROR)


def render(invoice: Invoice) -> bytes:
    """The PDF of an invoice or credit note, whose `corrects` is loaded."""
    sheet = _Sheet(invoice)
    sheet.add_page()
    sheet.letterhead()
    sheet.parties()
    sheet.items()
    sheet.totals()
    sheet.closing()
    sheet.number_pages()
    return bytes(sheet.output())


def pdf_response(invoice: Invoice) -> HttpResponse:
    """As a file to keep. The caller has checked the right to it."""
    headers = {"Content-Disposition": f'attachment; filename="{invoice.filename}"'}
    return HttpResponse(render(invoice), content_type="application/pdf", headers=headers)


class _Sheet(FPDF):
    def __init__(self, invoice: Invoice) -> None:
        super().__init__(format="A4")
        self.invoice = invoice
        self.title_text = _("Credit note") if invoice.is_credit_note else _("Invoice")
        self.in_table = False
        self.set_margins(MARGIN, MARGIN, 210 - RIGHT)
        self.c_margin = 0
        self.set_auto_page_break(True, BOTTOM)
        self.set_creation_date(invoice.issued_at)
        self.set_title(f"{self.title_text} {invoice.number}")
        self.set_author(invoice.seller["name"])
        self.set_lang("en")
        self.add_font("Inter", "", FONTS / "Inter_400Regular.ttf")
        self.add_font("Inter", "B", FONTS / "Inter_600SemiBold.ttf")
        self.set_text_shaping(True, features={"kern": True, "tnum": True})
        self.known = cast(TTFFont, self.fonts["inter"]).cmap

    def header(self) -> None:
        if self.page_no() > 1:
            self._style(8.5, MUTED)
            self._line(_("%(title)s %(number)s, continued") % self._names)
            self.ln(3)
            if self.in_table:
                self._head()

    def number_pages(self) -> None:
        """At the end, when it is known how many there are."""
        self.set_auto_page_break(False)
        for page in range(1, self.pages_count + 1):
            self.page = page
            self.set_y(-16)
            self._style(1, MUTED)  # a size that no page ended with: fpdf leaves out a change that it takes for none
            self._style(8, MUTED)
            self._at(MARGIN, f"{self.invoice.seller['name']} · {self.invoice.number}")
            self._right(RIGHT, _("Page %(page)d of %(pages)d") % {"page": page, "pages": self.pages_count})

    def letterhead(self) -> None:
        self._mark(MARGIN, MARGIN)
        self._style(13, INK, bold=True)
        self._at(MARGIN + 9.5, settings.SITE_NAME, height=7.5)
        self._style(20, INK, bold=True)
        self._right(RIGHT, self.title_text, height=7.5)
        self.ln(16)

    def parties(self) -> None:
        top = self.get_y()
        self._party(MARGIN, _("From"), self.invoice.seller)
        ends = [self.get_y()]
        self.set_y(top)
        self._party(76, _("Billed to"), self.invoice.buyer)
        ends.append(self.get_y())
        self.set_y(top)
        for label, value in self._facts():
            self._style(8.5, MUTED)
            self._at(134, label)
            self._style(8.5, INK)
            self._right(RIGHT, value)
            self.ln(LINE + 0.6)
        self.set_y(max(*ends, self.get_y()) + 9)

    def items(self) -> None:
        self.in_table = True
        self._head()
        for line in self.invoice.lines:
            self._row(line)
        self.in_table = False

    def totals(self) -> None:
        invoice, rows = self.invoice, list(self._sums())
        self._keep_together(len(rows) * 6 + 34)
        self.ln(2)
        for label, amount in rows:
            self._style(9, MUTED)
            self._at(110, label, height=6)
            self._style(9, INK)
            self._right(RIGHT, amount, height=6)
            self.ln(6)
        self._rule(110, INK, 0.3)
        self.ln(1)
        self._style(11.5, INK, bold=True)
        self._at(110, _("Total"), height=8)
        self._right(RIGHT, money(invoice.shown_total, invoice.currency), height=8)
        self.ln(8)

    def closing(self) -> None:
        self.ln(7)
        self._style(9.5, INK, bold=True)
        for sentence in self._settled():
            self._wrapped(RIGHT - MARGIN, sentence)
            self._style(9, MUTED)
        if self.invoice.tax_note:
            self.ln(1.5)
            self._wrapped(RIGHT - MARGIN, self.invoice.tax_note)

    @property
    def _names(self) -> Mapping[str, str]:
        return {"title": self.title_text, "number": self.invoice.number}

    def _facts(self) -> Iterator[tuple[str, str]]:
        invoice = self.invoice
        yield (_("Credit note no.") if invoice.is_credit_note else _("Invoice no.")), invoice.number
        yield _("Date"), date_format(invoice.issued_at, "j F Y")
        if invoice.corrects:
            yield _("For invoice"), invoice.corrects.number
            yield _("Of"), date_format(invoice.corrects.issued_at, "j F Y")
        yield _("Order"), invoice.subject_id
        yield _("Currency"), invoice.currency

    def _sums(self) -> Iterator[tuple[str, str]]:
        invoice = self.invoice
        yield _("Subtotal"), money(invoice.sign * invoice.net, invoice.currency)
        rate = percent(invoice.tax_basis_points / 10_000, 0 if invoice.tax_basis_points % 100 == 0 else 2)
        yield _("Tax, %(rate)s") % {"rate": rate}, money(invoice.sign * invoice.tax, invoice.currency)

    def _settled(self) -> Iterator[str]:
        day = {"day": date_format(self.invoice.issued_at, "j F Y")}
        if self.invoice.is_credit_note:
            yield _("Returned on %(day)s to the card it was paid with.") % day
            yield _("You need to do nothing. Banks take up to ten days to show it.")
        else:
            yield _("Paid on %(day)s by card. Nothing is due.") % day

    def _party(self, x: float, label: str, party: Mapping[str, Any]) -> None:
        self._style(8, MUTED)
        self._at(x, label)
        self.ln(LINE + 0.4)
        self._style(9.5, INK, bold=True)
        self._wrapped(52, party["name"], x)
        self._style(9, INK)
        vat = _("VAT or tax no. %(id)s") % {"id": party["vat_id"]} if party["vat_id"] else ""
        for text in (*party["address"], party["country"], vat):
            if text:
                self._wrapped(52, text, x)

    def _head(self) -> None:
        self._style(8, MUTED, bold=True)
        self._at(MARGIN, _("Item"))
        for edge, label in ((QUANTITY_AT, _("Quantity")), (UNIT_AT, _("Unit price")), (RIGHT, _("Amount"))):
            self._right(edge, label)
        self.ln(LINE + 1.2)
        self._rule(MARGIN, INK, 0.3)
        self.ln(1.2)

    def _row(self, line: Mapping[str, Any]) -> None:
        """One thing, with its licence and its producer's pseudonym below it. A row is never torn apart."""
        sub = " · ".join(part for part in (line["licence"], line["producer"]) if part)
        self._style(9.5, INK)
        texts = self._broken(line["text"])
        self._style(8, MUTED)
        subs = self._broken(sub) if sub else []
        self._keep_together((len(texts) + len(subs)) * LINE + 2.2)
        self._style(9.5, INK)
        top = self.get_y()
        self._figures(line)
        for text in texts:
            self._at(MARGIN, text)
            self.ln(LINE)
        self._style(8, MUTED)
        for text in subs:
            self._at(MARGIN, text)
            self.ln(LINE)
        self.set_y(max(self.get_y(), top + LINE) + 1)
        self._rule(MARGIN, HAIRLINE, 0.15)
        self.ln(1.2)

    def _figures(self, line: Mapping[str, Any]) -> None:
        sign, currency = self.invoice.sign, self.invoice.currency
        self._right(QUANTITY_AT, number(line["quantity"]))
        self._right(UNIT_AT, money(line["unit_amount"], currency))
        self._right(RIGHT, money(sign * line["amount"], currency))

    def _keep_together(self, height: float) -> None:
        if self.will_page_break(height):
            self.add_page()

    def _broken(self, text: str) -> Sequence[str]:
        """As lines of the first column. Most texts fit, and finding where to break one takes long."""
        printable = self._printable(text)
        if self.get_string_width(printable) <= TEXT_WIDTH:
            return [printable]
        found = self.multi_cell(TEXT_WIDTH, LINE, printable, dry_run=True, output="LINES", align="L")
        return [each.strip() for each in cast(list[str], found)]

    def _wrapped(self, width: float, text: str, x: float = MARGIN) -> None:
        self.set_x(x)
        self.multi_cell(width, LINE, self._printable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _line(self, text: str) -> None:
        self.cell(0, LINE, self._printable(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _at(self, x: float, text: str, height: float = LINE) -> None:
        self.set_x(x)
        self.cell(0, height, self._printable(text))

    def _right(self, edge: float, text: str, height: float = LINE) -> None:
        self.set_x(MARGIN)
        self.cell(edge - MARGIN, height, self._printable(text), align="R")

    def _printable(self, text: str) -> str:
        """A sign that the font lacks shows as one that says so."""
        return "".join(sign if ord(sign) in self.known else UNPRINTABLE for sign in text)

    def _style(self, size: float, color: tuple[int, int, int], *, bold: bool = False) -> None:
        self.set_font("Inter", "B" if bold else "", size)
        self.set_text_color(*color)

    def _rule(self, x: float, color: tuple[int, int, int], width: float) -> None:
        self.set_draw_color(*color)
        self.set_line_width(width)
        self.line(x, self.get_y(), RIGHT, self.get_y())

    def _mark(self, x: float, y: float) -> None:
        """The site's sign, as in static/icon.svg, whose box of 24 units becomes 7.5 mm."""
        unit = 7.5 / 24
        self.set_draw_color(*TEAL)
        self.set_line_width(2.5 * unit)
        for path in MARK:
            points = [(x + across * unit, y + down * unit) for across, down in path]
            self.polyline(points)


MARK = (
    ((3, 8), (3, 3.6), (3.6, 3), (8, 3)),
    ((16, 3), (20.4, 3), (21, 3.6), (21, 8)),
    ((21, 16), (21, 20.4), (20.4, 21), (16, 21)),
    ((8, 21), (3.6, 21), (3, 20.4), (3, 16)),
    ((8.5, 12.2), (10.9, 14.6), (15.5, 9.4)),
)
