// /decisions/<id>: one county decision with its evidence, shape and files, and the lines paid by it. Needs the texts
// "ui.county", "ui.disputes", "ui.status" and "ui.map".

import { api, countyName, fill, fmtFen, fmtTime, h, load, pairs, t, table } from "/static/app.js";
import { attach, attachmentList } from "/static/pages/attachments.js";
import { decisionPanel } from "/static/pages/county.js";
import { raiseButton } from "/static/pages/disputeraise.js";
import { pagedList } from "/static/pages/pagedlist.js";
import { goTo, placeMap, showFeatures } from "/static/pages/placemap.js";
import { itemName, statusBadge } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const { decision: id, attaches, lines, county } = at("decision").dataset;
const path = `/api/v1/decisions/${encodeURIComponent(id)}`;
const other = (number) => (number ? h("a", { href: `/decisions/${number}` }, `#${number}`) : null);

function why(found) {
  at("print").onclick = () => window.print();
  files(found);
  draw(found.geometry);
  const code = found.parcel_code || found.unit_code;
  return h("div", { class: "stack" }, decisionPanel(found), pairs([
    [t("ui.county.parcel"), code ? h("a", { class: "code", href: `/#sel=${encodeURIComponent(code)}` }, code) : null],
    [t("ui.county.as_of"), found.as_of],
    [t("ui.county.decided_by"), `${found.decided_by} · ${fmtTime(found.decided_at)}`],
    [t("ui.county.confirmed_by"), found.confirmed_by ? `${found.confirmed_by} · ${fmtTime(found.confirmed_at)}` : null],
    [t("ui.county.basis_doc"), found.basis_doc],
    [t("ui.county.person_reason"), found.person_reason],
    [t("ui.county.supersedes"), other(found.supersedes)],
    [t("ui.county.superseded_by"), other(found.superseded_by)],
  ]));
}

function files(found) {
  const may = attaches && found.by_person && !found.superseded_by;
  fill(at("files-acts"), may ? h("button", { class: "btn btn-small", type: "button", "data-testid": "decision-attach", onclick: () => attach(`${path}/documents`, t("ui.county.files"), show) }, t("ui.common.attach")) : null);
  fill(at("files"), attachmentList(found.documents));
}

async function draw(geometry) {
  at("map").hidden = !geometry;
  if (!geometry) return;
  const place = await placeMap(at("map"));
  if (!place) return;
  showFeatures(place.map, "focus", { type: "FeatureCollection", features: [{ type: "Feature", geometry, properties: {} }] }, "focus");
  goTo(place, geometry, { maxZoom: 17 });
  at("map").dataset.drawn = "yes";
}

const paid = (rows) => table([
  { label: t("ui.disputes.order"), value: (row) => h("a", { class: "code", href: `/trace/${encodeURIComponent(row.order_no)}` }, `${row.order_no} · ${row.line_no}`) },
  { label: t("ui.disputes.line"), value: (row) => itemName(row.item) },
  { label: t("ui.disputes.county"), value: (row) => countyName(row.county_code) },
  { label: t("ui.disputes.state"), value: (row) => statusBadge("order", row.order_state) },
  { label: t("ui.disputes.amount"), class: "num", value: (row) => fmtFen(row.amount_fen) },
  { label: "", value: (row) => h("span", { class: "no-print" }, ["paid", "cleared"].includes(row.order_state) ? raiseButton(row, county) : null) },
], rows, { empty: t("ui.county.lines_none"), rowKey: (row) => `${row.order_no}-${row.line_no}` });

const show = () => load(at("why"), () => api(path), why);
show();
if (lines) {
  at("lines-panel").hidden = false;
  pagedList(at("lines"), (query) => api(`${path}/lines`, { query }), paid).show();
}
