"""Who signs a bill: the centre's seal on the PDF, and the pair of SM2 signatures on its data."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.documents import keys, signing, sm2
from data.documents.signing import Signer
from registry.receipts.records import Bill, Chain, CheckedSignature

ROLES = ("issuer", "supervisor")
STEMS = (signing.FINANCE_SEAL[0], sm2.ISSUER[0], sm2.SUPERVISOR[0])


@dataclass(frozen=True, slots=True)
class BillKeys:
    """Three signers: of the PDF (PAdES), of the data as issuer (开票单位) and as supervisor."""

    pdf: Signer
    issuer: Signer
    supervisor: Signer

    @property
    def sm2_roots(self) -> list[bytes]:
        """Return the roots that the pair on the data must lead to, PEM."""
        return [self.issuer.certificates[-1], self.supervisor.certificates[-1]]

    @property
    def chains(self) -> tuple[Chain, Chain]:
        """Return the certificates of the pair."""
        return chain_of("issuer", self.issuer), chain_of("supervisor", self.supervisor)


def sandbox_keys(folder: Path) -> BillKeys:
    """Return the sandbox's keys from the keys folder; made when absent."""
    return BillKeys(
        signing.sandbox_signer(folder, signing.FINANCE_SEAL),
        sm2.sandbox_sm2_signer(folder, sm2.ISSUER),
        sm2.sandbox_sm2_signer(folder, sm2.SUPERVISOR),
    )


def rotate_sandbox_keys(folder: Path, *, at: datetime) -> None:
    """Put the sandbox's keys of bills aside; the authorities stay, so that old signatures hold on."""
    for stem in STEMS:
        keys.retire(folder, stem, at=at)


def chain_of(role: str, signer: Signer) -> Chain:
    """Return a signer's certificates with their hash."""
    certificates = tuple(signer.certificates)
    subject = str(sm2.load(certificates[0]).subject.native["common_name"])
    return Chain(hashlib.sha256(b"".join(certificates)).digest(), role, subject, certificates)


def check_pair(bill: Bill, chains: dict[bytes, Chain], *, roots: list[bytes]) -> list[CheckedSignature]:
    """Check the pair of signatures on a bill's data under the certificates it was signed with.

    Parameters
    ----------
    bill : Bill
        A signed bill.
    chains : dict
        Certificates by their hash.
    roots : list of bytes
        Trusted roots, PEM.
    """
    found = []
    signatures = (bill.xml_signature, bill.supervisor_signature)
    for role, chain_id, signature in zip(
        ROLES, (bill.issuer_chain, bill.supervisor_chain), signatures, strict=True
    ):
        chain = chains.get(bytes(chain_id or b""))
        good = (
            chain is not None
            and sm2.chain_holds(chain.certificates, roots, at=bill.issued_at)
            and sm2.verify(chain.certificates[0], bytes(bill.xml or b""), bytes(signature or b""))
        )
        found.append(CheckedSignature(role, chain.subject if chain else "", sm2.ALGORITHM, good))
    return found
