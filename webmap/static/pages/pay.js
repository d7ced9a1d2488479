// /pay and /pay/<code>: the payer without an account. The last four characters of the identity number open the order.

import { api, badge, busy, cityNow, countyName, fill, fmtDate, fmtFen, fmtTime, h, poll, problemPanel, t, table, toast } from "/static/app.js";
import { combinePanel, payPanel, replacedNote, waitForChannel } from "/static/pages/paychannels.js";
import { refundPanel } from "/static/pages/payrefund.js";
import { goTo, placeMap, showFeatures } from "/static/pages/placemap.js";
import { itemName, statusBadge } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const UNPAID = ["issued", "paying"];
const OVER = ["refunded", "expired", "cancelled"];
const PAID = ["paid", "cleared", "refunding", "refunded"];
// The whole county can be seen around the parcel.
const COUNTY_ZOOM = 9.3;
const BILL_WAIT_MS = 90000;

at("find")?.addEventListener("submit", (event) => {
  event.preventDefault();
  location.assign(`/pay/${encodeURIComponent(at("code").value.replace(/\s/g, ""))}`);
});

const page = at("pay");
const code = page?.dataset.code;
const path = `/api/v1/pay/${encodeURIComponent(code)}`;
// What the parts of the page share; the last four characters stay in this tab, for the way to a channel and back.
const keptAs = (one) => `last4:${one}`;
const parts = {
  path, code, waiting: false,
  last4: () => last4,
  keep: (one) => sessionStorage.setItem(keptAs(one), last4),
  show: (order) => draw(order),
  followTransfer: waitForTransfer,
  follow: async () => { draw(await api(path, { query: { last4 } })); await waitForBill(); },
};
let last4 = "";
let mapShown = false;

// ---------------------------------------------------------------- what the payer sees

/** 已开单 → 已缴 → 已到账 → 已清分 → 县局确认, each with its time. */
function progressLine(order) {
  // Of an order that is over nothing more is to come.
  const steps = OVER.includes(order.state) ? order.steps.filter((step) => step.at) : order.steps;
  const next = steps.findIndex((step) => !step.at);
  return h("ol", { class: "progress-line", "aria-label": t("ui.pay.progress"), "data-testid": "pay-progress" }, steps.map((step, index) =>
    h("li", { class: step.at ? "done" : null, "aria-current": index === (next === -1 ? steps.length - 1 : next) ? "step" : null, "data-step": step.step },
      t(`ui.pay.step.${step.step}`), step.at ? h("small", {}, fmtTime(step.at)) : null)));
}

function summary(order) {
  const open = order.payable;
  return h("div", { class: "panel" }, h("div", { class: "panel-body stack" },
    progressLine(order),
    h("div", { class: "actions" },
      h("div", {}, h("span", { class: "label" }, t(PAID.includes(order.state) ? "ui.pay.paid_amount" : "ui.pay.amount")), h("div", { class: "money-big", "data-testid": "pay-amount" }, fmtFen(order.amount_fen))),
      h("span", { "data-testid": "pay-state", "data-state": order.state }, statusBadge("order", order.state)),
      open && !order.attempt ? payButton() : null),
    open ? h("p", { class: "faint" }, t("ui.pay.expires_at", { at: fmtTime(order.expires_at) }), " · ", t("ui.pay.pay_note")) : null,
    replacedNote(order),
    order.state === "expired" && !order.replaced_by ? h("div", { class: "notice", "data-tone": "warn" }, t("ui.pay.expired")) : null,
    h("p", { class: "faint" }, t("ui.common.as_of", { at: fmtTime(cityNow()) }))));
}

function payButton() {
  const button = h("button", { class: "btn btn-primary", type: "button", "data-testid": "sandbox-pay" }, t("ui.pay.pay"));
  button.addEventListener("click", () => busy(button, async () => {
    draw(await api(`${path}/sandbox`, { json: { last4 } }));
    toast(t("ui.pay.done"));
    await waitForBill();
  }, at("message")));
  return button;
}

function lines(order) {
  return table([
    { label: t("ui.pay.item"), value: (line) => [itemName(line.name), line.reason ? h("div", { class: "faint" }, line.kind === "fee" ? h("a", { class: "code", href: `/help/tariff#${line.rule_id}` }, line.rule_id) : null, ` ${line.reason}`) : null] },
    { label: t("ui.pay.unit"), value: (line) => h("span", { class: "code" }, line.parcel_code || "–") },
    { label: t("ui.pay.county"), value: (line) => h("span", { "data-testid": "pay-county", "data-county": line.county_code }, line.county_name || countyName(line.county_code)) },
    { label: t("ui.cases.amount"), class: "num", value: (line) => fmtFen(line.amount_fen) },
  ], order.lines, { foot: [t("ui.common.total"), "", "", fmtFen(order.amount_fen)] });
}

