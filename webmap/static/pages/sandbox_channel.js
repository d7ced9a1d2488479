// /sandbox/<channel>/<txn>: a sandbox channel's own page. Whatever happens here is told by the channel, not by this page.

import { api, badge, busy, fill, fmtFen, h, load, t, tOr } from "/static/app.js";

const at = (id) => document.getElementById(id);
const { channel, txn } = at("channel").dataset;
const path = `/api/v1/sandbox/payments/${encodeURIComponent(channel)}/${encodeURIComponent(txn)}`;
const TONES = { open: "warn", paid: "ok", failed: "bad" };

const back = (found) => h("a", { class: "btn", href: `/pay/${found.payment_code}?from=${channel}`, "data-testid": "back-to-pay" }, t("ui.channels.back"));

function act(name, json, attributes) {
  const button = h("button", { type: "button", "data-testid": `channel-${name}`, ...attributes }, t(`ui.channels.act.${name}`));
  button.addEventListener("click", () => busy(button, async () => fill(at("payment"), draw(await api(path, { json: json() }))), at("message")));
  return button;
}

function draw(found) {
  const amount = h("input", { type: "text", id: "amount", inputmode: "numeric", pattern: "[0-9]{1,13}", value: String(found.amount_fen) });
  const fen = () => (Number(amount.value) === found.amount_fen ? {} : { amount_fen: Number(amount.value) });
  const open = found.state !== "paid";
  return h("div", { class: "stack" },
    h("div", { class: "actions" }, h("strong", {}, tOr(`ui.channels.name.${channel}`, channel)), h("span", { "data-testid": "channel-state", "data-state": found.state }, badge(t(`ui.channels.state.${found.state}`), TONES[found.state]))),
    h("div", { class: "money-big" }, fmtFen(found.amount_fen)),
    h("p", { class: "faint" }, t("ui.channels.payment_code"), " ", h("span", { class: "code" }, found.payment_code)),
    open ? h("details", {}, h("summary", {}, t("ui.channels.wrong_amount")), h("div", { class: "field" }, h("label", { for: "amount" }, t("ui.channels.amount_fen")), amount)) : null,
    h("div", { class: "actions" },
      open ? act("pay", () => ({ act: "pay", ...fen() }), { class: "btn btn-primary" }) : null,
      found.state === "open" ? act("refuse", () => ({ act: "refuse" }), { class: "btn" }) : null,
      back(found)));
}

load(at("payment"), () => api(path), draw);
