// /audit: what the audit of the register found in a night, and what is new and gone since the one before.

import { ApiError, api, badge, countyName, emptyState, fill, fmtNum, fmtTime, fmtUnit, h, load, t, table } from "/static/app.js";
import { counties, keepQuery, pageQuery, statusBadge } from "/static/pages/words.js";

const at = (name) => document.getElementById(name);
const FILTERS = ["state", "severity", "county", "rule"];
const STATES = ["present", "new", "gone"];
const UNITS = { m: " m", m2: " m²", deg: "°" };
let audit;
let rows = [];
let next;
let asked = 0;

const option = (value, label) => h("option", { value }, label);
const url = (path = "") => `/api/v1/audits/${encodeURIComponent(audit.run_id)}${path}`;
const wanted = () => Object.fromEntries(FILTERS.map((name) => [name, at(name).value]));

// ---------------------------------------------------------------- figures and counts

const figure = (label, value, tone, note) => h("div", { class: "figure", "data-tone": tone }, h("dt", {}, label), h("dd", {}, value), note ? h("div", { class: "note" }, note) : null);

function showFigures() {
  const { errors, warnings, infos, gone, features, seconds } = audit;
  fill(at("figures"), h("dl", { class: "figures" },
    figure(t("ui.audit.features"), fmtNum(features), null, t("ui.audit.took", { at: fmtTime(audit.started_at), seconds: fmtNum(seconds, 1) })),
    figure(t("ui.status.severity.error"), fmtNum(errors), errors ? "bad" : "ok"), figure(t("ui.status.severity.warning"), fmtNum(warnings), warnings ? "warn" : "ok"),
    figure(t("ui.status.severity.info"), fmtNum(infos)), figure(t("ui.audit.state.new"), fmtNum(audit.new), audit.new ? "warn" : "ok"), figure(t("ui.audit.state.gone"), fmtNum(gone))));
}

function showCounts() {
  const titles = new Map(audit.rules.map((rule) => [rule.rule_id, rule.title]));
  const sums = ["findings", "appeared", "gone"];
  const found = table([
    { label: t("ui.audit.rule"), value: (row) => [h("a", { class: "code", href: `/help/rules#${row.rule_id}` }, row.rule_id), ` ${titles.get(row.rule_id) || ""}`] },
    { label: t("ui.audit.county"), value: (row) => (row.county_code ? countyName(row.county_code) : "–") },
    ...sums.map((sum) => ({ label: t(`ui.audit.${sum}`), class: "num", value: (row) => fmtNum(row[sum]) })),
  ], audit.counts, { empty: t("ui.audit.nothing"), foot: [t("ui.common.total"), "", ...sums.map((sum) => fmtNum(audit.counts.reduce((all, row) => all + row[sum], 0)))] });
  const cut = audit.rules.filter((rule) => rule.counted > rule.kept);
  fill(at("counts"), found,
    h("p", { class: "panel-body faint" }, t("ui.audit.passed", { passed: fmtNum(audit.rules.filter((rule) => !rule.found && rule.passed).length), rules: fmtNum(audit.rules.length) })),
    cut.length ? h("p", { class: "panel-body" }, t("ui.audit.cut", { rules: cut.map((rule) => `${rule.rule_id} ${fmtNum(rule.kept)}/${fmtNum(rule.counted)}`).join("，") })) : null);
}

// ---------------------------------------------------------------- findings

/** Reads a page; what is no longer asked for when it comes is left. */
async function read(cursor) {
  asked += 1;
  const mine = asked;
  const found = await api(url("/findings"), { query: { ...wanted(), cursor, limit: 100 } });
  if (mine !== asked) return rows;
  rows = cursor ? [...rows, ...found.features] : found.features;
  next = found.next;
  at("more").hidden = !next;
  return rows;
}

/** Middle of a GeoJSON geometry's corners, for the map's address. */
function middle(geometry) {
  const places = geometry.coordinates ? geometry.coordinates.flat(Infinity) : [];
  const mean = (from) => { const own = places.filter((_, i) => i % 2 === from); return (Math.min(...own) + Math.max(...own)) / 2; };
  return places.length ? [mean(0), mean(1)] : null;
}

