"""Certificates and proofs as people get them."""

import subprocess

from data.access.records import SYSTEM
from data.documents import signing
from registry.cases import documents
from registry.cases.service import accept
from tests.database.registry import town


def paper(city, case_no, tmp_path):
    signer = signing.sandbox_signer(tmp_path / "keys", signing.REGISTER_SEAL)
    path = tmp_path / "paper.pdf"
    path.write_bytes(documents.certificate_pdf(city, town.REGISTRAR, case_no, signer=signer))
    pages = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return ["".join(page.split()) for page in pages.split("\f") if page.strip()]


def take(city, type_code, *applicants, **facts):
    with city.transaction(SYSTEM) as conn:
        town.enter_right(conn, town.FLATS[0], town.LI)
    new = town.application(city, type_code, [town.FLATS[0]], *applicants, **facts)
    return accept(city, town.CLERK, new, now=town.NOW, search_key=town.KEY).case.case_no


def test_co_owners_get_a_certificate_each(city, follow, tmp_path):
    case_no = take(
        city,
        "existing_house_transfer",
        ("transferor", town.LI),
        ("transferee", town.WANG, (1, 3)),
        ("transferee", town.ZHAO, (2, 3)),
    )
    follow(case_no)
    pages = paper(city, case_no, tmp_path)
    assert len(pages) == 2
    for serial, page in enumerate(pages, start=1):
        assert f"鄂(2026)通山县不动产权第{serial:07d}号" in page
        assert "按份共有：王五1/3，赵六2/3" in page
        assert town.WANG.id_number not in page


def test_a_proof_names_bank_and_claim(city, follow, tmp_path):
    case_no = take(
        city,
        "mortgage_first",
        ("mortgagor", town.LI),
        ("mortgagee", town.BANK),
        amount_fen=50_000_000,
    )
    follow(case_no)
    (page,) = paper(city, case_no, tmp_path)
    assert "不动产登记证明" in page
    assert f"权利人（申请人）{town.BANK.name}" in page
    assert "义务人李四" in page
    assert "伍拾万元整" in page
