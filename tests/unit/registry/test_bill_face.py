"""The printed form of a bill: what stands on it, on which page, as other programs read it."""

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from data.documents import faces
from data.documents.records import SealPlacement
from registry.receipts.face import CLOSE, HEIGHT, LEFT, RIGHT, SEAL_AT, SEAL_MM, Face, draw
from registry.receipts.keys import sandbox_keys
from registry.receipts.press import BillPress
from registry.receipts.records import BillItem, PaperCopy
from tests.benchmarks.bench_documents import BILL

CODE = "42120026000000000017"
ITEM = BillItem("30104510", "不动产登记费", 1, 55_000, 55_000, "非住宅类不动产登记收费")
LONG = "咸宁市咸安区温泉办事处滨河东路第三居民委员会农村集体经济股份合作社联合社" * 5
SEAL = SealPlacement("咸宁市不动产登记中心", "财务专用章", *SEAL_AT, size_mm=SEAL_MM, sample="沙箱样章")
COPY = PaperCopy(3, "finance_city", datetime(2026, 11, 25, 10, tzinfo=UTC))


@pytest.fixture(scope="module")
def press(tmp_path_factory):
    return BillPress(sandbox_keys(tmp_path_factory.mktemp("keys")), "https://example.cn/verify")


def pages(bill=BILL, items=(ITEM,), copy=None):
    return draw(bill, items, Face(CODE, "https://example.cn/verify", SEAL, copy))


def words(page):
    return "".join(letter for run in page.runs for letter, _, _ in run.glyphs)


def many(count):
    return [replace(ITEM, item_code=f"3010{number:04}") for number in range(count)]


def test_a_bill_reads_back_in_order(press):
    pdf = press.print(BILL, [ITEM], payment_code=CODE)
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    wanted = [
        "湖北省非税收入通用票据(电子)",
        "沙箱样票",
        "票据代码:42060126",
        "票据号码:0000000001",
        "校验码:1a2b3c",
        "交款人:咸宁市某某有限公司",
        "统一社会信用代码:91421200MA00000000",
        "开票日期:2026-11-25",
        f"缴款码:{CODE}",
        "业务编号:202611250001",
        "收入归属:421202",
        "项目编码 项目名称 单位 数量 标准(元) 金额(元) 备注",
        "30104510 不动产登记费 件 1 550.00 550.00 非住宅类不动产登记收费",
        "金额合计(大写) 伍佰伍拾元整 550.00",
        "扫码查验",
        "收款单位(章):咸宁市不动产登记中心",
        "复核人:系统",
        "财政监制:咸宁市财政局",
    ]
    places = [text.find(part) for part in wanted]
    assert -1 not in places
    assert places == sorted(places)


def test_same_bill_same_bytes_and_every_font_inside(press):
    bill = replace(BILL, payer_name="䶮鿰𠮷")
    first, second = (press.print(bill, [ITEM], payment_code=CODE) for _ in range(2))
    assert first == second
    fonts = PdfReader(io.BytesIO(first)).pages[0]["/Resources"]["/Font"].values()
    described = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in fonts]
    assert len(described) == 2
    assert all({"/FontFile2", "/FontFile3"} & set(one) for one in described)


def test_the_bill_carries_its_data_and_a_copy_does_not(press):
    made, _ = press.make(BILL, [ITEM], payment_code=CODE)
    whole = PdfReader(io.BytesIO(press.print(made, [ITEM], payment_code=CODE)))
    copy = PdfReader(io.BytesIO(press.print(made, [ITEM], payment_code=CODE, copy=COPY)))
    assert whole.attachments["einvoice.xml"] == [made.xml]
    assert not copy.attachments
    assert "打印件 第 3 份 · 2026-11-25 18:00:00 · finance_city" in copy.pages[0].extract_text()
    # The seal of the bill itself comes with its signature.
    assert "财务专用章" in copy.pages[0].extract_text()
    assert "财务专用章" not in whole.pages[0].extract_text()


@pytest.mark.parametrize(
    ("bill", "said"),
    [
        (replace(BILL, kind="red", red_of="42060126-0000000009"), "冲销票据代码 42060126 号码 0000000009"),
        (replace(BILL, replaces="42060126-0000000008"), "原票据代码 42060126 号码 0000000008"),
        (replace(BILL, amount_fen=-55_000), "负伍佰伍拾元整"),
        (replace(BILL, payer_code=None), "统一社会信用代码:——"),
    ],
)
def test_what_a_bill_has_to_do_with_others_stands_on_it(bill, said):
    assert said in words(pages(bill)[0])


