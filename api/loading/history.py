"""Register rows of the city's old rights and cases, a batch at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb
from shapely import set_srid
from shapely.geometry import Point

from api.loading import store
from api.loading.timeline import Step, timeline
from data.clock import SHANGHAI, day_of
from data.reference.calendar import WorkCalendar
from data.synthetic.records import OldRight, Person, SyntheticCase
from registry.cases import rules
from registry.cases.records import CLOSED, CaseUnit
from registry.fees.records import AssessedLine, FeeFacts, FeeUnit, Tariff
from registry.fees.rules import assess, total_fen
from registry.handbook.records import Entry
from registry.parties.records import PartyInput
from registry.parties.service import checked
from registry.rights.records import Ended, Kind
from spatial.counties.records import LoadedSet

PLANE = 4547
PARCEL_LENGTH = 19
OLD_CAUSE = "历史登记数据（虚构）"
# Secured claim of a loaded mortgage, fen for each square decimetre of the unit; invented.
LOAN_FEN_PER_DM2 = 3_000
# Parents first.
TABLES = (
    *("party", "unit_page", "rrr", "rrr_holder", "rrr_end"),
    *("case", "case_unit", "case_party", "material", "fee_line", "case_event"),
)
KINDS = {"4": Kind.OWNERSHIP, "8": Kind.OWNERSHIP, "5": Kind.HOMESTEAD, "6": Kind.HOMESTEAD}


@dataclass(frozen=True, slots=True)
class Office:
    """What every case of a load is written by.

    Attributes
    ----------
    entries : dict of str to Entry
        Handbook in force, by type.
    tariff : Tariff
        In force over the whole time of the cases.
    search_key : bytes
        Key of the parties' search hash.
    slugs : dict of str to str
        Deciding office by county.
    boundary : LoadedSet
        By which every case is decided.
    """

    entries: dict[str, Entry]
    tariff: Tariff
    calendar: WorkCalendar
    search_key: bytes
    slugs: dict[str, str]
    boundary: LoadedSet


@dataclass(frozen=True, slots=True)
class Numbers:
    """Reserved numbers."""

    parties: Iterator[int]
    entries: Iterator[int]
    cases: Iterator[int]


@dataclass(frozen=True, slots=True)
class _File:
    """A case being added."""

    case: SyntheticCase
    entry: Entry
    case_no: str
    decision_id: int
    lines: list[AssessedLine]
    steps: list[Step]
    giver: int | None
    taker: int


@dataclass(slots=True)
class History:
    """The rows of one batch."""

    office: Office
    county_code: str
    numbers: Numbers
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    _pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    _old: dict[str, int] = field(default_factory=dict)

    def write(self, conn: store.Conn) -> None:
        """Write the rows."""
        self.rows["unit_page"] = list(self._pages.values())
        for table, rows in self.rows.items():
            if rows:
                store.write_rows(conn, table, list(rows[0]), (list(row.values()) for row in rows))

    def add_right(self, right: OldRight) -> None:
        """Add a right from before the cases."""
        at = datetime.combine(right.registered_on, time(10), tzinfo=SHANGHAI)
        party_id = self._party(right.holder, self.office.slugs[self.county_code], at)
        self._old[right.unit_code] = self._enter(
            right.unit_code,
            [(party_id, "holder")],
            at,
            {
                "accept_office": self.office.slugs[self.county_code],
                "kind": KINDS.get(right.right_type, Kind.USE_RIGHT),
                "right_type": right.right_type,
                "registration_type": "100",
                "area_m2": _m2(right.area_dm2),
                "use_code": right.use_code,
                "cause": OLD_CAUSE,
            },
        )

    def add_case(self, case: SyntheticCase, decision_id: int) -> None:
        """Add a case, and what its registration wrote."""
        entry = self.office.entries[case.type_code]
        giver = None
        if entry.giver_role is not None and case.old is not None:
            giver = self._party(case.old.holder, case.accept_office, case.accepted_at)
        taker = self._party(case.taker, case.accept_office, case.accepted_at)
        case_no = f"YW{case.accepted_at:%Y%m%d}{next(self.numbers.cases) % 1_000_000:06d}"
        lines = assess(self._fee_facts(case, entry), self.office.tariff)
        steps = timeline(case, entry, self.office.slugs[self.county_code])
        file = _File(case, entry, case_no, decision_id, lines, steps, giver, taker)
        self.rows["case"].append(self._case(file))
        self._add_unit(file)
        self._add_parties(file)
        self._add_materials(file)
        self._add_lines(file)
        self._add_events(file)
        if case.registered_at is not None:
            self._register(file, case.registered_at)

    def _party(self, person: Person, office: str, at: datetime) -> int:
        party = checked(PartyInput(person.name, person.id_type, person.id_number), self.office.search_key)
        party_id = next(self.numbers.parties)
        self.rows["party"].append(
            {
                "party_id": party_id,
                "kind": party.kind,
                "name": party.name,
                "id_type": party.id_type,
                "id_number": party.id_number,
                "id_masked": party.id_masked,
                "id_hash": party.id_hash,
                "county_code": self.county_code,
                "accept_office": office,
                "created_at": at,
            }
        )
        return party_id

    def _enter(
        self, unit_code: str, holders: list[tuple[int, str]], at: datetime, facts: dict[str, Any]
    ) -> int:
        """Add an entry at the end of a unit's page; returns its key."""
        page = self._pages.setdefault(
            unit_code,
            {"unit_code": unit_code, "county_code": self.county_code, "last_seq": 0, "opened_at": at},
        )
        page["last_seq"] += 1
        rrr_id = next(self.numbers.entries)
        optional = dict.fromkeys(("on_rrr_id", "after_rrr_id", "case_no", "subtype", "amount_fen"))
        self.rows["rrr"].append(
            {
                "rrr_id": rrr_id,
                "unit_code": unit_code,
                "seq": page["last_seq"],
                "parcel_code": unit_code[:PARCEL_LENGTH],
                "county_code": self.county_code,
                "registered_at": at,
                "registered_by": f"registrar_{self.office.slugs[self.county_code]}",
                **optional,
                **facts,
            }
        )
        for seq, (party_id, role) in enumerate(holders, start=1):
            self.rows["rrr_holder"].append({"rrr_id": rrr_id, "seq": seq, "party_id": party_id, "role": role})
        return rrr_id

    def _register(self, file: _File, at: datetime) -> None:
        case, entry = file.case, file.entry
        old = self._old.get(case.unit_code)
        mortgage = entry.right_kind == "mortgage"
        holders = [(file.taker, entry.holder_role if mortgage else "holder")]
        if mortgage and file.giver is not None:
            holders.append((file.giver, str(entry.giver_role)))
        facts: dict[str, Any] = {
            "accept_office": case.accept_office,
            "kind": rules.entry_kind(entry),
            "right_type": "" if mortgage else entry.right_types[0],
            "registration_type": entry.registration_type,
            "area_m2": _m2(case.area_dm2),
            "use_code": case.use_code,
            "cause": entry.name,
            "case_no": file.case_no,
        }
        if mortgage:
            facts |= {"on_rrr_id": old, "subtype": "1", "amount_fen": case.area_dm2 * LOAN_FEN_PER_DM2}
        elif old is not None:
            facts |= {"after_rrr_id": old}
        rrr_id = self._enter(case.unit_code, holders, at, facts)
        if old is not None and not mortgage:
            self.rows["rrr_end"].append(
                {
                    "rrr_id": old,
                    "status": Ended.HISTORY,
                    "by_rrr_id": rrr_id,
                    "case_no": file.case_no,
                    "cause": entry.name,
                    "ended_at": at,
                    "ended_by": f"registrar_{self.office.slugs[self.county_code]}",
                }
            )

    def _case(self, file: _File) -> dict[str, Any]:
        case, last = file.case, file.steps[-1]
        node, day = file.entry.node(last.node), day_of(case.accepted_at)
        slug = self.office.slugs[self.county_code]
        notice_to = None
        if node is not None and node.status == "notice":
            notice_to = rules.add_workdays(self.office.calendar, day_of(last.at), node.limit_days)
        return {
            "case_no": file.case_no,
            "type_code": case.type_code,
            "handbook_version": file.entry.version,
            "status": last.status,
            "node": last.node,
            "node_role": None if node is None else node.role,
            "node_office": None if node is None else rules.node_office(node, case.accept_office, slug),
            "accept_office": case.accept_office,
            "decide_office": slug,
            "county_code": self.county_code,
            "decision_id": file.decision_id,
            "unit_count": 1,
            "place": _place(case),
            "applicant": case.taker.name if case.old is None else case.old.holder.name,
            "address": case.address,
            "accepted_by": file.steps[0].login,
            "accepted_at": case.accepted_at,
            "accepted_on": day,
            "due_on": rules.add_workdays(self.office.calendar, day, file.entry.limit.promised),
            "node_since": last.at,
            "notice_to": notice_to,
            "fee_total_fen": total_fen(file.lines),
            "paid_at": case.paid_at,
            "registered_at": case.registered_at,
            "closed_at": last.at if last.status in CLOSED else None,
            "detail": Jsonb({"declares": [], "synthetic": True}),
        }

    def _fee_facts(self, case: SyntheticCase, entry: Entry) -> FeeFacts:
        right_type = entry.right_types[0]
        if entry.right_kind != "own" and case.old is not None:
            right_type = case.old.right_type
        unit = FeeUnit(
            case.unit_code,
            case.unit_code[:PARCEL_LENGTH],
            self.county_code,
            right_type,
            rules.use_class(_case_unit(case, 0), frozenset()),
            rules.certificates(entry, None, 1),
        )
        return FeeFacts(entry.registration_type, entry.right_kind, frozenset(), (unit,))

    def _add_unit(self, file: _File) -> None:
        unit = _case_unit(file.case, file.decision_id)
        names = CaseUnit.__dataclass_fields__
        self.rows["case_unit"].append(
            {"case_no": file.case_no, **{name: getattr(unit, name) for name in names}}
        )

    def _add_parties(self, file: _File) -> None:
        roles = [(file.giver, file.entry.giver_role), (file.taker, file.entry.holder_role)]
        known = [(party_id, role) for party_id, role in roles if party_id is not None]
        for seq, (party_id, role) in enumerate(known, start=1):
            self.rows["case_party"].append(
                {"case_no": file.case_no, "seq": seq, "party_id": party_id, "role": role}
            )

    def _add_materials(self, file: _File) -> None:
        for material in rules.required(file.entry, frozenset()):
            self.rows["material"].append(
                {
                    "case_no": file.case_no,
                    "code": material.code,
                    "name": material.name,
                    "original": material.original,
                    "copies": material.copies,
                    "received_at": file.case.accepted_at,
                    "received_by": file.steps[0].login,
                }
            )

    def _add_lines(self, file: _File) -> None:
        for line in file.lines:
            names = AssessedLine.__dataclass_fields__
            self.rows["fee_line"].append(
                {
                    "case_no": file.case_no,
                    **{name: getattr(line, name) for name in names},
                    "payer_party_id": file.taker,
                    "accept_office": file.case.accept_office,
                }
            )

    def _add_events(self, file: _File) -> None:
        before: Step | None = None
        for step in file.steps:
            self.rows["case_event"].append(
                {
                    "case_no": file.case_no,
                    "at": step.at,
                    "action": step.action,
                    "from_node": None if before is None else before.node,
                    "to_node": step.node,
                    "from_status": None if before is None else before.status,
                    "to_status": step.status,
                    "login": step.login,
                    "office": step.office,
                    "detail": Jsonb({}),
                }
            )
            before = step


def _case_unit(case: SyntheticCase, decision_id: int) -> CaseUnit:
    return CaseUnit(
        1,
        case.unit_code,
        case.unit_code[:PARCEL_LENGTH],
        case.kind,
        case.housing,
        case.use_code,
        case.address,
        _m2(case.area_dm2),
        _place(case),
        decision_id,
    )


def _place(case: SyntheticCase) -> Point:
    placed: Point = set_srid(Point(case.place), PLANE)
    return placed


def _m2(area_dm2: int) -> Decimal:
    """Return square metres of square decimetres, exactly."""
    return Decimal(area_dm2).scaleb(-2)
