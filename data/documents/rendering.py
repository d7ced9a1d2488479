"""HTML to PDF with WeasyPrint; this module imports it, so it is itself imported late."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from weasyprint import HTML
from weasyprint import Attachment as PdfAttachment
from weasyprint.urls import URLFetcher

from data.documents.records import Attachment


class OnlyInline(URLFetcher):  # type: ignore[misc]  # WeasyPrint is untyped
    """Answers ``data:`` URLs; a template can reach neither the network nor a file."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"})


def write_pdf(
    html: str, *, attachments: Sequence[Attachment], variant: str | None, created: datetime
) -> bytes:
    """Render a document; equal input gives equal bytes."""
    files = [
        PdfAttachment(
            string=item.content,
            name=item.name,
            description=item.description,
            created=created,
            modified=created,
            relationship=item.relationship,
            url_fetcher=OnlyInline(),
        )
        for item in attachments
    ]
    options: dict[str, Any] = {"pdf_variant": variant} if variant else {}
    identifier = sha256(html.encode() + b"".join(sha256(item.content).digest() for item in attachments))
    document = HTML(string=html, url_fetcher=OnlyInline())
    return bytes(
        document.write_pdf(attachments=files, pdf_identifier=identifier.hexdigest().encode(), **options)
    )
