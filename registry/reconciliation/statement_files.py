"""A county's month statement as signed files: a sealed PDF, and tables with signatures beside them."""

from dataclasses import dataclass

from data.clock import SHANGHAI
from data.documents import service as documents
from data.documents import signed_package
from data.documents.records import SealPlacement
from data.documents.signing import Signer
from registry.receipts.press import SEAL_ARC, SEAL_LINE
from registry.reconciliation import report_files
from registry.reconciliation.county_statement import CountyStatement
from registry.reconciliation.report_files import Sheet, Words

# In the lower right corner of the last page, A4 lying, millimetres.
SEAL_AT, SEAL_MM = (246.0, 158.0), 36.0


@dataclass(frozen=True, slots=True)
class StatementFiles:
    """Writes the files of one statement: its titles and words, and who signs.

    ``words`` are those of tables, ``printed`` those of the PDF; ``stamp`` says what it is about and of when.
    """

    statement: CountyStatement
    title: str
    figures_title: str
    payouts_title: str
    stamp: str
    words: Words
    printed: Words
    signer: Signer

    @property
    def stem(self) -> str:
        """Return the name of the files without their ending."""
        return f"statement-{self.statement.county_code}-{self.statement.month:%Y-%m}"

    def figures_csv(self) -> bytes:
        """Return the figures as CSV."""
        return report_files.report_csv(self.statement.figures, self.words)

    def payouts_csv(self) -> bytes:
        """Return the payouts as CSV."""
        return report_files.report_csv(self.statement.payouts, self.words)

    def xlsx(self) -> bytes:
        """Return figures and payouts as a workbook of two sheets."""
        return report_files.report_xlsx(self._sheets(), self.words, stamp=f"{self.title} · {self.stamp}")

    def pdf(self) -> bytes:
        """Return the statement as a sealed PDF (PAdES).

        Raises
        ------
        FontMissing
        """
        face = report_files.report_pdf(self._sheets(), self.printed, title=self.title, notes=[self.stamp])
        seal = SealPlacement(SEAL_ARC, SEAL_LINE, *SEAL_AT, size_mm=SEAL_MM, sample=self.signer.sample)
        at = self.statement.as_of.astimezone(SHANGHAI)
        return documents.sign_pdf(face, signer=self.signer, seal=seal, reason="月度对账单", at=at)

    def package(self) -> bytes:
        """Return all files with the signatures of the tables, certificates, and how to check them (ZIP)."""
        files = {
            f"{self.stem}.csv": self.figures_csv(),
            f"{self.stem}-payouts.csv": self.payouts_csv(),
            f"{self.stem}.xlsx": self.xlsx(),
            f"{self.stem}.pdf": self.pdf(),
        }
        return signed_package.write(files, signer=self.signer, at=self.statement.as_of)

    def _sheets(self) -> list[Sheet]:
        return [
            Sheet(self.figures_title, self.statement.figures),
            Sheet(self.payouts_title, self.statement.payouts),
        ]
