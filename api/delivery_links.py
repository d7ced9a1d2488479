"""Links to a bill that end (交付链接): signed, so that nothing is stored and nothing can be guessed."""

from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from registry.receipts.errors import LinkExpired

SALT = "ningtu-bill-delivery"


def make(secret_key: str, code: str, number: str, *, until: datetime) -> str:
    """Return the token of a bill, good until an aware instant."""
    made = URLSafeSerializer(secret_key, salt=SALT).dumps([code, number, int(until.timestamp())])
    return made if isinstance(made, str) else made.decode()


def read(secret_key: str, token: str, *, now: datetime) -> tuple[str, str]:
    """Return code and number of a token's bill.

    Raises
    ------
    LinkExpired
        It is none of ours, or its time is over; never says which.
    """
    try:
        code, number, until = URLSafeSerializer(secret_key, salt=SALT).loads(token)
    except BadData as error:
        raise LinkExpired from error
    if now.timestamp() >= until:
        raise LinkExpired
    return str(code), str(number)
