"""Documents: amounts in capitals, reproducible PDF/A-3, seal and signature, glyph gate."""

import io
import shutil
import subprocess
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.clock import SHANGHAI
from data.documents import amounts, service, signing
from data.documents.errors import GlyphMissing
from data.documents.records import SealPlacement

AT = datetime(2026, 11, 24, 10, 0, tzinfo=SHANGHAI)
HTML = (
    "<style>body{font-family:'Noto Sans CJK SC','LXGW WenKai'}</style>"
    '<h1>湖北省非税收入通用票据(电子)</h1><p>䶮𠮷</p><img src="file:///etc/passwd">'
)
SEAL = SealPlacement("咸宁市不动产登记中心", "财务专用章", 130, 150, sample=signing.SANDBOX_SAMPLE)


def read_capitals(text: str) -> int:
    """Read an amount in capitals; written without looking at the writer."""
    sign = -1 if text.startswith("负") else 1
    text = text.removeprefix("负").removesuffix("整").replace("零", "")
    values = {"壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}
    whole, _, rest = text.rpartition("元") if "元" in text else ("", "", text)
    total = section = digit = 0
    for character in whole:
        if character in values:
            digit = values[character]
        elif character in "拾佰仟":
            section += digit * {"拾": 10, "佰": 100, "仟": 1000}[character]
            digit = 0
        elif character == "万":
            section, digit = (section + digit) * 10_000, 0
        elif character == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
    fen = (total + section + digit) * 100
    for unit, value in (("角", 10), ("分", 1)):
        if unit in rest:
            fen += values[rest[rest.index(unit) - 1]] * value
    return sign * fen


@given(st.integers(-(10**17), 10**17) | st.integers(-(10**6), 10**6))
def test_capitals_read_back(fen: int) -> None:
    assert read_capitals(amounts.capitals(fen)) == fen


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (9000, "玖拾元整"),
        (55000, "伍佰伍拾元整"),
        (5, "伍分"),
        (1005, "壹拾元零伍分"),
        (150, "壹元伍角整"),
        (10_050_000_001, "壹亿零伍拾万元零壹分"),
        (1_000_100_000, "壹仟万零壹仟元整"),
        (-9000, "负玖拾元整"),
    ],
)
def test_capitals_as_written_by_hand(fen: int, words: str) -> None:
    assert amounts.capitals(fen) == words


@given(st.integers(-(10**15), 10**15))
def test_yuan_reads_back(fen: int) -> None:
    assert int(amounts.yuan(fen).replace(",", "").replace(".", "")) == fen


def test_same_input_same_bytes() -> None:
    first, second = (service.render_pdf(HTML, created=AT) for _ in range(2))
    assert first == second


def test_rendered_text_reads_back_and_no_file_is_fetched() -> None:
    from pypdf import PdfReader

    text = PdfReader(io.BytesIO(service.render_pdf(HTML, created=AT))).pages[0].extract_text()
    assert "湖北省非税收入通用票据" in text
    assert "𠮷" in text
    assert "root:" not in text


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> signing.KeyFileSigner:
    return signing.sandbox_signer(tmp_path_factory.mktemp("keys"), signing.FINANCE_SEAL)


@pytest.fixture(scope="module")
def signed(signer: signing.KeyFileSigner) -> bytes:
    pdf = service.render_pdf(HTML, created=AT)
    return service.sign_pdf(pdf, signer=signer, seal=SEAL, reason="开票", at=AT)


def test_pdfsig_calls_the_signature_valid(signed: bytes, tmp_path) -> None:
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig is not installed")
    path = tmp_path / "bill.pdf"
    path.write_bytes(signed)
    answer = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in answer
    assert "Total document signed" in answer
    assert "ETSI.CAdES.detached" in answer


def test_own_check_agrees(signed: bytes, signer: signing.KeyFileSigner) -> None:
    state = service.inspect_signature(signed, roots=[signer.certificates[-1]], at=AT + timedelta(days=1))
    assert state.valid
    assert state.signed_at == AT


@pytest.mark.parametrize("place", [200, 2000, 20_000])
def test_changed_byte_is_seen(signed: bytes, signer: signing.KeyFileSigner, place: int) -> None:
    changed = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
    assert not service.inspect_signature(changed, roots=[signer.certificates[-1]], at=AT).valid


def test_appended_bytes_and_foreign_root_are_seen(signed: bytes, signer, tmp_path) -> None:
    assert not service.inspect_signature(signed + b"\n%x", roots=[signer.certificates[-1]], at=AT).valid
    other = signing.sandbox_signer(tmp_path / "other", signing.FINANCE_SEAL)
    assert not service.inspect_signature(signed, roots=[other.certificates[-1]], at=AT).valid


def test_keys_are_private_and_stay(tmp_path) -> None:
    first = signing.sandbox_signer(tmp_path / "keys", signing.REGISTER_SEAL)
    signing._sandbox_signer.cache_clear()
    second = signing.sandbox_signer(tmp_path / "keys", signing.REGISTER_SEAL)
    assert first.certificates == second.certificates
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").glob("*.pem")} == {0o600}
    assert signing.verify(second.certificates[0], b"message", first.sign(b"message"))
    assert not signing.verify(second.certificates[0], b"massage", first.sign(b"message"))


def test_glyph_gate_names_what_is_missing() -> None:
    assert service.check_glyphs(["咸宁 䶮𠮷𬭎𬍡", "ABC-1"]) == []
    with pytest.raises(GlyphMissing) as caught:
        service.require_glyphs(["好\U0010fffe"])
    assert caught.value.params["characters"] == "\U0010fffe"


def test_template_escapes() -> None:
    source = service._environment("data.documents").from_string("{{ name }}")
    assert source.render(name="<img onerror=x>") == "&lt;img onerror=x&gt;"
