"""SM2 with SM3: ours and openssl verify each other, chains hold, a signature has one spelling."""

import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.documents import keys, sm2

AT = datetime(2026, 11, 25, tzinfo=UTC)
NAME = "distid:1234567812345678"
MESSAGE = "湖北省非税收入通用票据".encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def signer(folder):
    return sm2.sandbox_sm2_signer(folder, sm2.ISSUER)


def test_a_signature_holds_for_its_message_and_key_only(folder, signer):
    signature = signer.sign(MESSAGE)
    other = sm2.sandbox_sm2_signer(folder, sm2.SUPERVISOR)
    assert sm2.verify(signer.certificates[0], MESSAGE, signature)
    assert not sm2.verify(signer.certificates[0], MESSAGE + b" ", signature)
    assert not sm2.verify(other.certificates[0], MESSAGE, signature)


def test_one_signature_has_one_spelling(signer):
    signature = signer.sign(MESSAGE)
    assert sm2.verify(signer.certificates[0], MESSAGE, signature)
    for other in (signature + b"\0", signature[:-1], b"", b"0", signature[:4] + b"\0" + signature[4:]):
        assert not sm2.verify(signer.certificates[0], MESSAGE, other)


@settings(max_examples=25, deadline=None)
@given(place=st.integers(0, 69), bit=st.integers(0, 7))
def test_no_changed_bit_of_a_signature_passes(signer, place, bit):
    signature = bytearray(signer.sign(MESSAGE))
    signature[place % len(signature)] ^= 1 << bit
    assert not sm2.verify(signer.certificates[0], MESSAGE, bytes(signature))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_ours_and_we_verify_openssls(folder, signer):
    def openssl(*arguments):
        return subprocess.run(
            ["openssl", *arguments], capture_output=True, text=True, check=False, cwd=folder
        )

    (folder / "message").write_bytes(MESSAGE)
    (folder / "ours").write_bytes(signer.sign(MESSAGE))
    (folder / "root").write_bytes(signer.certificates[-1])
    (folder / "own").write_bytes(signer.certificates[0])
    assert openssl("verify", "-CAfile", "root", "-vfyopt", NAME, "own").stdout == "own: OK\n"
    openssl("x509", "-in", "own", "-noout", "-pubkey", "-out", "public")
    dgst = ["dgst", "-sm3", "-sigopt", NAME]
    assert openssl(*dgst, "-verify", "public", "-signature", "ours", "message").stdout == "Verified OK\n"
    openssl(*dgst, "-sign", f"{sm2.ISSUER[0]}.key.pem", "-out", "theirs", "message")
    assert sm2.verify(signer.certificates[0], MESSAGE, (folder / "theirs").read_bytes())


def test_a_chain_holds_to_its_root_in_its_time(folder, signer):
    roots = [signer.certificates[-1]]
    assert sm2.chain_holds(signer.certificates, roots, at=AT)
    assert not sm2.chain_holds(signer.certificates, [], at=AT)
    assert not sm2.chain_holds(signer.certificates, roots, at=datetime(2060, 1, 1, tzinfo=UTC))
    assert not sm2.chain_holds((), roots, at=AT)
    forged = (sm2.sandbox_sm2_signer(folder / "other", sm2.ISSUER).certificates[0], signer.certificates[-1])
    assert not sm2.chain_holds(forged, roots, at=AT)


def test_keys_are_kept_private_and_the_same_at_the_next_start(folder, signer):
    sm2._sandbox_signer.cache_clear()
    again = sm2.sandbox_sm2_signer(folder, sm2.ISSUER)
    assert (again.secret, again.certificates) == (signer.secret, signer.certificates)
    assert (folder / f"{sm2.ISSUER[0]}.key.pem").stat().st_mode & 0o777 == 0o600


def test_a_retired_key_is_kept_and_a_new_one_made(tmp_path):
    old = sm2.sandbox_sm2_signer(tmp_path, sm2.ISSUER)
    keys.retire(tmp_path, sm2.ISSUER[0], at=AT)
    sm2._sandbox_signer.cache_clear()
    new = sm2.sandbox_sm2_signer(tmp_path, sm2.ISSUER)
    assert new.certificates[0] != old.certificates[0]
    assert new.certificates[1] == old.certificates[1]
    assert len(list(tmp_path.glob("*retired*.pem"))) == 2
