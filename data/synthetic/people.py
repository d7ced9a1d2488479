"""Invented people and companies.

Their identity numbers pass the check character but carry the area code 429901, which GB/T 2260 gives to no
place, and their social credit codes the area 429900: they can belong to nobody.
"""

from datetime import date, timedelta

from data.synthetic.records import Person

FICTITIOUS_AREA = "429901"
FICTITIOUS_USCC = "91429900"
_FIRST_BIRTHDAY = date(1950, 1, 1)
_BIRTHDAYS = 20_000
_PER_BIRTHDAY = 1000
# GB 11643: ISO 7064 MOD 11-2.
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
# GB 32100: characters and weights of the social credit code.
_USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任"
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文斌志宇浩然子涵梓轩欣怡雨泽思远佳慧"
_TRADES = ("建材", "商贸", "置业", "茶业", "竹制品", "机电", "食品", "物流", "农业开发", "酒店管理")
_BANKS = ("示例商业银行", "示例农村商业银行", "示例邮政储蓄银行")
_PLACES = {
    "421202": "咸安",
    "421281": "赤壁",
    "421221": "嘉鱼",
    "421222": "通城",
    "421223": "崇阳",
    "421224": "通山",
}


def person(index: int, seed: int) -> Person:
    """Return the invented person of an index; no two indexes have one number.

    Raises
    ------
    ValueError
        If the index is 20,000,000 or more.

    Examples
    --------
    >>> person(0, 1).id_number
    '429901195001010003'
    """
    serial, day = divmod(index, _BIRTHDAYS)
    if serial >= _PER_BIRTHDAY:
        raise ValueError("no number is left")
    first17 = f"{FICTITIOUS_AREA}{_FIRST_BIRTHDAY + timedelta(days=day):%Y%m%d}{serial:03d}"
    picks = _mixed(index, seed)
    picks, surname = divmod(picks, len(_SURNAMES))
    picks, first = divmod(picks, len(_GIVEN))
    picks, second = divmod(picks, len(_GIVEN))
    name = _SURNAMES[surname] + _GIVEN[first] + (_GIVEN[second] if picks % 4 else "")
    return Person(name, "id_card", first17 + id_check(first17))


def company(index: int, county_code: str, seed: int) -> Person:
    """Return the invented company of an index (below 31 ** 8).

    Examples
    --------
    >>> company(0, "421224", 1).id_number[:8]
    '91429900'
    """
    trade = _TRADES[_mixed(index, seed) % len(_TRADES)]
    return Person(f"{_PLACES[county_code]}示例{index + 1}号{trade}有限公司", "uscc", _uscc(index))


def bank(index: int, county_code: str) -> Person:
    """Return one of the invented banks that lend in a county."""
    which = index % len(_BANKS)
    number = 31**8 + list(_PLACES).index(county_code) * len(_BANKS) + which
    return Person(f"{_BANKS[which]}{_PLACES[county_code]}支行", "uscc", _uscc(number))


def id_check(first17: str) -> str:
    """Return the check character of an identity number (GB 11643, ISO 7064 MOD 11-2)."""
    return _ID_CHECKS[
        sum(int(digit) * weight for digit, weight in zip(first17, _ID_WEIGHTS, strict=True)) % 11
    ]


def uscc_check(first17: str) -> str:
    """Return the check character of a social credit code (GB 32100, MOD 31)."""
    total = sum(
        _USCC_CHARACTERS.index(character) * weight
        for character, weight in zip(first17, _USCC_WEIGHTS, strict=True)
    )
    return _USCC_CHARACTERS[-total % 31]


def _uscc(index: int) -> str:
    digits = ""
    for _ in range(9):
        index, digit = divmod(index, len(_USCC_CHARACTERS))
        digits = _USCC_CHARACTERS[digit] + digits
    first17 = FICTITIOUS_USCC + digits
    return first17 + uscc_check(first17)


def _mixed(index: int, seed: int) -> int:
    """Return 63 well mixed bits of an index and a seed (the finaliser of splitmix64)."""
    mask = (1 << 64) - 1
    bits = (index + seed * 0x51_7C_C1_B7 + 1) * 0x9E3779B97F4A7C15 & mask
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & mask
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & mask
    return (bits ^ bits >> 31) >> 1