function placeLink(row) {
  const place = row.geometry && middle(row.geometry);
  return place ? h("a", { href: `/#m=19/${place[1].toFixed(7)}/${place[0].toFixed(7)}` }, t("ui.audit.on_map")) : "–";
}

const object = (code) => (/^\d{6}/.test(code || "") ? h("a", { class: "code", href: `/#sel=${code}` }, fmtUnit(code)) : h("span", { class: "code" }, code || ""));

function seen({ properties: { first_seen_at: first, last_seen_at: last, gone_at: gone } }) {
  return [h("div", { class: "nowrap" }, t("ui.audit.since", { at: fmtTime(first) })), h("div", { class: "nowrap faint" }, gone ? t("ui.audit.gone_at", { at: fmtTime(gone) }) : t("ui.audit.last", { at: fmtTime(last) }))];
}

function draw() {
  const fresh = (row) => (at("state").value === "present" && row.properties.first_seen_at === audit.started_at ? badge(t("ui.audit.state.new"), "warn") : null);
  return table([
    { label: t("ui.audit.severity"), value: (row) => [statusBadge("severity", row.properties.severity), " ", fresh(row)] },
    { label: t("ui.audit.rule"), value: (row) => h("a", { class: "code", href: `/help/rules#${row.properties.rule_id}`, title: row.properties.rule_title }, row.properties.rule_id) },
    { label: t("ui.audit.object"), value: (row) => [object(row.properties.object_id), row.properties.other_id ? h("div", {}, object(row.properties.other_id)) : null] },
    { label: t("ui.audit.message"), value: (row) => row.properties.message },
    { label: t("ui.audit.measured"), class: "num", value: ({ properties: found }) => (found.measured === null ? "–" : `${fmtNum(found.measured, 3)}${UNITS[found.unit] || ""}`) },
    { label: t("ui.audit.seen"), value: seen },
    { label: "", value: placeLink },
  ], rows, { empty: t(`ui.audit.none.${at("state").value}`), rowKey: (row) => row.id });
}

const list = () => { keepQuery({ run: audit.run_id, ...wanted() }); return load(at("findings"), () => read(), draw); };

// ---------------------------------------------------------------- the run

async function open(runId) {
  audit = await api(`/api/v1/audits/${encodeURIComponent(runId || "latest")}`);
  const query = pageQuery();
  const ruleIds = [...new Set([...audit.counts.map((row) => row.rule_id), ...(query.rule ? [query.rule] : [])])];
  fill(at("rule"), option("", t("ui.audit.rule")), ruleIds.map((rule) => option(rule, rule)));
  for (const name of FILTERS) if (query[name]) at(name).value = query[name];
  at("state").value ||= "present";
  at("run").value = audit.run_id;
  showFigures();
  showCounts();
  await list();
}

async function start() {
  fill(at("state"), STATES.map((state) => option(state, t(`ui.audit.state.${state}`))));
  fill(at("severity"), option("", t("ui.audit.severity")), ["error", "warning", "info"].map((one) => option(one, t(`ui.status.severity.${one}`))));
  fill(at("county"), option("", t("ui.audit.county")), counties.map(([code, name]) => option(code, name)));
  const runs = await api("/api/v1/audits", { query: { limit: 60 } });
  if (!runs.items.length) {
    fill(at("findings"), emptyState(t("ui.audit.no_run"), t("ui.audit.no_run_hint")));
    return;
  }
  fill(at("run"), runs.items.map((run) => option(run.run_id, `${fmtTime(run.started_at)} · +${fmtNum(run.new)} −${fmtNum(run.gone)}`)));
  const { run } = pageQuery();
  await open(run).catch((error) => { if (run && error instanceof ApiError && error.status === 404) return open(); throw error; });
}

at("run").addEventListener("change", () => load(at("findings"), () => open(at("run").value), draw));
for (const name of FILTERS) at(name).addEventListener("change", list);
at("more").addEventListener("click", () => load(at("findings"), () => read(next), draw));
load(at("findings"), start, () => (audit ? draw() : emptyState(t("ui.audit.no_run"), t("ui.audit.no_run_hint"))));
