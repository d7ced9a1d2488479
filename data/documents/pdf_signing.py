"""PAdES signatures with pyHanko; this module imports it, so it is itself imported late."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, SimpleBoxLayoutRule
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers import Signer as CmsSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from data.documents import drawn_pdf
from data.documents.canvas import Canvas
from data.documents.records import SealPlacement, SignatureState
from data.documents.seal import draw_seal
from data.documents.signing import Signer

FIELD = "Seal"
# A P-256 signature with two certificates needs about 2 KiB; reserving it saves a dry run.
BYTES_RESERVED = 12 * 1024
POINTS_PER_MM = 72 / 25.4
# The seal fills its square: as large as on a paper copy.
FILLING = SimpleBoxLayoutRule(x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID)


class PortSigner(CmsSigner):
    """pyHanko's signer over our port: the key never leaves :class:`Signer`."""

    def __init__(self, signer: Signer) -> None:
        chain = [_certificate(item) for item in signer.certificates]
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's
        store.register_multiple(chain)
        self._signer = signer
        super().__init__(signing_cert=chain[0], cert_registry=store, embed_roots=True)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Return the raw signature of the signed attributes."""
        if digest_algorithm != "sha256":
            raise SigningError(f"digest {digest_algorithm} is not served")
        return self._signer.sign(data)


class TimedPdfSigner(PdfSigner):
    """A PDF signer whose present is given, so that the sandbox clock holds in signatures too."""

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = at

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        """Open a session that takes place at the given instant."""
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self._at
        return session


def add_signature(
    pdf: bytes, *, signer: Signer, seal: SealPlacement | None, reason: str, at: datetime
) -> bytes:
    """Certify a PDF with the signer's key; no change is allowed afterwards."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    if seal is None:
        return _sign(writer, meta, signer, at, {})
    with tempfile.NamedTemporaryFile(suffix=".pdf") as page:
        page.write(_seal_page(seal.arc, seal.line, seal.sample, seal.size_mm))
        page.flush()
        style = StaticStampStyle.from_pdf_file(
            page.name, border_width=0, background_opacity=1, background_layout=FILLING
        )
        spec = _field(writer, seal)
        return _sign(writer, meta, signer, at, {"stamp_style": style, "new_field_spec": spec})


def _sign(
    writer: IncrementalPdfFileWriter,
    meta: PdfSignatureMetadata,
    signer: Signer,
    at: datetime,
    extra: dict[str, Any],
) -> bytes:
    pdf_signer = TimedPdfSigner(meta, PortSigner(signer), at=at, **extra)
    output = pdf_signer.sign_pdf(writer, bytes_reserved=BYTES_RESERVED, in_place=False)
    return bytes(output.getvalue())


def _field(writer: IncrementalPdfFileWriter, seal: SealPlacement) -> fields.SigFieldSpec:
    page = seal.page if seal.page >= 0 else int(writer.root["/Pages"]["/Count"]) + seal.page
    height = float(_page(writer, page)["/MediaBox"][3])
    left = seal.x_mm * POINTS_PER_MM
    top = height - seal.y_mm * POINTS_PER_MM
    size = seal.size_mm * POINTS_PER_MM
    box: Any = tuple(round(value, 3) for value in (left, top - size, left + size, top))
    return fields.SigFieldSpec(FIELD, on_page=page, box=box)


def _page(writer: IncrementalPdfFileWriter, number: int) -> Any:
    reader: Any = writer.prev
    return reader.find_page_for_modification(number)[0].get_object()


@lru_cache(maxsize=16)
def _seal_page(arc: str, line: str, sample: str, size_mm: float) -> bytes:
    page = Canvas(size_mm, size_mm)
    draw_seal(page, SealPlacement(arc, line, 0.0, 0.0, size_mm, sample=sample))
    return drawn_pdf.write([page], title=line, metadata="", created=datetime.fromtimestamp(0, UTC))


def read_signature(pdf: bytes, *, roots: Sequence[bytes], at: datetime) -> SignatureState:
    """Judge the one signature of a file; more than one is not ours."""
    try:
        reader = PdfFileReader(BytesIO(pdf))
        found = reader.embedded_signatures
        if len(found) != 1:
            return SignatureState(signed=False)
        context = ValidationContext(
            trust_roots=[_certificate(item) for item in roots], moment=at, allow_fetching=False
        )
        status = validate_pdf_signature(found[0], context)
    except Exception:  # noqa: BLE001  a foreign or changed file may break the parser in any way
        return SignatureState(signed=False)
    return SignatureState(
        signed=True,
        intact=status.intact and status.valid,
        trusted=status.trusted,
        whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        signer=status.signing_cert.subject.native.get("common_name", ""),
        signed_at=status.signer_reported_dt,
    )


def _certificate(text: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(pem.unarmor(text)[2])
