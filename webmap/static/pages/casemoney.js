// Order, payment, bills and money trail of a case on /cases/<no>.

import { api, busy, countyName, fill, fmtFen, fmtTime, h, pairs, problemPanel, t, toast, tOr } from "/static/app.js";
import { statusBadge } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);

/** Payment code in groups of four. */
export const groupedCode = (code) => code.replace(/(.{4})(?=.)/g, "$1 ");

/** Links to the bill of a receipt row. */
export function receiptLinks(receipt) {
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
    fill(box, h("p", {}, found.county_code ? t("ui.cases.order_none") : t("ui.cases.designate_needed")), mayOrder && found.county_code ? orderButton(found, changed) : null);
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
      [t("ui.cases.expires_at"), order.state === "issued" ? fmtTime(order.expires_at) : null],
      [t("ui.cases.order_no"), h("span", { class: "code" }, order.order_no)],
    ]),
    h("div", { class: "actions no-print" }, h("a", { class: "btn btn-small", href: `/pay/${order.payment_code}`, target: "_blank", rel: "noopener" }, t("ui.cases.open_pay")),
      h("button", { class: "btn btn-small", type: "button", "data-testid": "trace", onclick: (event) => showTrace(order, event.currentTarget) }, t("ui.cases.trace_show"))),
    order.receipts?.length ? [h("h3", {}, t("ui.cases.receipts")), order.receipts.map(receiptLine)] : null);
}

async function orderOf(found) {
  if (found.order_no) return api(`/api/v1/orders/${encodeURIComponent(found.order_no)}`);
  const { items } = await api("/api/v1/orders", { query: { case_no: found.case_no, limit: 1 } });
  return items.length ? api(`/api/v1/orders/${encodeURIComponent(items[0].order_no)}`) : null;
}

function orderButton(found, changed) {
  const problem = h("div", { "aria-live": "assertive" });
  const button = h("button", { class: "btn btn-primary", type: "button", "data-testid": "make-order" }, t("ui.cases.order_make"));
  button.addEventListener("click", () => busy(button, async () => {
    await api(`/api/v1/cases/${encodeURIComponent(found.case_no)}/orders`, { method: "POST", json: {} });
    toast(t("ui.cases.order_made"));
    await changed();
  }, problem));
  return [h("p", {}, button), problem];
}

async function showTrace(order, button) {
  at("trace-panel").hidden = false;
  await busy(button, async () => {
    try {
      const { steps } = await api(`/api/v1/orders/${encodeURIComponent(order.order_no)}/trace`);
      fill(at("trace"), traceList(steps));
    } catch (error) {
      fill(at("trace"), problemPanel(error));
    }
  });
  at("trace-panel").scrollIntoView({ block: "nearest" });
}

/** Every step of the money, in order. */
export function traceList(steps) {
  return h("ol", { class: "steps", "data-testid": "trace-steps" }, steps.map((step) => h("li", { class: "done", "data-kind": step.kind },
    h("span", {}, tOr(`ui.cases.trace.${step.kind}`, step.kind), step.amount_fen !== undefined && step.amount_fen !== null ? ` ${fmtFen(step.amount_fen)}` : "",
      step.county_code ? ` · ${countyName(step.county_code)}` : ""),
    h("div", { class: "when" }, step.at ? `${fmtTime(step.at)} · ` : "", step.link ? h("a", { class: "code", href: step.link }, String(step.id)) : h("span", { class: "code" }, String(step.id))))));
}
