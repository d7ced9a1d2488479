"""Who acts: users, offices, roles, and the scope their rows have."""

from dataclasses import dataclass
from datetime import datetime

ROLES = frozenset(
    {
        "surveyor",
        "reviewer",
        "clerk",
        "registrar",
        "finance_city",
        "finance_county",
        "supervisor",
        "partner",
        "admin",
    }
)
# Roles that see the rows of every county (design: reviewer, finance_city and supervisor are city-wide).
CITY_WIDE = frozenset({"reviewer", "finance_city", "supervisor"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: a user, a program, the worker, or the public.

    ``scope`` decides what row-level security lets through: ``all``, ``county`` (own county and the cases
    accepted at the own office) or ``none``.
    """

    user_id: int | None
    login: str
    name: str
    roles: frozenset[str]
    office: str | None
    county_code: str | None
    system: bool = False

    @property
    def scope(self) -> str:
        """Return ``all``, ``county`` or ``none``."""
        if self.system or self.roles & CITY_WIDE:
            return "all"
        return "county" if self.office else "none"

    @property
    def window(self) -> str | None:
        """Return the office whose accepted cases the actor sees; a county's finance has none."""
        return None if self.roles == {"finance_county"} else self.office

    def may(self, *roles: str) -> bool:
        """Tell whether the actor has one of the roles (the system has every role)."""
        return self.system or bool(self.roles.intersection(roles))


SYSTEM = Actor(None, "system", "系统", frozenset(), None, None, system=True)
PUBLIC = Actor(None, "public", "公众", frozenset(), None, None)


@dataclass(frozen=True, slots=True)
class User:
    """An account as the admin page shows it."""

    user_id: int
    login: str
    name: str
    roles: list[str]
    office: str | None
    county_code: str | None
    active: bool
    created_at: datetime
    must_change_password: bool


@dataclass(frozen=True, slots=True)
class Office:
    """A registration office; ``county_code`` is null for the city's own."""

    office: str
    name: str
    name_en: str
    county_code: str | None
