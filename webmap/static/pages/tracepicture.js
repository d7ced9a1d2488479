// The way of an order's money as a picture: parcel → decision → order → payment → postings → batch → payout →
// county credit → bill. Needs the texts "ui.cases". One row a stage; lines join what concerns the same county.

import { countyName, fmtFen, fmtTime, h, t, tOr } from "/static/app.js";

const SVG = "http://www.w3.org/2000/svg";
const STAGES = ["parcel", "decision", "order", "payment", "posting", "batch", "payout", "bank_debit", "county_credit", "receipt"];
const BOX = { width: 214, height: 64, gap: 18, rise: 34 };
const LABEL_WIDTH = 96;
const MARGIN = 8;
// Characters that fit a box; the whole text stands in the list below and in the title.
const FITS = 26;

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const text = (x, y, words, cls) => svg("text", { x, y, class: cls }, words);
const cut = (words) => (words.length > FITS ? `${words.slice(0, 12)}…${words.slice(-12)}` : words);
const stageName = (kind) => tOr(`ui.cases.trace.${kind}`, kind);
/** Where a step leads: a parcel to the map, a decision to its page, the others as the API says. */
export function linkOf(step) {
  if (step.kind === "parcel") return `/#sel=${encodeURIComponent(step.detail?.parcel_code || step.id)}`;
  return step.kind === "decision" ? `/decisions/${encodeURIComponent(step.id)}` : step.link;
}

/** What a step says in words, for those who hear the picture. */
function stepWords(step) {
  return [stageName(step.kind), step.detail?.kind && step.kind === "posting" ? tOr(`ui.cases.posting.${step.detail.kind}`, step.detail.kind) : null, step.id,
    step.amount_fen === undefined || step.amount_fen === null ? null : fmtFen(step.amount_fen), step.county_code ? countyName(step.county_code) : null,
    step.at ? fmtTime(step.at) : null].filter(Boolean).join(" · ");
}

/** Places each stage in a row of its own, in the order of the money; returns the placed steps and the size. */
function placed(steps) {
  const rows = STAGES.map((kind) => steps.filter((step) => step.kind === kind)).filter((row) => row.length);
  const most = Math.max(1, ...rows.map((row) => row.length));
  const width = LABEL_WIDTH + most * (BOX.width + BOX.gap) + MARGIN;
  const middle = LABEL_WIDTH + (width - LABEL_WIDTH) / 2;
  const nodes = rows.map((row, level) => row.map((step, index) => ({
    step, x: middle + (index - row.length / 2) * (BOX.width + BOX.gap) + BOX.gap / 2, y: MARGIN + level * (BOX.height + BOX.rise),
  })));
  return { nodes, width, height: 2 * MARGIN + rows.length * (BOX.height + BOX.rise) - BOX.rise };
}

/** The channel's part of a posting's key: "pay:sandbox:T1" and "arr:sandbox:T1" are of one payment. */
const payment = (step) => (step.kind === "payment" ? `${step.detail?.channel}:${step.detail?.channel_txn}` : String(step.detail?.key || "").replace(/^\w+:/, ""));

function together(high, low, apart) {
  if (high.kind === "payment" && low.kind === "posting") return !/^(pay|arr):/.test(low.detail?.key || "") || payment(high) === payment(low);
  // Money in suspense goes no further.
  if (high.kind === "posting") return !apart.has(payment(high));
  return !high.county_code || !low.county_code || high.county_code === low.county_code;
}

function lines(above, below, apart) {
  const pairs = below.flatMap((low) => above.filter((high) => together(high.step, low.step, apart)).map((high) => [high, low]));
  return pairs.map(([high, low]) => {
    const [x, y, u, v] = [high.x + BOX.width / 2, high.y + BOX.height, low.x + BOX.width / 2, low.y];
    return svg("path", { class: "trace-line", d: `M${x} ${y} C${x} ${(y + v) / 2} ${u} ${(y + v) / 2} ${u} ${v}` });
  });
}

/** What stands first in a box: a posting says what it is, a payment through which channel. */
function shortName(step) {
  if (step.kind === "posting") return `${tOr(`ui.cases.posting.${step.detail?.kind}`, step.detail?.kind || "")} #${step.id}`;
  return step.kind === "payment" ? `${step.detail?.channel} ${step.detail?.channel_txn}` : String(step.id);
}

function node({ step, x, y }) {
  const money = step.amount_fen === undefined || step.amount_fen === null ? "" : fmtFen(step.amount_fen);
  const inside = [
    svg("title", {}, stepWords(step)),
    svg("rect", { x, y, width: BOX.width, height: BOX.height, rx: 4 }),
    text(x + 10, y + 20, cut(shortName(step)), "trace-id"),
    text(x + 10, y + 38, [money, step.county_code ? countyName(step.county_code) : ""].filter(Boolean).join(" · "), "trace-money"),
    text(x + 10, y + 55, step.at ? fmtTime(step.at) : "", "trace-at"),
  ];
  const href = linkOf(step);
  const shared = { class: `trace-node trace-${step.kind}`, "data-kind": step.kind };
  return href ? svg("a", { ...shared, href, "aria-label": stepWords(step) }, inside) : svg("g", { ...shared, role: "img", "aria-label": stepWords(step) }, inside);
}

/** Draws the steps; every box leads where the step's link leads, a parcel to the map. */
export function tracePicture(steps) {
  const { nodes, width, height } = placed(steps);
  const labels = nodes.map((row) => text(MARGIN, row[0].y + BOX.height / 2 + 5, stageName(row[0].step.kind), "trace-stage"));
  const apart = new Set(steps.filter((step) => step.detail?.kind === "suspend").map(payment));
  const joints = nodes.slice(1).flatMap((row, level) => lines(nodes[level], row, apart));
  return h("div", { class: "trace-box", tabindex: "0", role: "region", "aria-label": t("ui.cases.trace") },
    svg("svg", { class: "trace-picture", viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": t("ui.cases.trace"), "data-testid": "trace-picture" },
      joints, labels, nodes.flat().map(node)));
}
