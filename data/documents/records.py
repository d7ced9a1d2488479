"""Records of documents."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside a PDF/A-3; ``relationship`` is Data, Source, Alternative, Supplement or Unspecified."""

    name: str
    content: bytes
    description: str
    relationship: str = "Data"


@dataclass(frozen=True, slots=True)
class Pen:
    """How a line or area is drawn: colours as #rrggbb, or None; width in millimetres; join miter or round."""

    stroke: str | None
    fill: str | None
    width: float
    join: str = "miter"


@dataclass(frozen=True, slots=True)
class SealPlacement:
    """Where a round seal stands: its square's left and top edge and size in millimetres.

    ``page`` counts from 0; -1 is the last page. ``arc`` is the text along the circle, ``line`` the text
    below the star, ``sample`` a note inside the rim (empty on a real seal).
    """

    arc: str
    line: str
    x_mm: float
    y_mm: float
    size_mm: float = 42.0
    page: int = -1
    sample: str = ""


@dataclass(frozen=True, slots=True)
class SignatureState:
    """What a PDF's signature says about the file.

    ``intact`` and ``trusted`` come from the signature and its certificate, ``whole_file`` tells that no byte
    stands outside of it.
    """

    signed: bool
    intact: bool = False
    trusted: bool = False
    whole_file: bool = False
    signer: str = ""
    signed_at: datetime | None = None

    @property
    def valid(self) -> bool:
        """Return whether the signature is good and covers the whole file."""
        return self.signed and self.intact and self.trusted and self.whole_file
