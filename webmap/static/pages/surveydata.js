// What /surveys/<id> and /review/<id> both read and show of a survey result. Needs the texts "ui.surveys".

import { api, emptyState, fill, fmtArea, fmtNum, fmtTime, h, pairs, t, table, tOr } from "/static/app.js";
import { statusBadge } from "/static/pages/words.js";

const FINDINGS_LIMIT = 5000;
const MOST_ROWS = 50000;
const DRAFTS_LIMIT = 10000;

// Bytes are told in per cent, rows by their number.
const STEP_WORDS = {
  reading: "ui.surveys.step.reading_some",
  storing: "ui.surveys.step.storing",
  unpacking: "ui.surveys.step.unpacking",
  verifying: "ui.surveys.step.verifying",
};

export const RUNNING = ["received", "checking", "accepted"];

/** How far the job of a running survey is, in words with its figure. */
export function progressText(survey) {
  const { step, done, total } = survey.progress || {};
  if (!total) return t(step === "reading" ? "ui.surveys.step.reading" : "ui.surveys.checking_plain");
  const words = STEP_WORDS[step] || "ui.surveys.checking";
  return t(words, { done: fmtNum(done), total: fmtNum(total), percent: Math.floor((100 * done) / total) });
}

/** Every feature of a paged list, until there is no more or more than a page should hold. */
async function allFeatures(address, query = {}) {
  const found = [];
  let cursor;
  do {
    const page = await api(address, { query: { ...query, cursor } });
    found.push(...page.features);
    cursor = page.next;
  } while (cursor && found.length < MOST_ROWS);
  return found;
}

/** The survey with its findings and changes; what does not exist yet is empty. */
export async function readSurvey(id) {
  const base = `/api/v1/surveys/${encodeURIComponent(id)}`;
  const survey = await api(base);
  if (["received", "checking", "failed"].includes(survey.status)) return { survey, findings: [], changes: [], drafts: [], proposals: [], ended: null };
  const [findings, changes, drafts, fixes, first] = await Promise.all([
    allFeatures(`${base}/findings`, { limit: FINDINGS_LIMIT }),
    allFeatures(`${base}/changes`),
    api(`${base}/features`, { query: { limit: DRAFTS_LIMIT } }),
    api(`${base}/fixes`),
    api(`${base}/changes`, { query: { limit: 1 } }),
  ]);
  const keyed = (feature, index) => ({ ...feature, properties: { ...feature.properties, key: `c${index}` } });
  return { survey, findings, changes: changes.map(keyed), drafts: drafts.features, proposals: fixes.proposals.features, ended: first.ended };
}

/** The figures of the head: parcels, errors, warnings, infos, rules passed, rules that could not be asked. */
export function figures(counts) {
  const passed = Array.isArray(counts.rules_passed) ? counts.rules_passed.length : counts.rules_passed;
  const figure = (key, value, tone) => h("div", { class: "figure", "data-tone": value ? tone : null },
    h("dt", {}, t(`ui.surveys.${key}`)), h("dd", { "data-testid": `count-${key}` }, fmtNum(value)));
  return [figure("features", counts.features), figure("errors", counts.errors, "bad"), figure("warnings", counts.warnings, "warn"),
    figure("infos", counts.infos), figure("rules_passed", passed, "ok"), figure("rules_not_run", counts.rules_not_run)];
}

const codesOf = (row) => row.properties.parcel_code || [row.properties.new_codes, row.properties.old_codes].flat().filter(Boolean).join(" ← ");

/** Buildings and flats that a complete survey ends, null without any; what is held forbids the registration. */
export function endedNote(ended) {
  if (!ended || !(ended.buildings.length + ended.flats.length)) return null;
  const told = t("ui.surveys.ended", { buildings: fmtNum(ended.buildings.length), flats: fmtNum(ended.flats.length) });
  const held = ended.held ? [" ", t("ui.surveys.ended_held", { n: fmtNum(ended.held) })] : null;
  const cases = ended.open_cases ? [" ", t("ui.surveys.ended_cases", { n: fmtNum(ended.open_cases) })] : null;
  const links = (ended.cases || []).map((number) => h("div", {}, h("a", { href: `/cases/${encodeURIComponent(number)}` }, number)));
  return h("details", { class: "notice", "data-tone": ended.held || ended.open_cases ? "bad" : "warn", "data-testid": "ended" }, h("summary", {}, told, held, cases), links,
    h("ul", { class: "code" }, [...ended.buildings, ...ended.flats].slice(0, ROWS_AT_ONCE).map((code) => h("li", {}, code, ended.held_units?.includes(code) ? " ⚠" : null))));
}

/** What is proposed for registered neighbours, null without any; onRow(feature) leads to the map. */
export function proposalsTable(proposals, onRow) {
  if (!proposals.length) return null;
  return h("section", { "data-testid": "proposals" }, h("h3", {}, t("ui.surveys.proposals")), table([
    { label: t("ui.surveys.object"), value: (row) => h("a", { class: "code", href: `/#sel=${encodeURIComponent(row.properties.parcel_code)}` }, row.properties.parcel_code) },
    { label: t("ui.surveys.fix"), value: (row) => row.properties.text },
    { label: t("ui.surveys.measured"), class: "num", value: (row) => t("ui.surveys.fix_figures", { mm: fmtNum(row.properties.moved_m * 1000, 0), m2: fmtNum(row.properties.area_delta_m2, 2) }) },
    { label: t("ui.surveys.by"), value: (row) => row.properties.made_by },
  ], proposals, { onRow }));
}

