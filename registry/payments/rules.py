"""Payment codes and the form of signed messages, without a database."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from data.clock import YEARS
from data.signed_messages import signature_of
from registry.payments.errors import EventMalformed, SignatureBad
from registry.payments.records import ChannelEvent, OrderEvent, OrderHead, Signature

# Province 42, city 12: first digits of every payment code of the city.
AREA = "4212"
WINDOW_S = 300
ORDER_LIFE = timedelta(days=30)
# A payment made in time may be told to us a little later: an order past its time waits for it.
GRACE = timedelta(minutes=15)
# How long an attempt to pay keeps an order: a channel gives up its own order sooner.
ATTEMPT_LIFE = timedelta(hours=2)
# Days within which a dead order can be revived, for money that came late.
REVIVE_WITHIN = timedelta(days=15)
LIVE_UNPAID = frozenset({"issued", "paying"})
DEAD = frozenset({"expired", "cancelled"})
MAX_FEN = 10**13
MAX_BODY = 64 * 1024
MAX_WORDS = 200
KINDS = frozenset({"paid", "refunded", "failed"})
EVENT_FIELDS = frozenset({"channel_txn", "kind", "payment_code", "amount_fen", "occurred_at"})
_HEADER = re.compile(r"t=(\d{1,12}),kid=([A-Za-z0-9_-]{1,32}),v1=([0-9a-f]{64})")
TXN = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_CODE = re.compile(r"[0-9]{20}")
MAX_CODE = 64


def payment_code(day: date, serial: int) -> str:
    """Return the 20-digit payment code of a day and a serial below 10**9.

    The last digit is an ISO 7064 MOD 11,10 check digit.

    Examples
    --------
    >>> payment_code(date(2026, 11, 24), 123456789)
    '42122611241234567894'
    """
    if not 0 <= serial < 10**9:
        raise ValueError("serial out of range")
    body = f"{AREA}{day:%y%m%d}{serial:09d}"
    return body + check_digit(body)


def order_number(day: date, serial: int) -> str:
    """Return the number of an order.

    Examples
    --------
    >>> order_number(date(2026, 11, 24), 7)
    'O2026112400000007'
    """
    return f"O{day:%Y%m%d}{serial:08d}"


def check_digit(digits: str) -> str:
    """Return the ISO 7064 MOD 11,10 check digit."""
    product = 10
    for digit in digits:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def code_is_sound(code: str) -> bool:
    """Tell whether a text is a payment code with a right check digit."""
    return bool(_CODE.fullmatch(code)) and check_digit(code[:-1]) == code[-1]


def read_signature(header: str | None) -> Signature:
    """Read a signature header.

    Raises
    ------
    SignatureBad
    """
    found = _HEADER.fullmatch(header or "")
    if found is None:
        raise SignatureBad
    return Signature(int(found[1]), found[2], found[3])


def signature_matches(signature: Signature, keys: Mapping[str, str], raw: bytes) -> bool:
    """Tell whether the signature was made with the key it names; two keys may be live during a change."""
    key = keys.get(signature.kid)
    expected = signature_of(key or "", raw, at=signature.at)
    return hmac.compare_digest(expected, signature.digest) and key is not None


def authentic(header: str | None, keys: Mapping[str, str], raw: bytes) -> Signature:
    """Return the signature of a body if it is good, whatever its time.

    Raises
    ------
    SignatureBad
    """
    signature = read_signature(header)
    if not signature_matches(signature, keys, raw):
        raise SignatureBad
    return signature


def in_window(signature: Signature, now: datetime) -> bool:
    """Tell whether the signature's time is within five minutes of now."""
    return abs(now.timestamp() - signature.at) <= WINDOW_S


def read_event(
    channel: str, raw: bytes, headers: Mapping[str, str], *, source: str = "callback"
) -> ChannelEvent:
    """Read a channel's message.

    A code that is none of ours is read all the same: the money is real and goes to suspense. Further fields
    of a channel are passed over.

    Raises
    ------
    EventMalformed
    """
    body = read_object(raw)
    require(body.keys() >= EVENT_FIELDS)
    kind = body["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise EventMalformed(field="kind")
    return ChannelEvent(
        channel=channel,
        channel_txn=read_text(body, "channel_txn", TXN),
        kind=kind,
        payment_code=read_words(body, "payment_code", most=MAX_CODE),
        amount_fen=read_amount(body, least=1),
        occurred_at=_instant(body),
        raw=raw,
        body_sha256=hashlib.sha256(raw).digest(),
        headers=dict(headers),
        source=source,
    )


def attempt_ends(events: Sequence[OrderEvent]) -> datetime | None:
    """Return until when the last attempt to pay counts as under way, None if the order is not being paid."""
    if not events or events[-1].to_state != "paying":
        return None
    return events[-1].at + ATTEMPT_LIFE


def died_at(events: Sequence[OrderEvent]) -> datetime | None:
    """Return when an order expired or was cancelled, None if it lives."""
    return events[-1].at if events and events[-1].to_state in DEAD else None


def payable(head: OrderHead, now: datetime) -> bool:
    """Tell whether an order can be paid now."""
    return head.state in LIVE_UNPAID and now <= head.expires_at


def read_object(raw: bytes) -> dict[str, Any]:
    """Read a JSON object in which no name stands twice.

    Raises
    ------
    EventMalformed
    """
    if len(raw) > MAX_BODY:
        raise EventMalformed(field="body")
    try:
        body = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise EventMalformed(field="body") from error
    require(isinstance(body, dict))
    return cast("dict[str, Any]", body)


def require(holds: bool) -> None:
    """Refuse a message that has not the agreed fields.

    Raises
    ------
    EventMalformed
    """
    if not holds:
        raise EventMalformed(field="body")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def read_text(body: Mapping[str, Any], name: str, form: re.Pattern[str] = TXN) -> str:
    """Return a field of ASCII text of a form.

    Raises
    ------
    EventMalformed
    """
    value = body[name]
    if not isinstance(value, str) or form.fullmatch(value) is None or not value.isascii():
        raise EventMalformed(field=name)
    return value


def read_words(body: Mapping[str, Any], name: str, *, most: int = MAX_WORDS) -> str:
    """Return a field of words.

    Raises
    ------
    EventMalformed
    """
    value = body[name]
    if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
        raise EventMalformed(field=name)
    return value


def read_amount(body: Mapping[str, Any], *, least: int) -> int:
    """Return the field ``amount_fen``, a whole number of fen.

    Raises
    ------
    EventMalformed
    """
    value = body["amount_fen"]
    if type(value) is not int or not least <= value <= MAX_FEN:
        raise EventMalformed(field="amount_fen")
    return value


def _instant(body: Mapping[str, Any]) -> datetime:
    value = body["occurred_at"]
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise EventMalformed(field="occurred_at") from error
    if instant.tzinfo is None or instant.year not in YEARS:
        raise EventMalformed(field="occurred_at")
    return instant
