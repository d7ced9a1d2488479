"""Cases at a window, their orders and reliefs: each act asks the book first whether it may succeed."""

from registry.cases.records import NewRelief
from registry.cases.service import accept
from registry.payments import refund_decisions, reliefs
from registry.payments.issuing import issue_order
from registry.payments.rules import ORDER_LIFE
from tests.database.registry import town
from tests.money_proof.fees import ENDED, KNOWN, TRANSFER, Case, Unproven, fee
from tests.money_proof.history import pick
from tests.money_proof.papers import LIVE, Line, Order, Refund

LAND_USE = "land_use_first"
COUNTY = "421224"
FLATS = tuple((code, "flat", COUNTY) for code in town.FLATS[:2])
SHOP, LAND = (town.SHOP, "shop", COUNTY), (town.BARE, "land", COUNTY)
# What somebody can come with: kind of case and its units.
ERRANDS = (
    (LAND_USE, (LAND,)),
    (TRANSFER, FLATS[:1]),
    (TRANSFER, FLATS),
    (TRANSFER, (FLATS[0], SHOP)),
)
FACTS = (*sorted(KNOWN), ENDED)
PEOPLE = (town.WANG, town.ZHAO)


def build(conn):
    """Build a small town, and enter who owns what is to be sold."""
    town.build(conn)
    for code in (*town.FLATS[:2], town.SHOP):
        town.enter_right(conn, code, town.LI)


