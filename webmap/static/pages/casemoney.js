// Order, payment, bills and money trail of a case on /cases/<no>.

import { api, busy, countyName, fill, fmtFen, fmtTime, h, newKey, pairs, poll, problemPanel, t, toast, tOr } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";
import { askRefund } from "/static/pages/refundform.js";
import { linkOf, tracePicture } from "/static/pages/tracepicture.js";
import { statusBadge, statusName } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const UNPAID = ["issued", "paying"];
// A channel tells of a card at once, or not soon.
const TOLD_MS = 30000;

/** Payment code in groups of four. */
const groupedCode = (code) => code.replace(/(.{4})(?=.)/g, "$1 ");

/** Links to the bill of a receipt row. */
function receiptLinks(receipt) {
  const base = `/api/v1/receipts/${encodeURIComponent(receipt.code)}/${encodeURIComponent(receipt.number)}`;
  const key = `?check_code=${encodeURIComponent(receipt.check_code)}`;
  return h("div", { class: "actions" },
    h("a", { class: "btn btn-small", href: `${base}.pdf${key}`, target: "_blank", rel: "noopener", "data-testid": "receipt-pdf" }, `PDF · ${fmtFen(receipt.amount_fen)} · ${countyName(receipt.county_code)}`),
    h("a", { class: "btn btn-small", href: `${base}.xml${key}` }, "XML"));
}

/** Code and number of a bill, which also stand on paper, and its links. */
function receiptLine(receipt) {
  return h("div", { class: "stack" }, h("span", { class: "code faint" }, `${receipt.code} ${receipt.number}`), receiptLinks(receipt));
}

/** Shows the order of a case; may(role) tells who looks; changed() is called after an order was made. */
export async function showOrder(found, { mayOrder, changed }) {
  const box = at("order");
  const order = await orderOf(found);
  if (!order) {
    fill(box, h("p", {}, found.county_code ? t("ui.cases.order_none") : t("ui.cases.designate_needed")), mayOrder && found.county_code ? await orderButton(found, changed) : null);
    return;
  }
  if (!order.payment_code) {
    fill(box, h("p", {}, t("ui.cases.order_free")));
    return;
  }
  fill(box, h("p", { class: "money-big", "data-testid": "order-amount" }, fmtFen(order.amount_fen)),
    pairs([
      [t("ui.cases.status"), h("span", { "data-testid": "order-state", "data-state": order.state }, statusBadge("order", order.state))],
      [t("ui.cases.payment_code"), h("a", { class: "code", href: `/pay/${order.payment_code}`, "data-testid": "payment-code" }, groupedCode(order.payment_code))],
      [t("ui.cases.expires_at"), order.payable ? fmtTime(order.expires_at) : null],
      [t("ui.cases.order_no"), h("span", { class: "code" }, order.order_no)],
      [t("ui.cases.order_history"), order.events.map((event) => h("div", { class: "faint" }, `${fmtTime(event.at)} `, statusName("order", event.to)))],
    ]),
    order.late_fen ? h("div", { class: "notice", "data-tone": "warn", "data-testid": "order-late" }, t("ui.cases.order_late", { amount: fmtFen(order.late_fen) })) : null,
    mayOrder ? await orderActs(found, order, changed) : null,
    h("div", { class: "actions no-print" }, h("a", { class: "btn btn-small", href: `/pay/${order.payment_code}`, target: "_blank", rel: "noopener" }, t("ui.cases.open_pay")),
      h("button", { class: "btn btn-small", type: "button", "data-testid": "trace", onclick: (event) => showTrace(order, event.currentTarget) }, t("ui.cases.trace_show")),
      document.getElementById("case").dataset.roles.split(" ").includes("finance_county") && ["paid", "cleared"].includes(order.state) ? h("a", { class: "btn btn-small", href: `/trace/${encodeURIComponent(order.order_no)}#lines-title`, "data-testid": "case-dispute" }, t("ui.cases.order_dispute")) : null),
    await refundsOf(order, changed),
    order.receipts?.length ? [h("h3", {}, t("ui.cases.receipts")), order.receipts.map(receiptLine)] : null);
}

/** Refunds of the order with their states; registrars and finance may ask for one. */
async function refundsOf(order, changed) {
  const { items } = await api("/api/v1/refunds", { query: { order_no: order.order_no } });
  const place = h("div", { "aria-live": "assertive" });
  const open = items.some((row) => !["rejected", "done"].includes(row.state));
  const mayAsk = document.getElementById("case").dataset.roles.split(" ").some((role) => ["registrar", "finance_city", "finance_county"].includes(role));
  const button = mayAsk && !open && ["paid", "cleared"].includes(order.state) ? h("button", { class: "btn btn-small", type: "button", "data-testid": "case-refund" }, t("ui.refunds.ask")) : null;
  button?.addEventListener("click", () => askRefund(order.order_no, { place, button, asked: async () => { toast(t("ui.refunds.asked_done")); await changed(); } }));
  if (!items.length && !button) return null;
  return [items.length ? h("h3", {}, t("ui.refunds.progress")) : null, items.map((row) => h("p", { "data-testid": "case-refund-state", "data-state": row.state },
    t("ui.refunds.progress_line", { amount: fmtFen(row.amount_fen), at: fmtTime(row.requested_at) }), " ", statusBadge("refund", row.state))), button, place];
}

async function orderOf(found) {
  if (found.order_no) return api(`/api/v1/orders/${encodeURIComponent(found.order_no)}`);
  const { items } = await api("/api/v1/orders", { query: { case_no: found.case_no, limit: 1 } });
  return items.length ? api(`/api/v1/orders/${encodeURIComponent(items[0].order_no)}`) : null;
}

