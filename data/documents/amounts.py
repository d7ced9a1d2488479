"""Amounts as people read them: yuan with two decimals, and in capitals (金额大写)."""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
FEN_PER_YUAN = 100
# Below it a group of four digits starts with a zero, which is said.
FULL_GROUP = 1_000


def yuan(amount_fen: int) -> str:
    """Return an amount in yuan with thousands separators.

    Examples
    --------
    >>> yuan(123456789)
    '1,234,567.89'
    >>> yuan(-5)
    '-0.05'
    """
    whole, rest = divmod(abs(amount_fen), FEN_PER_YUAN)
    return f"{'-' if amount_fen < 0 else ''}{whole:,}.{rest:02d}"


def capitals(amount_fen: int) -> str:
    """Return an amount in capitals (金额大写).

    Parameters
    ----------
    amount_fen : int
        Amount in fen, absolute value below 10**18.

    Examples
    --------
    >>> capitals(9000)
    '玖拾元整'
    >>> capitals(10500005)
    '壹拾万伍仟元零伍分'
    >>> capitals(0)
    '零元整'
    """
    if abs(amount_fen) >= 10**18:
        raise ValueError("amount out of range")
    whole, rest = divmod(abs(amount_fen), FEN_PER_YUAN)
    jiao, fen = divmod(rest, 10)
    sign = "负" if amount_fen < 0 else ""
    head = f"{_integer(whole)}元" if whole else ""
    if not rest:
        return f"{sign}{head or '零元'}整"
    return sign + head + _decimals(whole, jiao, fen)


def _decimals(whole: int, jiao: int, fen: int) -> str:
    text = ""
    if whole and (jiao == 0 or whole % 10 == 0):
        text += "零"
    if jiao:
        text += f"{DIGITS[jiao]}角"
    return text + (f"{DIGITS[fen]}分" if fen else "整")


def _integer(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    text = ""
    gap = False
    for index in range(len(groups) - 1, -1, -1):
        group = groups[index]
        if group == 0:
            gap = bool(text)
            continue
        if text and (gap or group < FULL_GROUP or groups[index + 1] % 10 == 0):
            text += "零"
        text += _four(group) + _group_unit(index, groups)
        gap = False
    return text


def _group_unit(index: int, groups: list[int]) -> str:
    # 万亿 is said once: the 亿 falls to the group below when that one is not empty.
    if index == len(GROUPS) - 1 and groups[index - 1]:
        return "万"
    return GROUPS[index]


def _four(group: int) -> str:
    text = ""
    gap = False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return text