class Window:
    """What happens at a window; indexes choose what it happens to."""

    def __init__(self, world, acts):
        self.world, self.book, self.acts = world, world.book, acts
        self.papers = 0

    def do(self, act, index, *, fact="", errand=()):
        """Do one of the acts by its name."""
        match act:
            case "accept" | "new":
                made = self.accept(index, *errand)
                if made and act == "new":
                    self.order(len(self.book.cases) - 1)
            case "order" | "order two":
                self.order(index, joint=act == "order two")
            case "relieve" | "stranger":
                self.relieve(index, fact, stranger=act == "stranger")
            case "decide own":
                self.decide_own(index)
            case "decide":
                self.acts.decide(index, approve=True)
            case "carry":
                self._carry(index)
            case _:
                self._do_elsewhere(act, index)

    def _do_elsewhere(self, act, index):
        match act:
            case "pay":
                self._pay_last()
            case "close":
                self.world.close_day()
            case "revive":
                self.acts.revive(index)

    def _pay_last(self):
        """Pay the last order of a case that waits for its money."""
        waiting = [
            number
            for number, order in enumerate(self.book.orders.values())
            if order.state in LIVE and order.lines[0].source
        ]
        if waiting:
            self.acts.pay(waiting[-1])

    def _carry(self, index):
        """Carry out what was decided, so far as counties, bank and channels let it."""
        self.world.work()
        for arrives in (False, True):
            self.acts.return_money(index, arrives)
        self.world.payers.work()
        self.world.retry_refunds()

    # ------------------------------------------------------------ cases and orders

    def accept(self, index, facts=(), proven=(), holders=1):
        """Accept a case that declares facts, some with their document."""
        kind, units = pick(ERRANDS, index)
        if self._moved(units):
            return None
        facts, proven = frozenset(facts), frozenset(proven)
        try:
            fee(kind, units, holders, facts, proven)
            allowed = proven <= facts & KNOWN
        except Unproven:
            allowed = False
        role = "holder" if kind == LAND_USE else "transferee"
        people = [(role, who) for who in PEOPLE[:holders]]
        people += [("transferor", town.LI)] if kind == TRANSFER else []
        more = {"declares": facts, "reliefs": [NewRelief(fact, "文件") for fact in sorted(proven)]}
        new = town.application(self.world.db, kind, [code for code, *_ in units], *people, **more)
        made = self.acts.must(
            allowed,
            lambda: accept(self.world.db, town.CLERK, new, now=self.world.now, search_key=town.KEY),
        )
        if made is not None:
            self.book.cases[made.case.case_no] = Case(made.case.case_no, kind, units, holders, facts, proven)
        return made and made.case.case_no

    def order(self, index, joint=False):
        """Issue an order for all that a case asks for, or two cases together."""
        cases = list(self.book.cases.values())
        if not cases:
            return
        chosen = [pick(cases, index)]
        chosen += [pick(cases, index + 1)] if joint and len(cases) > 1 else []
        if self._being_paid(chosen) or any(self._moved(case.units) for case in chosen):
            return
        due = self._due(chosen)
        asked = {case.no for case, *_ in due}
        claims = self.book.claims(chosen)
        orders = [{order.no for (no, _), order in claims.items() if no == case.no} for case in chosen]
        of_all = set.intersection(*orders)
        # Of two cases none is left out because an order asks for all of it already.
        left_out = len(chosen) > 1 and any(
            nos and case.no not in asked for case, nos in zip(chosen, orders, strict=True)
        )
        found = self.acts.must(
            not left_out if due else bool(of_all),
            lambda: issue_order(self.world.db, town.CLERK, [case.no for case in chosen], now=self.world.now),
        )
        if found is None:
            return
        if due:
            self._enter(found, due)
        else:
            assert found.head.order_no == max(of_all)

    def _due(self, cases):
        """Let orders end whose time is over; return (case, source, unit, fen) that no order asks for."""
        for order in set(map(id, self.book.claims(cases).values())):
            (found,) = [item for item in self.book.orders.values() if id(item) == order]
            if found.state in LIVE and found.expires_at < self.world.now:
                found.die("expired", self.world.now)
        held = self.book.claims(cases)
        return [
            (case, source, unit, case.owed(source))
            for case in cases
            for source, (unit, _) in case.lines.items()
            if (case.no, source) not in held and case.owed(source) is not None
        ]

    def _enter(self, found, due):
        """Let the book have an order that asks for what is due; it must ask for just that."""
        lines = []
        for number, (case, source, unit, fen) in enumerate(due, 1):
            county = next(county for code, _, county in case.units if code == unit)
            lines.append(Line(number, "nontax", county, fen, case.no, unit=unit, source=source))
        head = found.head
        order = Order(head.order_no, head.payment_code, lines, self.world.now + ORDER_LIFE)
        if not order.fen:
            order.state = "paid"
        self.book.orders[order.no] = order
        assert (head.amount_fen, head.expires_at) == (order.fen, order.expires_at)

    def _being_paid(self, cases):
        """Tell whether somebody tried to pay an order of the cases: how long that lasts is not told here."""
        nos = {case.no for case in cases}
        return any(
            order.tried and any(line.case_no in nos for line in order.lines)
            for order in self.book.orders.values()
        )

    # ------------------------------------------------------------ reliefs

    def relieve(self, index, fact, *, stranger=False):
        """Grant a relief whose document came later: what is unpaid is ordered anew, the rest asked back."""
        case = pick(self.book.cases.values(), index)
        if case is None or self._being_paid([case]):
            return
        self.papers += 1
        relief = NewRelief(fact, f"文件{self.papers}")
        who = town.OTHER_REGISTRAR if stranger else town.CLERK
        if self._ordered_elsewhere(case):
            return
        less = fact in KNOWN and sum(fen for _, fen in case.with_relief(fact)) < case.fen
        claims = self.book.claims([case])
        paid = next((order for order in claims.values() if order.state in {"paid", "cleared"}), None)
        back = self._difference(case, fact, paid) if less and paid else []
        allowed = less and not stranger and not case.back
        allowed = allowed and all(order.state != "refunding" for order in claims.values())
        if paid:
            allowed = allowed and bool(back) and self._may_go_back(paid, back)
        found = self.acts.must(
            allowed,
            lambda: reliefs.grant_relief(self.world.db, who, case.no, relief, reason="x", now=self.world.now),
        )
        if not allowed:
            return
        if paid:
            no = found.refund.refund_no
            self.book.refunds[no] = Refund(no, paid, back, paid.state == "cleared", relief=True)
            assert found.refund.amount_fen == self.book.refunds[no].fen
            return
        self._order_anew(case, fact, found)

    def _moved(self, units):
        return any(code in self.book.moved for code, *_ in units)

    def _ordered_elsewhere(self, case):
        """Tell whether an order in place of an unpaid one would have a unit that a ruling moved."""
        return any(
            line.unit in self.book.moved
            for order in self.book.orders.values()
            if order.state in LIVE and any(line.case_no == case.no for line in order.lines)
            for line in order.lines
        )

    def _order_anew(self, case, fact, found):
        """The unpaid orders of a case are cancelled, and all that they asked for is ordered again."""
        together = {}
        for order in self.book.orders.values():
            if order.state in LIVE and any(line.case_no == case.no for line in order.lines):
                together |= {line.case_no: self.book.cases[line.case_no] for line in order.lines}
                order.die("cancelled", self.world.now)
        case.assess_again(fact)
        if not together:
            assert found.order is None
            return
        self._enter(found.order, self._due(list(together.values())))

    def _difference(self, case, fact, order):
        """Return (line, fen) that goes back of a paid order, unit by unit."""
        less = dict.fromkeys((code for code, *_ in case.units), 0)
        for unit, fen in case.lines.values():
            less[unit] += fen
        for unit, fen in case.with_relief(fact):
            less[unit] -= fen
        back = []
        for line in order.lines:
            if line.case_no == case.no and (fen := min(less[line.unit], line.fen)) > 0:
                less[line.unit] -= fen
                back.append((line, fen))
        return back

    def _may_go_back(self, order, back):
        under_way = any(
            item.order is order and item.payment is None and item.state not in {"rejected", "done"}
            for item in self.book.refunds.values()
        )
        return not under_way and not any(
            line.in_dispute or line.given_back + fen > line.fen for line, fen in back
        )

    def decide_own(self, index):
        """Who asked for a relief's money decides on it: refused."""
        asked = (item for item in self.book.refunds.values() if item.relief and item.state == "requested")
        refund = pick(asked, index)
        if refund is not None:
            self.acts.must(
                False,
                lambda: refund_decisions.decide(
                    self.world.db, town.CLERK, refund.no, approve=True, comment="", now=self.world.now
                ),
            )
