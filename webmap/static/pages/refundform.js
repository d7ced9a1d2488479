// The form that asks for a refund of an order, all of it or lines of it. Needs the texts "ui.refunds".

import { api, busy, fenOf, fmtFen, t } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";
import { itemName } from "/static/pages/words.js";

const CAUSES = ["mistaken", "excess", "withdrawn", "refused", "relief"];

/** Reads the order and opens the form; asked(refund) is called when the refund stands. */
export function askRefund(orderNo, { place, button, asked }) {
  return busy(button, async () => open(await api(`/api/v1/orders/${encodeURIComponent(orderNo)}`), asked), place);
}

function open(order, asked) {
  const lines = order.lines.filter((line) => line.amount_fen > 0);
  formDialog({
    title: `${t("ui.refunds.ask")} · ${order.order_no}`,
    note: [t("ui.refunds.two_persons"), t("ui.refunds.amount_note")],
    fields: [
      { name: "cause", label: t("ui.refunds.why"), options: CAUSES.map((cause) => [cause, t(`ui.refunds.cause.${cause}`)]) },
      { name: "lines", label: t("ui.refunds.lines"), checks: lines.map((line) => [String(line.line_no), `${line.line_no}. ${itemName(line.name)} ${fmtFen(line.amount_fen)}`]), value: lines.map((line) => String(line.line_no)) },
      { name: "amount", label: t("ui.refunds.part_amount"), hint: t("ui.refunds.part_hint") },
      { name: "reason", label: t("ui.refunds.comment"), required: true, maxlength: 500 },
    ],
    confirm: t("ui.refunds.ask"),
    save: async ({ cause, reason, lines: chosen, amount }) => {
      const body = { cause, reason, lines: chosen.map((number) => ({ line_no: Number(number) })) };
      const fen = amount ? fenOf(amount) : null;
      // An amount that is none is sent as zero: the server says what is wrong with it.
      if (amount && body.lines.length === 1) body.lines[0].amount_fen = fen ?? 0;
      else if (amount) body.lines.forEach((line) => { line.amount_fen = 0; });
      await asked(await api(`/api/v1/orders/${encodeURIComponent(order.order_no)}/refunds`, { json: body }));
    },
  });
}