const ROWS_AT_ONCE = 500;
const TOUCHED = ["seizures", "mortgages", "rights", "others", "open_cases"];

/** The changes against the register, 500 rows at a time; onRow(feature) leads to the map. */
export function changesTable(changes, onRow) {
  if (!changes.length) return emptyState(t("ui.surveys.changes_none"));
  const box = h("div", {});
  const show = (count) => {
    const rest = changes.length - count;
    const next = Math.min(rest, ROWS_AT_ONCE);
    const more = h("button", { type: "button", class: "btn", "data-testid": "more-changes" }, t("ui.surveys.more_rows", { n: fmtNum(next) }));
    more.addEventListener("click", () => show(count + next));
    fill(box, table(changeColumns(), changes.slice(0, count), { onRow, rowKey: (row) => row.properties.key }), rest > 0 ? more : null);
  };
  show(Math.min(ROWS_AT_ONCE, changes.length));
  return box;
}

function changeColumns() {
  return [
    { label: t("ui.surveys.change"), value: (row) => [statusBadge("change", row.properties.minor ? "minor" : row.properties.change), attributesOf(row.properties)] },
    { label: t("ui.surveys.object"), value: (row) => h("span", { class: "code" }, codesOf(row)) },
    { label: t("ui.surveys.old_area"), class: "num", value: (row) => fmtArea(row.properties.old_area_m2) },
    { label: t("ui.surveys.new_area"), class: "num", value: (row) => fmtArea(row.properties.new_area_m2) },
    { label: t("ui.surveys.delta"), class: "num", value: (row) => `${row.properties.area_delta_m2 > 0 ? "+" : ""}${fmtNum(row.properties.area_delta_m2, 2)}` },
    { label: t("ui.surveys.balance"), value: (row) => balanceOf(row.properties) },
    { label: t("ui.surveys.touched"), value: (row) => touchedBy(row.properties.touched) },
  ];
}

function attributesOf({ attributes }) {
  return attributes?.length ? h("div", { class: "faint" }, attributes.map((name) => t(`ui.surveys.attribute.${name}`)).join(" · ")) : null;
}

function balanceOf({ balanced, area_tolerance_m2: limit }) {
  if (balanced === undefined || balanced === null) return "–";
  return h("span", { "data-tone": balanced ? "ok" : "bad", class: "badge" }, t(balanced ? "ui.surveys.balance_holds" : "ui.surveys.balance_broken", { m2: fmtNum(limit, 2) }));
}

/** What is registered and under way on the ground of a change; links for those who may follow them. */
function touchedBy(touched) {
  if (!touched) return "–";
  const counts = TOUCHED.filter((kind) => touched[kind]).map((kind) => h("span", { class: "badge", "data-tone": kind === "seizures" ? "bad" : "warn" }, t(`ui.surveys.touched.${kind}`, { n: fmtNum(touched[kind]) })));
  if (!counts.length) return "–";
  const links = [...(touched.cases || []).map((number) => h("a", { href: `/cases/${encodeURIComponent(number)}` }, number)),
    ...(touched.units || []).map((code) => h("a", { href: `/#sel=${encodeURIComponent(code)}`, class: "code" }, code))];
  return [h("div", {}, counts), links.length ? h("details", {}, h("summary", {}, fmtNum(links.length)), links.map((link) => h("div", {}, link))) : null];
}

/** What came beside the parcels: each table and how many rows it has. */
function objectCounts(objects) {
  const names = Object.keys(objects || {});
  return names.length ? names.map((name) => `${tOr(`ui.surveys.table.${name}`, name)} ${fmtNum(objects[name])}`).join(" · ") : null;
}

/** Who, when, which file, which run. */
export function factsPanel(survey) {
  const run = survey.run || {};
  const word = (prefix, value) => (value ? tOr(`${prefix}.${value}`, value) : null);
  return pairs([
    [t("ui.surveys.project_code"), survey.project_code],
    [t("ui.surveys.version"), survey.version],
    [t("ui.surveys.layer"), word("ui.common.layer", survey.layer)],
    [t("ui.surveys.kind"), word("ui.surveys.kind", survey.kind)],
    [t("ui.surveys.scope"), word("ui.surveys.scope", survey.scope)],
    [t("ui.surveys.effective_on"), survey.effective_on],
    [t("ui.surveys.crs"), survey.crs],
    [t("ui.surveys.objects"), objectCounts(survey.objects)],
    [t("ui.surveys.by"), survey.submitted_by],
    [t("ui.surveys.received_at"), fmtTime(survey.received_at)],
    [t("ui.surveys.file"), survey.file_name ? h("a", { href: `/api/v1/surveys/${encodeURIComponent(survey.id)}/file` }, survey.file_name) : null],
    [t("ui.surveys.sha256"), h("span", { class: "hash" }, survey.file_sha256)],
    [t("ui.surveys.run"), run.started_at ? fmtTime(run.started_at) : null],
    [t("ui.surveys.seconds"), run.seconds === undefined ? null : t("ui.surveys.seconds_value", { s: fmtNum(run.seconds, 1) })],
    [t("ui.surveys.tolerance"), run.tolerance_m === undefined ? null : t("ui.surveys.tolerance_value", { mm: fmtNum(run.tolerance_m * 1000, 0) })],
    [t("ui.surveys.base_revision"), run.base_revision === undefined || run.base_revision === null ? null : String(run.base_revision)],
    [t("ui.surveys.rule_set"), run.rule_set_sha256 ? h("span", { class: "hash" }, run.rule_set_sha256) : null],
  ]);
}
