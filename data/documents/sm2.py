"""SM2 signatures with SM3 (GM/T 0003.2, GM/T 0009), the pair on a bill's data; the curve is gmssl's."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from asn1crypto import keys, pem, x509
from asn1crypto.core import Integer
from asn1crypto.core import Sequence as Asn1Sequence
from cryptography.hazmat.primitives import hashes
from gmssl.sm2 import CryptSM2, default_ecc_table

from data.documents import sm2_certificates
from data.documents.keys import locked, write_private
from data.documents.signing import SANDBOX_SAMPLE

ALGORITHM = "SM2-SM3"
# GM/T 0009, 10: what a signature hashes as its signer's name where none was agreed.
SIGNER_ID = b"1234567812345678"
ORDER = int(default_ecc_table["n"], 16)
HEX = 64
ISSUER = ("bill-issuer-sm2", "咸宁市不动产登记中心财务专用章")
SUPERVISOR = ("bill-supervisor-sm2", "咸宁市财政局财政票据监制章")
AUTHORITY = ("sandbox-ca-sm2", "Ningtu 沙箱国密根证书")


@dataclass(frozen=True, slots=True)
class Sm2FileSigner:
    """An SM2 key from a file; a real seal's key stays in a cryptographic machine behind the same port."""

    secret: int
    certificates: tuple[bytes, ...]
    sample: str = ""
    algorithm: str = ALGORITHM

    def sign(self, message: bytes) -> bytes:
        """Return the SM2 signature (DER of r and s) of a message."""
        public = public_key(self.certificates[0])
        return sign_digest(self.secret, message_digest(public, message))


def verify(certificate_pem: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether an SM2 signature is good; anything that is no signature is not."""
    public = public_key(certificate_pem)
    return _verified(public, message_digest(public, message), signature)


def chain_holds(chain: Sequence[bytes], roots: Sequence[bytes], *, at: datetime) -> bool:
    """Tell whether each certificate was signed by the next, the last is trusted and all are in time.

    Parameters
    ----------
    chain : sequence of bytes
        PEM, the signer's own first.
    roots : sequence of bytes
        Trusted certificates, PEM.
    at : datetime
        Aware instant of the signature.
    """
    if not chain or chain[-1] not in roots:
        return False
    read = [load(item) for item in chain]
    for own, issuer in zip(read, [*read[1:], read[-1]], strict=True):
        validity = own["tbs_certificate"]["validity"]
        if not validity["not_before"].native <= at <= validity["not_after"].native:
            return False
        public = _public_of(issuer)
        digest = message_digest(public, own["tbs_certificate"].dump())
        if own.issuer != issuer.subject or not _verified(public, digest, own["signature_value"].native):
            return False
    return True


def sandbox_sm2_signer(folder: Path, identity: tuple[str, str]) -> Sm2FileSigner:
    """Return the sandbox's SM2 signer of an identity; authority, key and certificate are made when absent.

    Parameters
    ----------
    folder : Path
        Keys folder of the installation (0700); key files are 0600.
    identity : tuple of (file stem, common name)
        :data:`ISSUER` or :data:`SUPERVISOR`.
    """
    return _sandbox_signer(folder.resolve(), identity)


@lru_cache(maxsize=16)
def _sandbox_signer(folder: Path, identity: tuple[str, str]) -> Sm2FileSigner:
    with locked(folder):
        root_secret, root = _pair(folder, AUTHORITY, issuer=None)
        secret, certificate = _pair(folder, identity, issuer=(root_secret, root))
    return Sm2FileSigner(secret, (certificate, root), sample=SANDBOX_SAMPLE)


def _pair(folder: Path, identity: tuple[str, str], *, issuer: tuple[int, bytes] | None) -> tuple[int, bytes]:
    stem, name = identity
    key_file, certificate_file = folder / f"{stem}.key.pem", folder / f"{stem}.crt.pem"
    if certificate_file.exists():
        key = keys.PrivateKeyInfo.load(pem.unarmor(key_file.read_bytes())[2])
        return int(key["private_key"].parsed["private_key"].native), certificate_file.read_bytes()
    secret = secrets.randbelow(ORDER - 2) + 1
    public = bytes.fromhex(_multiply(secret, default_ecc_table["g"]))
    tbs = sm2_certificates.to_be_signed(name, public, issuer=load(issuer[1]) if issuer else None)
    signing_secret = issuer[0] if issuer else secret
    signing_public = public_key(issuer[1]) if issuer else public
    signature = sign_digest(signing_secret, message_digest(signing_public, tbs.dump()))
    certificate = sm2_certificates.armoured(tbs, signature)
    write_private(key_file, sm2_certificates.private_key(secret, public))
    write_private(certificate_file, certificate)
    return secret, certificate


def load(certificate_pem: bytes) -> x509.Certificate:
    """Return a certificate from PEM."""
    return x509.Certificate.load(pem.unarmor(certificate_pem)[2])


def public_key(certificate_pem: bytes) -> bytes:
    """Return a certificate's public point: 32 bytes of x, 32 of y."""
    return _public_of(load(certificate_pem))


def _public_of(certificate: x509.Certificate) -> bytes:
    return bytes(certificate.public_key["public_key"].native)[1:]


def sm3(content: bytes) -> bytes:
    """Return the SM3 digest."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()


def message_digest(public: bytes, message: bytes) -> bytes:
    """Return what is signed: SM3 over the signer's name, curve and key, then over the message."""
    curve = "".join((default_ecc_table["a"], default_ecc_table["b"], default_ecc_table["g"]))
    name = (len(SIGNER_ID) * 8).to_bytes(2) + SIGNER_ID
    return sm3(sm3(name + bytes.fromhex(curve) + public) + message)


def sign_digest(secret: int, digest: bytes) -> bytes:
    """Return the signature of a digest, with a fresh random number."""
    while True:
        made = _curve(secret=secret).sign(digest, f"{secrets.randbelow(ORDER - 1) + 1:064x}")
        if made is not None:
            return bytes(_Pair({"r": int(made[:HEX], 16), "s": int(made[HEX:], 16)}).dump())


def _verified(public: bytes, digest: bytes, signature: bytes) -> bool:
    try:
        pair = _Pair.load(signature, strict=True)
        r, s = int(pair["r"].native), int(pair["s"].native)
    except (ValueError, TypeError):
        return False
    # One signature has one spelling: else a changed byte might pass.
    if not (0 < r < ORDER and 0 < s < ORDER) or _Pair({"r": r, "s": s}).dump() != signature:
        return False
    return bool(_curve(public=public).verify(f"{r:064x}{s:064x}", digest))


def _multiply(times: int, point: str) -> str:
    return str(_curve()._kg(times, point))  # gmssl makes no keys of its own


def _curve(*, secret: int = 0, public: bytes = b"") -> CryptSM2:
    curve = CryptSM2(private_key=f"{secret:064x}", public_key="")
    # Set here: the constructor strips every leading 0 and 4 of a key, not only the prefix 04.
    curve.public_key = public.hex()
    return curve


class _Pair(Asn1Sequence):  # type: ignore[misc]  # asn1crypto is untyped
    """GM/T 0009: SM2Signature."""

    _fields = [("r", Integer), ("s", Integer)]  # noqa: RUF012  asn1crypto's way