function bills(order) {
  if (!order.receipts.length) return h("p", { class: "soft" }, t(["expired", "cancelled"].includes(order.state) ? "ui.common.empty" : "ui.pay.bill_none"));
  return h("ul", { class: "tasks" }, order.receipts.map((bill) => h("li", { "data-testid": "pay-bill" },
    h("div", {}, h("strong", {}, t("ui.pay.bill")), h("div", { class: "code faint" }, `${bill.code} ${bill.number}`),
      h("div", { class: "faint" }, `${countyName(bill.county_code)} · ${fmtFen(bill.amount_fen)} · ${fmtDate(bill.issued_on)} `, bill.state === "reversed" ? statusBadge("receipt", "reversed") : null, bill.kind === "red" ? badge(t("ui.pay.bill_red"), "bad") : null)),
    h("div", { class: "actions due" }, h("a", { class: "btn btn-small btn-primary", href: bill.pdf, target: "_blank", rel: "noopener", "data-testid": "pay-bill-pdf" }, t("ui.pay.bill_pdf")),
      h("a", { class: "btn btn-small", href: bill.xml }, t("ui.pay.bill_xml")),
      h("a", { class: "btn btn-small", href: `/verify?${new URLSearchParams({ code: bill.code, number: bill.number, check_code: bill.check_code, amount_fen: bill.amount_fen, issued_on: bill.issued_on })}` }, t("ui.pay.bill_verify"))))));
}

function draw(order) {
  at("check").hidden = true;
  fill(at("summary"), summary(order), order.payable ? [combinePanel(order, parts), payPanel(order, parts)] : null, refundPanel(order, parts));
  waitForChannel(order, parts);
  for (const id of ["lines-panel", "bills-panel", "why-panel"]) at(id).hidden = false;
  fill(at("lines"), lines(order));
  fill(at("bills"), bills(order));
  fill(at("why"), [...new Set(order.lines.map((line) => line.why))].map((why) => h("p", {}, why)), h("p", { class: "faint" }, t("ui.common.boundary_notice")));
  showMap(order);
}

async function showMap(order) {
  if (mapShown) return;
  mapShown = true;
  const codes = [...new Set(order.lines.map((line) => line.parcel_code).filter(Boolean))].slice(0, 10);
  const features = (await Promise.all(codes.map((one) => api("/api/v1/parcels", { query: { code: one } }).catch(() => ({ features: [] }))))).flatMap((part) => part.features);
  if (!features.length) { at("map").hidden = true; return; }
  const place = await placeMap(at("map"));
  if (!place) return;
  const middle = (feature) => { const [[w, s], [e, n]] = place.view.boxOf(feature.geometry); return { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [(w + e) / 2, (s + n) / 2] } }; };
  showFeatures(place.map, "focus", { type: "FeatureCollection", features: [...features, ...features.map(middle)] }, "focus");
  goTo(place, { coordinates: features.map((feature) => feature.geometry.coordinates) }, { maxZoom: COUNTY_ZOOM });
}

/** Asks until the bank has told of a transfer: the order is paid, or the money lies in suspense. */
async function waitForTransfer(sent) {
  const told = (order) => !UNPAID.includes(order.state) || order.suspense.length > sent.suspense.length;
  const late = (error) => { if (error.problem?.code !== "timeout") throw error; };
  const order = await poll(() => api(path, { query: { last4 } }), told, { every: 3000, limit: BILL_WAIT_MS }).catch(late);
  if (!order) return;
  draw(order);
  await waitForBill();
}

async function waitForBill() {
  const ready = (order) => order.receipts.length > 0 || UNPAID.includes(order.state);
  await poll(() => api(path, { query: { last4 } }), ready, { every: 5000, limit: BILL_WAIT_MS, onValue: draw }).catch((error) => { if (error.problem?.code !== "timeout") throw error; });
}

// ---------------------------------------------------------------- who asks

async function open() {
  // A channel's page sends the payer back with its name: ask it before anything is shown.
  const back = new URLSearchParams(location.search).has("from");
  const order = back ? await api(`${path}/return`, { json: { last4 } }) : await api(path, { query: { last4 } });
  parts.keep(code);
  draw(order);
  if (order.state === "paid" && !order.receipts.length) await waitForBill();
}

if (page) {
  at("check").hidden = false;
  at("last4").focus();
  last4 = sessionStorage.getItem(keptAs(code)) || "";
  if (last4) open().catch(() => { sessionStorage.removeItem(keptAs(code)); at("check").hidden = false; });
  at("check").addEventListener("submit", (event) => {
    event.preventDefault();
    last4 = at("last4").value.trim().toUpperCase();
    busy(at("check").querySelector("button"), () => open().catch((error) => fill(at("check-problem"), problemPanel(error))), at("check-problem"));
  });
}
