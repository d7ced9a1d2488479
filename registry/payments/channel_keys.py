"""Keys of channels: which hold when stands in the database, the keys themselves in the keys folder."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from data.access import audit
from data.access.records import SYSTEM, Actor
from data.clock import SHANGHAI
from data.db import Database
from data.documents import keys
from registry.payments import store_channels
from registry.payments.errors import ChannelUnknown, KeyRotationRefused
from registry.payments.records import ChannelKey
from registry.payments.store import Conn

KEY_BYTES = 32
FIRST_KEY = "k1"
# Wherever the clock of a sandbox is set to, the first key holds.
FIRST_FROM = datetime(2023, 1, 1, tzinfo=SHANGHAI)


@dataclass(frozen=True, slots=True)
class KeyVault:
    """The keys folder, one file a key, read by its owner only; and keys that the settings give.

    Attributes
    ----------
    folder : Path
        Folder of the channels' keys; made when first written.
    given : mapping of (channel, kid) to str
        Keys that stand in the settings.
    """

    folder: Path
    given: Mapping[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def secret(self, channel: str, kid: str) -> str | None:
        """Return a key, None when it is not here."""
        if (channel, kid) in self.given:
            return self.given[channel, kid]
        path = self._path(channel, kid)
        return path.read_text(encoding="ascii") if path.is_file() else None

    def ensure(self, channel: str, kid: str) -> str:
        """Return a key, made if it is not here; two processes get the same."""
        with keys.locked(self.folder):
            known = self.secret(channel, kid)
            if known is None:
                known = secrets.token_urlsafe(KEY_BYTES)
                keys.write_private(self._path(channel, kid), known.encode("ascii"))
        return known

    def _path(self, channel: str, kid: str) -> Path:
        return self.folder / f"{channel}.{kid}.key"


def live(db: Database, vault: KeyVault, channel: str, *, now: datetime) -> dict[str, str]:
    """Return the keys of a channel that hold at an instant, by key id, newest last; none for no such channel.

    A sandbox channel that never had a key gets its first one.
    """
    with db.transaction(SYSTEM) as conn:
        found = store_channels.keys_at(conn, channel, now)
        bare = not found and store_channels.waits_for_first_key(conn, channel)
    if bare:
        found = [_make_first(db, vault, channel)]
    held = {kid: vault.secret(channel, kid) for kid in found}
    return {kid: secret for kid, secret in held.items() if secret is not None}


def _make_first(db: Database, vault: KeyVault, channel: str) -> str:
    vault.ensure(channel, FIRST_KEY)
    with db.transaction(SYSTEM) as conn:
        store_channels.insert_key(conn, ChannelKey(channel, FIRST_KEY, FIRST_FROM, None, "system", None))
    return FIRST_KEY


def begin(db: Database, actor: Actor, vault: KeyVault, channel: str, *, now: datetime) -> ChannelKey:
    """Give a channel a new key; the one before holds on until the rotation is finished.

    Raises
    ------
    ChannelUnknown
    KeyRotationRefused
        Two keys hold already.
    """
    live(db, vault, channel, now=now)
    with db.transaction(actor) as conn:
        rows = _all(conn, channel)
        if sum(row.valid_until is None for row in rows) > 1:
            raise KeyRotationRefused(channel=channel)
        kid = f"k{now:%Y%m%d}-{len(rows) + 1}"
        vault.ensure(channel, kid)
        made = ChannelKey(channel, kid, now, None, actor.login, None)
        store_channels.insert_key(conn, made)
        audit.record(conn, actor, "channel.key_begin", channel, detail={"kid": kid})
    return made


def finish(db: Database, actor: Actor, channel: str, *, now: datetime) -> ChannelKey:
    """End the older of two keys; what is signed with it from now on is refused.

    Raises
    ------
    ChannelUnknown
    KeyRotationRefused
        Only one key holds.
    """
    with db.transaction(actor) as conn:
        held = [row for row in _all(conn, channel) if row.valid_until is None]
        if len(held) < 2:  # noqa: PLR2004  the old and the new
            raise KeyRotationRefused(channel=channel)
        store_channels.end_key(conn, channel, held[0].kid, at=now, by=actor.login)
        audit.record(conn, actor, "channel.key_finish", channel, detail={"kid": held[0].kid})
    return held[0]


def _all(conn: Conn, channel: str) -> list[ChannelKey]:
    if store_channels.fetch(conn, channel) is None:
        raise ChannelUnknown(channel=channel)
    store_channels.lock_keys(conn, channel)
    return store_channels.keys_of(conn, channel)
