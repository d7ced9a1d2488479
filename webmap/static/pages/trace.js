// /trace/<order>: each fen of an order as a picture and as a list, and its lines, which a county may dispute.

import { api, countyName, fmtFen, h, load, t, table } from "/static/app.js";
import { traceList } from "/static/pages/casemoney.js";
import { raiseButton } from "/static/pages/disputeraise.js";
import { tracePicture } from "/static/pages/tracepicture.js";
import { itemName } from "/static/pages/words.js";

document.getElementById("print").addEventListener("click", () => window.print());
const box = document.getElementById("trace");
const { order, county } = box.dataset;
const path = `/api/v1/orders/${encodeURIComponent(order)}`;

function lines(found) {
  const open = ["paid", "cleared"].includes(found.state);
  return table([
    { label: t("ui.disputes.line_no"), class: "num", value: (row) => row.line_no },
    { label: t("ui.cases.fee_item"), value: (row) => itemName(row.name) },
    { label: t("ui.disputes.parcel"), value: (row) => (row.parcel_code ? h("a", { class: "code", href: `/#sel=${encodeURIComponent(row.parcel_code)}` }, row.parcel_code) : "–") },
    { label: t("ui.disputes.county"), value: (row) => h("a", { href: `/decisions/${row.decision_id}` }, countyName(row.county_code)) },
    { label: t("ui.disputes.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
    { label: "", value: (row) => h("span", { class: "no-print" }, open ? raiseButton({ ...row, order_no: order }, county) : null) },
  ], found.lines, { rowKey: (row) => row.line_no });
}

load(box, () => api(`${path}/trace`), ({ steps }) => h("div", { class: "stack" }, tracePicture(steps), traceList(steps)));
load(document.getElementById("lines"), () => api(path), lines);
