"""PostgreSQL types SQLAlchemy has no name for, so that declared and reflected tables can be compared."""

from typing import Any

from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType


class NativePolygon(UserDefinedType[str]):
    """PostgreSQL's own ``polygon``, without CRS: its ``&&`` is exact, unlike PostGIS's."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the name of the type."""
        return "POLYGON"


class Xid8(UserDefinedType[int]):
    """A transaction id of 64 bits."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the name of the type."""
        return "XID8"


ischema_names.setdefault("polygon", NativePolygon)
ischema_names.setdefault("xid8", Xid8)
