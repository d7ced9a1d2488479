// /finance/channels: what was paid and has not arrived, how we learnt of payments, faults of the sandboxes, keys.

import { api, ask, badge, busy, fmtFen, fmtNum, fmtTime, h, load, t, table, toast } from "/static/app.js";
import { formDialog } from "/static/pages/formdialog.js";

const at = (id) => document.getElementById(id);
const { faults: setsFaults, keys: setsKeys } = at("channels-page").dataset;
const FAULTS = ["delay_s", "duplicate_pct", "reorder_pct", "lose_pct", "seed"];
const SOURCES = ["callback", "poll", "return", "statement"];
const path = (row) => `/api/v1/channels/${row.channel}`;

const on = (faults) => FAULTS.slice(0, 4).some((name) => faults[name]);

function faultsOf(row) {
  const { faults } = row;
  const words = on(faults) ? FAULTS.filter((name) => faults[name]).map((name) => `${t(`ui.channels.fault.${name}`)} ${faults[name]}`).join(" · ") : null;
  return [h("div", { "data-testid": `faults-${row.channel}` }, words ? badge(words, "bad") : h("span", { class: "faint" }, t("ui.channels.no_faults"))),
    faults.set_at ? h("div", { class: "faint" }, `${faults.set_by} ${fmtTime(faults.set_at)}`) : null,
    setsFaults && row.kind !== "direct" ? h("button", { class: "btn btn-small no-print", type: "button", "data-testid": `set-${row.channel}`, onclick: () => setFaults(row) }, t("ui.channels.set_faults")) : null];
}

function setFaults(row) {
  formDialog({
    title: `${t("ui.channels.set_faults")} · ${row.name}`,
    note: t("ui.channels.faults_note"),
    fields: FAULTS.map((name) => ({ name, label: t(`ui.channels.fault.${name}`), type: "number", min: 0, value: row.faults[name], required: true })),
    save: async (values) => {
      await api(`${path(row)}/faults`, { method: "PUT", json: Object.fromEntries(FAULTS.map((name) => [name, Number(values[name])])) });
      toast(t("ui.channels.saved"));
      await show();
    },
  });
}

function list(items) {
  return table([
    { label: t("ui.channels.channel"), value: (row) => [row.name, h("div", { class: "code faint" }, row.channel)] },
    { label: t("ui.channels.receivable"), class: "num", value: (row) => fmtFen(row.receivable_fen) },
    { label: t("ui.channels.open_attempts"), class: "num", value: (row) => fmtNum(row.open_attempts) },
    { label: t("ui.channels.sources_today"), value: (row) => SOURCES.filter((name) => row.sources_today[name]).map((name) => `${t(`ui.channels.source.${name}`)} ${fmtNum(row.sources_today[name])}`).join(" · ") || "–" },
    { label: t("ui.channels.messages"), value: (row) => t("ui.channels.messages_line", { waiting: fmtNum(row.waiting_messages), lost: fmtNum(row.lost_messages) }) },
    { label: t("ui.channels.faults"), value: faultsOf },
  ], items, { rowKey: (row) => row.channel });
}

// ---------------------------------------------------------------- keys

function keyRows(items) {
  return items.flatMap((row) => row.keys.map((key, index) => ({ ...key, row, first: index === 0, live: row.keys.filter((one) => !one.valid_until).length })));
}

function keyActs(key) {
  if (!setsKeys || !key.first) return null;
  return key.live > 1
    ? h("button", { class: "btn btn-small btn-danger", type: "button", "data-testid": `finish-${key.row.channel}`, onclick: (event) => busy(event.currentTarget, () => rotate(key.row, "/finish", "finish")) }, t("ui.channels.key_finish"))
    : h("button", { class: "btn btn-small", type: "button", "data-testid": `begin-${key.row.channel}`, onclick: (event) => busy(event.currentTarget, () => rotate(key.row, "", "begin")) }, t("ui.channels.key_begin"));
}

async function rotate(row, end, act) {
  if (!(await ask(t(`ui.channels.key_${act}`), t(`ui.channels.key_${act}_ask`, { channel: row.name }), { confirm: t(`ui.channels.key_${act}`), danger: act === "finish" }))) return;
  await api(`${path(row)}/keys${end}`, { method: "POST", json: {} });
  toast(t("ui.channels.saved"));
  await show();
}

const keys = (items) => table([
  { label: t("ui.channels.channel"), value: (key) => (key.first ? key.row.name : "") },
  { label: t("ui.channels.kid"), value: (key) => h("span", { class: "code" }, key.kid) },
  { label: t("ui.channels.valid_from"), value: (key) => fmtTime(key.valid_from) },
  { label: t("ui.channels.valid_until"), value: (key) => (key.valid_until ? `${fmtTime(key.valid_until)} ${key.ended_by}` : badge(t("ui.channels.holds"), "ok")) },
  { label: "", value: keyActs },
], keyRows(items), { empty: t("ui.channels.keys_none") });

const show = () => load(at("list"), () => api("/api/v1/channels"), ({ items }) => {
  at("keys").replaceChildren(keys(items));
  return list(items);
});

show();
