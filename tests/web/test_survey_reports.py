"""Findings as a workbook and on paper."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import openpyxl
import pypdf
import pytest

from spatial.survey.reporting.paper import findings_pdf
from spatial.survey.reporting.records import FindingsReport, Table
from spatial.survey.reporting.workbook import findings_xlsx
from tests.web.survey_city import block

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
def survey(city):
    frame = block()
    frame.loc[1, "ZDMJ"] = 700.0
    frame.loc[2, "zddm"] = "=HYPERLINK(1)"
    return city.checked(frame, project_code="=2+3")


def fetch(city, survey, **query):
    path = f"/api/v1/surveys/{survey['id']}/findings"
    answer = city.client.get(path, query_string=query, headers=city.as_("surveyor"))
    assert answer.status_code == 200, answer.text
    return answer


def text_of(pdf):
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "")


def test_the_workbook_has_findings_and_rules_and_computes_nothing(city, survey):
    answer = fetch(city, survey, format="xlsx", lang="zh")
    assert "survey-" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    facts, findings, rules = book.worksheets
    rows = list(findings.iter_rows(min_row=2, values_only=True))
    total = survey["counts"]["errors"] + survey["counts"]["warnings"] + survey["counts"]["infos"]
    assert len(rows) == total
    severities = [row[1] for row in rows]
    assert severities == sorted(severities, key=["错误", "警告", "提示"].index)
    (area,) = [row for row in rows if row[2] == "T31"]
    assert (area[5], area[7]) == (100, "m²")
    assert 571_000 < area[10] < 573_000
    assert (facts.title, findings.auto_filter.ref) == ("概要", f"A1:L{total + 1}")
    assert findings["K2"].number_format == "0.000"
    results = {row[0]: row[2] for row in rules.iter_rows(min_row=2, values_only=True)}
    assert results["T31"] == "有问题"
    assert {"通过", "未运行"} <= set(results.values())
    for sheet in (facts, findings, rules):
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "f", cell.value
    risky = [cell for row in findings.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert risky
    assert all(cell.quotePrefix for cell in risky)


def test_the_paper_says_the_same_in_both_languages(city, survey):
    chinese = text_of(fetch(city, survey, format="pdf", lang="zh").data)
    english = text_of(fetch(city, survey, format="pdf", lang="en").data)
    for text, words in ((chinese, ("错误", "未运行", "规则结果")), (english, ("error", "not run", "Rules"))):
        assert "T31" in text
        assert all(word.lower() in text.lower() for word in words)
        assert "700.00" in text
        assert re.search(r"57[12]\d{3}\.\d{3}", text)


def test_nothing_was_checked_yet(city):
    from tests.web.survey_city import package

    survey_id = city.send(package(block(), city.tmp_path), project_code="P1").json["id"]
    answer = city.client.get(f"/api/v1/surveys/{survey_id}/findings?format=pdf", headers=city.as_("surveyor"))
    assert (answer.status_code, answer.json["code"]) == (409, "survey_state_wrong")


HEADS = [f"h{n}" for n in range(12)]


def long_report(rows):
    row = [1, "错误", "T10", "421224001001GB00001", None, 1.5, 0.01, "m²", "两宗地重叠", None, 5.0, 3.0]
    return FindingsReport(
        "报告", "概要", [("a", "b")], Table("问题", HEADS, [row] * rows), Table("规则", ["a"], []), "", NOW
    )


def test_control_characters_do_not_break_a_workbook():
    bad = Table("x", ["a"], [["a\x00b\x0bc"], ["x" * 40_000]])
    book = openpyxl.load_workbook(io.BytesIO(findings_xlsx(replace(long_report(1), findings=bad))))
    assert [row[0].value[:5] for row in book.worksheets[1].iter_rows(min_row=2)] == ["a b c", "xxxxx"]


def test_many_findings_fit():
    book = openpyxl.load_workbook(io.BytesIO(findings_xlsx(long_report(5_000))), read_only=True)
    assert sum(1 for _ in book.worksheets[1].iter_rows()) == 5_001


def test_five_thousand_findings_fit_on_paper():
    report = long_report(5_000)
    last = [5_000, "提示", "T99", "末行", None, None, None, None, "完", "豁免", None, None]
    rows = [*report.findings.rows[:-1], last]
    reader = pypdf.PdfReader(io.BytesIO(findings_pdf(replace(report, findings=Table("问题", HEADS, rows)))))
    texts = [page.extract_text() for page in reader.pages]
    assert sum(text.count("421224001001GB00001") for text in texts) == 4_999
    found = [number for number, text in enumerate(texts) if "末行" in text]
    assert len(found) == 1
    for number, text in enumerate(texts, start=1):
        assert f" · {number} / {len(texts)}" in text
        assert "报告" in text
        assert number > found[0] + 1 or "h11" in text  # the head of the table on every page of it


def test_a_cell_longer_than_a_page_goes_on_on_the_next():
    row = [1, "错误", "T10", "a", None, 1.5, 0.01, "m²", "字" * 5_000, None, 5.0, 3.0]
    report = replace(long_report(1), findings=Table("问题", HEADS, [row]))
    pages = pypdf.PdfReader(io.BytesIO(findings_pdf(report))).pages
    assert len(pages) > 3
    assert sum(page.extract_text().count("字") for page in pages) == 5_000
