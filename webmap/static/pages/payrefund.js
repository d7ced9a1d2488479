// The part of /pay/<code> in which the payer asks money back, and sees how far that is.

import { api, countyName, fmtFen, fmtTime, h, t, tOr } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";
import { statusBadge } from "/static/pages/words.js";

const CAUSES = ["mistaken", "excess", "withdrawn"];

/** Refunds with their progress, money in suspense, and the button that asks; nothing when there is none of them. */
export function refundPanel(order, page) {
  const asks = [...order.suspense.filter((item) => !item.refund_no).map((item) => suspenseLine(item, page)), order.refundable ? wholeLine(page) : null].filter(Boolean);
  if (!order.refunds.length && !asks.length) return null;
  return h("div", { class: "panel", "data-testid": "pay-refunds" }, h("div", { class: "panel-head" }, h("h2", {}, t("ui.refunds.progress"))),
    h("ul", { class: "tasks" }, order.refunds.map(refundLine), asks));
}

/** How far money that goes back is: asked, checked, decided, paid back. */
function refundLine(row) {
  const steps = [["requested", row.requested_at], ["checked", row.checked_at], ["decided", row.decided_at], ["done", row.done_at]];
  return h("li", { "data-testid": "pay-refund", "data-state": row.state },
    h("div", {}, t("ui.refunds.progress_line", { amount: fmtFen(row.amount_fen), at: fmtTime(row.requested_at) }), " ", statusBadge("refund", row.state),
      h("div", { class: "faint" }, steps.filter(([, at]) => at).map(([name, at]) => `${t(`ui.pay.refund_step.${name}`)} ${fmtTime(at)}`).join(" → ")),
      row.counties.map((item) => h("div", { class: "faint" }, `${countyName(item.county_code)} ${fmtFen(item.amount_fen)} `, statusBadge("county_return", item.state)))));
}

function suspenseLine(item, page) {
  return h("li", { "data-testid": "pay-suspense" },
    h("div", {}, h("strong", {}, fmtFen(item.amount_fen)), " ", tOr(`ui.refunds.reason.${item.reason}`, item.reason), h("div", { class: "faint" }, `${fmtTime(item.at)} · ${t("ui.pay.suspense_note")}`)),
    h("div", { class: "actions due no-print" }, askButton(page, { suspended_id: item.suspended_id })));
}

function wholeLine(page) {
  return h("li", { class: "no-print" }, h("div", { class: "soft" }, t("ui.pay.refund_note")), h("div", { class: "actions due" }, askButton(page, {})));
}

function askButton(page, more) {
  return h("button", { class: "btn btn-small", type: "button", "data-testid": more.suspended_id ? "ask-suspense" : "ask-refund", onclick: () => formDialog({
    title: t("ui.pay.refund_ask"),
    note: t("ui.pay.refund_two"),
    fields: [
      { name: "cause", label: t("ui.pay.refund_cause"), options: CAUSES.map((code) => [code, t(`ui.refunds.cause.${code}`)]) },
      { name: "reason", label: t("ui.pay.refund_reason"), required: true, maxlength: 200 },
    ],
    confirm: t("ui.pay.refund_ask"),
    save: async (values) => page.show(await api(`${page.path}/refunds`, { json: { last4: page.last4(), ...values, ...more } })),
  }) }, t("ui.pay.refund_ask"));
}