/** Waits, after a card was taken, until its channel has told us; meanwhile no second card can be taken. */
async function told(path, changed) {
  fill(at("order"), h("div", { class: "notice", "data-tone": "info", "data-testid": "order-told" }, t("ui.cases.order_card_wait")));
  await poll(() => api(path), (order) => !UNPAID.includes(order.state), { limit: TOLD_MS }).catch(() => null);
  await changed();
}

/** What can be done with an order: print its notice, cancel it, bring it back, or issue a new one. */
async function orderActs(found, order, changed) {
  const path = `/api/v1/orders/${encodeURIComponent(order.order_no)}`;
  const unpaid = UNPAID.includes(order.state);
  const dead = ["expired", "cancelled"].includes(order.state);
  const act = (name, text, open) => h("button", { class: "btn btn-small", type: "button", "data-testid": name, onclick: open }, text);
  return [h("div", { class: "actions no-print" },
    unpaid ? h("a", { class: "btn btn-small btn-primary", href: `${path}/notice.pdf`, target: "_blank", rel: "noopener", "data-testid": "order-notice" }, t("ui.cases.order_notice")) : null,
    order.payable ? act("order-card", t("ui.cases.order_card"), () => formDialog({ title: `${t("ui.cases.order_card")} · ${fmtFen(order.amount_fen)}`, note: t("ui.cases.order_card_note"), fields: [], confirm: t("ui.cases.order_card"),
      save: async () => { await api("/api/v1/sandbox/terminals/sales", { json: { order_no: order.order_no } }); toast(t("ui.cases.order_card_done")); told(path, changed); } })) : null,
    unpaid ? act("order-cancel", t("ui.cases.order_cancel"), () => formDialog({ title: t("ui.cases.order_cancel"), note: t("ui.cases.order_cancel_note"), fields: [], confirm: t("ui.cases.order_cancel"), danger: true,
      save: async () => { await api(`${path}/cancel`, { method: "POST", json: {} }); toast(t("ui.cases.order_cancelled")); await changed(); } })) : null,
    dead ? act("order-revive", t("ui.cases.order_revive"), () => formDialog({ title: t("ui.cases.order_revive"), note: t("ui.cases.order_revive_note"), confirm: t("ui.cases.order_revive"),
      fields: [{ name: "reason", label: t("ui.cases.order_revive_reason"), rows: 2, required: true, maxlength: 500 }],
      save: async (values) => { await api(`${path}/revive`, { json: values }); toast(t("ui.cases.order_revived")); await changed(); } })) : null),
  dead ? await orderButton(found, changed) : null];
}

/** Other unpaid cases of the payer, to be ticked. */
async function jointBoxes(found) {
  const { items } = await api(`/api/v1/cases/${encodeURIComponent(found.case_no)}/joint`).catch(() => ({ items: [] }));
  if (!items.length) return null;
  return h("fieldset", { class: "field", "data-testid": "order-joint" }, h("legend", {}, t("ui.cases.order_joint")),
    items.map((row) => h("label", { class: "check" }, h("input", { type: "checkbox", value: row.case_no }), h("span", { class: "code" }, row.case_no), ` ${row.address} · ${fmtFen(row.amount_fen)}`)));
}

async function orderButton(found, changed) {
  const problem = h("div", { "aria-live": "assertive" });
  const joint = await jointBoxes(found);
  let key = newKey();
  joint?.addEventListener("change", () => { key = newKey(); });
  const button = h("button", { class: "btn btn-primary", type: "button", "data-testid": "make-order" }, t("ui.cases.order_make"));
  button.addEventListener("click", () => busy(button, async () => {
    const more = [...(joint?.querySelectorAll(":checked") || [])].map((box) => box.value);
    if (more.length) await api("/api/v1/orders", { json: { case_nos: [found.case_no, ...more] }, idempotencyKey: key });
    else await api(`/api/v1/cases/${encodeURIComponent(found.case_no)}/orders`, { method: "POST", json: {}, idempotencyKey: key });
    toast(t("ui.cases.order_made"));
    await changed();
  }, problem));
  return [joint, h("p", {}, button), problem];
}

async function showTrace(order, button) {
  at("trace-panel").hidden = false;
  await busy(button, async () => {
    try {
      const { steps } = await api(`/api/v1/orders/${encodeURIComponent(order.order_no)}/trace`);
      fill(at("trace"), h("p", { class: "no-print" }, h("a", { href: `/trace/${encodeURIComponent(order.order_no)}` }, t("ui.cases.trace_page"))), tracePicture(steps), traceList(steps));
    } catch (error) {
      fill(at("trace"), problemPanel(error));
    }
  });
  at("trace-panel").scrollIntoView({ block: "nearest" });
}

/** Every step of the money, in order. */
export function traceList(steps) {
  return h("ol", { class: "steps", "data-testid": "trace-steps" }, steps.map((step) => h("li", { class: "done", "data-kind": step.kind },
    h("span", {}, tOr(`ui.cases.trace.${step.kind}`, step.kind), step.kind === "posting" && step.detail?.kind ? ` · ${tOr(`ui.cases.posting.${step.detail.kind}`, step.detail.kind)}` : "",
      step.amount_fen !== undefined && step.amount_fen !== null ? ` ${fmtFen(step.amount_fen)}` : "",
      step.county_code ? ` · ${countyName(step.county_code)}` : ""),
    h("div", { class: "when" }, step.at ? `${fmtTime(step.at)} · ` : "", linkOf(step) ? h("a", { class: "code", href: linkOf(step) }, String(step.id)) : h("span", { class: "code" }, String(step.id))))));
}
