"""Keys that sign documents: the port, and the sandbox that makes its own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from data.documents.keys import locked, write_private

SANDBOX_SAMPLE = "沙箱样章"
# The sandbox's certificates must hold under any sandbox clock.
VALID_FROM = datetime(2015, 1, 1, tzinfo=UTC)
VALID_TO = datetime(2049, 12, 31, tzinfo=UTC)
FINANCE_SEAL = ("finance", "咸宁市不动产登记中心财务专用章")
REGISTER_SEAL = ("register", "咸宁市不动产登记专用章")
HEADS_KEY = ("heads", "咸宁市不动产登记中心数据摘要")


class Signer(Protocol):
    """Holds a private key: a file in the sandbox, a hardware token or a signing server elsewhere."""

    @property
    def algorithm(self) -> str:
        """Return the name of the signature algorithm."""
        ...

    @property
    def sample(self) -> str:
        """Return the note a seal must carry, empty for a real key."""
        ...

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """Return the certificates as PEM: the signer's own first, the root last."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        ...


@dataclass(frozen=True, slots=True)
class KeyFileSigner:
    """A P-256 key from a file."""

    key: ec.EllipticCurvePrivateKey
    certificates: tuple[bytes, ...]
    sample: str = ""
    algorithm: str = "ECDSA-P256-SHA256"

    def sign(self, message: bytes) -> bytes:
        """Return the ECDSA signature (DER) of a message."""
        return self.key.sign(message, ec.ECDSA(hashes.SHA256()))


def verify(certificate_pem: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature made by :meth:`KeyFileSigner.sign` is good."""
    public = x509.load_pem_x509_certificate(certificate_pem).public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        return False
    try:
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def sandbox_signer(folder: Path, identity: tuple[str, str]) -> KeyFileSigner:
    """Return the sandbox's signer of an identity; CA, key and certificate are made when absent.

    Parameters
    ----------
    folder : Path
        Keys folder of the installation (0700); key files are 0600.
    identity : tuple of (file stem, common name)
        Such as :data:`FINANCE_SEAL`.
    """
    return _sandbox_signer(folder.resolve(), identity)


@lru_cache(maxsize=16)
def _sandbox_signer(folder: Path, identity: tuple[str, str]) -> KeyFileSigner:
    stem, name = identity
    with locked(folder):
        root_key, root = _pair(folder, "sandbox-ca", "Ningtu 沙箱根证书", issuer=None)
        key, certificate = _pair(folder, stem, name, issuer=(root_key, root))
    chain = tuple(_pem(item) for item in (certificate, root))
    return KeyFileSigner(key, chain, sample=SANDBOX_SAMPLE)


Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def _pair(folder: Path, stem: str, name: str, *, issuer: Pair | None) -> Pair:
    key_file, certificate_file = folder / f"{stem}.key.pem", folder / f"{stem}.crt.pem"
    if certificate_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key_file} holds no elliptic-curve key")
        return key, x509.load_pem_x509_certificate(certificate_file.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _issue(key, name, issuer)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(key_file, pem)
    write_private(certificate_file, _pem(certificate))
    return key, certificate


def _issue(key: ec.EllipticCurvePrivateKey, name: str, issuer: Pair | None) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ningtu sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    is_root = issuer is None
    signing_key, issuer_name = (key, subject) if issuer is None else (issuer[0], issuer[1].subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(_usage(is_root), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    return builder.sign(signing_key, hashes.SHA256())


def _usage(is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=not is_root,
        key_cert_sign=is_root,
        crl_sign=is_root,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