def test_only_a_sample_is_called_so():
    real = draw(BILL, [ITEM], Face(CODE, "x", replace(SEAL, sample="")))
    assert "沙箱" not in words(real[0])
    assert "沙箱样票" in words(pages()[0])


def inside(page):
    """Tell whether every text ends within the frame and stands on the page."""
    return all(
        run.x >= LEFT - 2
        and run.x + sum(advance for *_, advance in run.glyphs) * run.size / faces.PER_EM <= RIGHT + 0.01
        and 0 < run.y < HEIGHT - 5
        for run in page.runs
    )


@pytest.mark.parametrize("count", [1, 2, 6, 7, 8, 12, 13, 14, 15, 60, 200])
def test_every_item_stands_once_and_the_total_on_the_last_page_only(count):
    made = pages(items=many(count))
    text = [words(page) for page in made]
    whole = "".join(text)
    assert [whole.count(item.item_code) for item in many(count)] == [1] * count
    assert [("金额合计" in page) for page in text] == [False] * (len(made) - 1) + [True]
    assert many(count)[-1].item_code in text[-1]
    assert all(map(inside, made))
    assert (len(made) > 1) == (f"共 {len(made)} 页" in text[-1])
    rows = [run.y for run in made[-1].runs if run.glyphs[0][0] == "3" and len(run.glyphs) == 8]
    assert max(rows) < CLOSE


@pytest.mark.parametrize("reason", ["", "小微企业免收不动产登记费，依据财税〔2019〕45号；" * 20])
def test_long_names_and_reasons_lose_no_letter_and_stay_on_the_page(reason):
    name = LONG[:200]
    item = replace(ITEM, name=LONG[:60], reason=reason)
    made = pages(replace(BILL, payer_name=name, replaces="42060126-0000000008"), [item, ITEM], COPY)
    text = "".join(map(words, made))
    assert name in text or all(part in text for part in (name[:20], name[-20:]))
    assert text.count("小微企业") == reason.count("小微企业")
    assert all(map(inside, made))


def test_the_signature_puts_the_seal_on_the_last_page(press):
    _, pdf = press.make(BILL, many(40), payment_code=CODE)
    reader = PdfReader(io.BytesIO(pdf))
    assert len(reader.pages) > 1
    assert ["/Annots" in page for page in reader.pages] == [False] * (len(reader.pages) - 1) + [True]
    left, bottom, right, top = (float(side) * 25.4 / 72 for side in reader.pages[-1]["/Annots"][0]["/Rect"])
    assert (left, HEIGHT - top) == pytest.approx(SEAL_AT, abs=0.01)
    assert (right - left, top - bottom) == pytest.approx((SEAL_MM, SEAL_MM), abs=0.01)


def test_a_printed_code_can_be_read(press, tmp_path):
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is not installed")
    from PIL import Image

    pdf = press.print(BILL, [ITEM], payment_code=CODE)
    (tmp_path / "bill.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", "254", "-png", "-singlefile", tmp_path / "bill.pdf", tmp_path / "bill"]
    subprocess.run(command, check=True)
    with Image.open(tmp_path / "bill.png") as image:
        assert modules(image) == wanted(press)


def wanted(press):
    import segno

    facts = "code=42060126&number=0000000001&check_code=1a2b3c&amount_fen=55000&issued_on=2026-11-25"
    made = segno.make(f"{press.verify_url}?{facts}", error="m", micro=False)
    return [[bool(module) for module in row] for row in made.matrix]


def modules(image):
    """Read the dark and light modules of the code off the page, ten dots a millimetre."""
    from registry.receipts.face import QR_MM

    part = image.convert("L").crop((0, int(CLOSE * 10) + 8, 465, int((CLOSE + QR_MM) * 10) - 3))
    left, top, right, bottom = part.point(lambda grey: 255 * (grey < 128)).getbbox()
    assert abs((right - left) - (bottom - top)) <= 3
    finder = 0
    while part.getpixel((left + finder, top + 1)) < 128:
        finder += 1
    count = round((right - left) / (finder / 7))
    step = (right - left) / count
    return [
        [
            part.getpixel((int(left + (x + 0.5) * step), int(top + (y + 0.5) * step))) < 128
            for x in range(count)
        ]
        for y in range(count)
    ]
