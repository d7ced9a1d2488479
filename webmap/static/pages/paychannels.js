// The part of /pay/<code> in which the payer chooses a channel, waits for what it says, or transfers.

import { api, busy, fenOf, fill, fmtFen, h, pairs, sleep, t, toast } from "/static/app.js";

const LOOK_MS = 2000;
const LOOKS = 300;

/** Fen as a person types yuan: 55000 -> "550.00". */
const yuan = (fen) => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
const picture = (src, alt) => h("img", { class: "qr", src, alt, width: 160, height: 160 });

/** What can be paid now: channels, or the payment that is under way. `page` has path, code, last4 and show(order). */
export function payPanel(order, page) {
  const body = order.attempt ? underWay(order, page) : choice(order, page);
  return h("div", { class: "panel no-print", "data-testid": "pay-channels" },
    h("div", { class: "panel-head" }, h("h2", {}, t(order.attempt ? "ui.pay.under_way" : "ui.pay.choose"))),
    h("div", { class: "panel-body stack" }, body));
}

// ---------------------------------------------------------------- choosing

function choice(order, page) {
  const message = h("div", { "aria-live": "assertive" });
  const ways = order.channels.filter((way) => way.begun);
  return [message,
    h("div", { class: "pay-ways" },
      wayList(ways, page, message),
      h("figure", { class: "qr-box" }, picture(`${page.path}/qr.svg`, t("ui.pay.qr_alt")), h("figcaption", { class: "faint" }, t("ui.pay.qr_note")))),
    order.channels.filter((way) => way.kind === "transfer").map((way) => transfer(order, page, way))];
}

/** Buttons that begin a payment at a channel and lead to its page. */
function wayList(ways, page, message) {
  const begin = (way) => (event) => busy(event.currentTarget, async () => {
    const begun = await api(`${page.path}/start`, { json: { last4: page.last4(), channel: way.channel } });
    location.assign(begun.page);
  }, message);
  return h("ul", { class: "way-list" }, ways.map((way) => h("li", {}, h("button", { class: "btn way", type: "button", "data-testid": `way-${way.channel}`, onclick: begin(way) }, way.name))));
}

function transfer(order, page, way) {
  const message = h("div", { "aria-live": "assertive" });
  const field = (name, label, value, more) => h("div", { class: "field" }, h("label", { for: `transfer-${name}` }, label), h("input", { type: "text", id: `transfer-${name}`, name, value, required: true, ...more }));
  const to = order.collection_account;
  const account = h("div", { "data-testid": "transfer-to" }, pairs([[t("ui.pay.transfer_name"), to.name], [t("ui.pay.transfer_number"), h("span", { class: "code" }, to.number)],
    [t("ui.pay.transfer_bank"), to.bank], [t("ui.pay.transfer_cnaps"), h("span", { class: "code" }, to.cnaps)]]));
  const form = h("form", { class: "form", "data-testid": "transfer" }, h("p", { class: "soft" }, t("ui.pay.transfer_note")), account,
    h("div", { class: "form-grid" },
      field("reference", t("ui.pay.transfer_reference"), order.payment_code, { maxlength: 64, autocomplete: "off" }),
      field("amount", t("ui.pay.transfer_amount"), yuan(order.amount_fen), { inputmode: "decimal", pattern: "[0-9]{1,11}([.][0-9]{1,2})?" })),
    h("div", { class: "actions" }, h("button", { class: "btn" }, t("ui.pay.transfer_do"))), message);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const json = { last4: page.last4(), reference: form.elements.reference.value.trim(), amount_fen: fenOf(form.elements.amount.value) };
    busy(form.querySelector("button"), async () => {
      await api(`${page.path}/transfer`, { json });
      toast(t("ui.pay.transfer_sent"));
      fill(message, h("div", { class: "notice", "data-tone": "warn", role: "status", "data-testid": "transfer-waiting" }, t("ui.pay.transfer_waiting")));
      // Until the bank tells, nothing else is paid here.
      for (const other of document.querySelectorAll(".way, [data-testid=sandbox-pay]")) other.disabled = true;
      await page.followTransfer(order);
    }, message);
  });
  return h("details", { "data-testid": "transfer-box" }, h("summary", {}, way.name), form);
}

// ---------------------------------------------------------------- waiting

function underWay(order, page) {
  const { attempt } = order;
  const name = order.channels.find((way) => way.channel === attempt.channel)?.name || attempt.channel;
  const message = h("div", { "aria-live": "assertive" });
  const others = order.channels.filter((way) => way.begun && way.channel !== attempt.channel);
  return [h("div", { class: "notice", "data-tone": "warn", role: "status", "data-testid": "pay-waiting" }, t("ui.pay.waiting", { channel: name, amount: fmtFen(attempt.amount_fen) })),
    h("div", { class: "pay-ways" },
      h("div", { class: "stack" },
        h("div", { class: "actions" }, h("a", { class: "btn btn-primary", href: attempt.page, "data-testid": "to-channel" }, t("ui.pay.to_channel"))),
        h("details", {}, h("summary", {}, t("ui.pay.other_channel")), h("p", { class: "soft" }, t("ui.pay.other_channel_note")),
          wayList(others, page, message))),
      h("figure", { class: "qr-box" }, picture(attempt.qr, t("ui.pay.qr_channel_alt")), h("figcaption", { class: "faint" }, t("ui.pay.qr_channel_note")))),
    message];
}

/** Ask until the order is no longer being paid, then show it; only one such waiting at a time. */
export async function waitForChannel(order, page) {
  if (!order.attempt || page.waiting) return;
  page.waiting = true;
  try {
    for (let look = 0; look < LOOKS; look += 1) {
      await sleep(LOOK_MS);
      const found = await api(order.attempt.state).catch(() => ({ state: "paying" }));
      if (found.state !== "paying") { await page.follow(); return; }
    }
  } finally {
    page.waiting = false;
  }
}

/** The payer's other unpaid orders of the case, to be paid under one code with this one. */
export function combinePanel(order, page) {
  if (!order.combinable.length) return null;
  const message = h("div", { "aria-live": "assertive" });
  const total = order.amount_fen + order.combinable.reduce((sum, other) => sum + other.amount_fen, 0);
  const button = h("button", { class: "btn btn-primary", type: "button", "data-testid": "combine" }, t("ui.pay.combine_do", { amount: fmtFen(total) }));
  button.addEventListener("click", () => busy(button, async () => {
    const made = await api(`${page.path}/combine`, { json: { last4: page.last4() } });
    page.keep(made.payment_code);
    location.assign(`/pay/${made.payment_code}`);
  }, message));
  return h("div", { class: "panel no-print" }, h("div", { class: "panel-head" }, h("h2", {}, t("ui.pay.combine"))),
    h("div", { class: "panel-body stack" }, h("p", {}, t("ui.pay.combine_note", { n: order.combinable.length })),
      h("ul", {}, order.combinable.map((other) => h("li", {}, h("span", { class: "code" }, other.payment_code), ` ${fmtFen(other.amount_fen)}`))),
      h("div", { class: "actions" }, button), message));
}

/** A dead order that another replaced leads there. */
export function replacedNote(order) {
  return order.replaced_by ? h("div", { class: "notice", "data-testid": "replaced" }, t("ui.pay.replaced"), " ", h("a", { class: "code", href: `/pay/${order.replaced_by}` }, order.replaced_by)) : null;
}

