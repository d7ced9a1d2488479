"""Certificates and key files of SM2 keys (GM/T 0015, RFC 8998), which the common libraries do not write."""

import secrets
from hashlib import sha256
from typing import Any

from asn1crypto import algos, core, keys, pem, x509

from data.documents.signing import VALID_FROM, VALID_TO

CURVE = "1.2.156.10197.1.301"
SM2_WITH_SM3 = "1.2.156.10197.1.501"


def to_be_signed(name: str, public: bytes, *, issuer: x509.Certificate | None) -> x509.TbsCertificate:
    """Return the part of a certificate that is signed; without an issuer, of an authority's own.

    Parameters
    ----------
    name : str
        Common name.
    public : bytes
        Public point: 32 bytes of x, 32 of y.
    issuer : Certificate, optional
        Whose key will sign.
    """
    subject = x509.Name.build(
        {"country_name": "CN", "organization_name": "Ningtu sandbox", "common_name": name}
    )
    return x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(127) | 1 << 126,
            "signature": _algorithm(),
            "issuer": issuer.subject if issuer else subject,
            "validity": {"not_before": _time(VALID_FROM), "not_after": _time(VALID_TO)},
            "subject": subject,
            "subject_public_key_info": {
                "algorithm": {"algorithm": "ec", "parameters": _curve()},
                "public_key": b"\x04" + public,
            },
            "extensions": _extensions(public, issuer),
        }
    )


def armoured(tbs: x509.TbsCertificate, signature: bytes) -> bytes:
    """Return a signed certificate as PEM."""
    certificate = x509.Certificate(
        {"tbs_certificate": tbs, "signature_algorithm": _algorithm(), "signature_value": signature}
    )
    return bytes(pem.armor("CERTIFICATE", certificate.dump()))


def private_key(secret: int, public: bytes) -> bytes:
    """Return a private key as PKCS #8 in PEM."""
    key = keys.PrivateKeyInfo(
        {
            "version": 0,
            "private_key_algorithm": {"algorithm": "ec", "parameters": _curve()},
            "private_key": keys.ECPrivateKey(
                {"version": "ecPrivkeyVer1", "private_key": secret, "public_key": b"\x04" + public}
            ),
        }
    )
    return bytes(pem.armor("PRIVATE KEY", key.dump()))


def _curve() -> Any:
    keys.NamedCurve.register("sm2p256v1", CURVE, 32)
    return keys.ECDomainParameters(name="named", value=keys.NamedCurve("sm2p256v1"))


def _algorithm() -> algos.SignedDigestAlgorithm:
    return algos.SignedDigestAlgorithm({"algorithm": SM2_WITH_SM3})


def _time(at: Any) -> x509.Time:
    return x509.Time({"utc_time": at})


def _extensions(public: bytes, issuer: x509.Certificate | None) -> list[dict[str, Any]]:
    is_root = issuer is None
    usage = {"key_cert_sign", "crl_sign"} if is_root else {"digital_signature", "non_repudiation"}
    own = core.OctetString(_key_id(public))
    above = own.native if issuer is None else issuer.key_identifier
    return [
        {"extn_id": "basic_constraints", "critical": True, "extn_value": {"ca": is_root}},
        {"extn_id": "key_usage", "critical": True, "extn_value": usage},
        {"extn_id": "key_identifier", "critical": False, "extn_value": own},
        {
            "extn_id": "authority_key_identifier",
            "critical": False,
            "extn_value": {"key_identifier": above},
        },
    ]


def _key_id(public: bytes) -> bytes:
    return sha256(b"\x04" + public).digest()[:20]
