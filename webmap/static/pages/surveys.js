// /surveys: upload, pre-check, list.

import { ApiError, api, badge, busy, emptyState, fill, fmtNum, fmtTime, formValues, h, load, problemPanel, table, t } from "/static/app.js";
import { Findings } from "/static/pages/findings.js";
import { rulesOfRun } from "/static/pages/rulesrun.js";
import { RUNNING, figures, progressText } from "/static/pages/surveydata.js";
import { keepQuery, pageQuery, statusBadge } from "/static/pages/words.js";

const form = document.getElementById("upload");
const listBox = document.getElementById("surveys");
const statusFilter = document.getElementById("status");
const more = document.getElementById("more");

// ---------------------------------------------------------------- upload

const progress = document.getElementById("progress");
const say = (text, share) => {
  progress.hidden = !text;
  document.getElementById("progress-text").textContent = text || "";
  const bar = progress.querySelector("progress");
  if (share === undefined) bar.removeAttribute("value");
  else bar.value = share;
};

/** Sends a form with upload progress (fetch cannot tell it). */
function send(path, body) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Accept-Language", document.documentElement.lang);
    request.setRequestHeader("X-CSRF-Token", document.querySelector('meta[name="csrf"]').content);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.loaded < event.total) {
        const percent = Math.floor((event.loaded / event.total) * 100);
        say(t("ui.surveys.sending", { percent }), percent);
      } else say(t("ui.surveys.reading"));
    };
    request.onload = () => (request.status < 400 ? done(request.response) : fail(new ApiError(request.status, request.response || { code: `http_${request.status}`, detail: request.statusText })));
    request.onerror = () => fail(new ApiError(0, { code: "offline", detail: t("ui.common.offline") }));
    request.send(body);
  });
}

function bodyOf() {
  const values = formValues(form);
  const body = new FormData();
  for (const [name, value] of Object.entries(values)) if (name !== "file" && value) body.set(name, value.trim());
  body.set("file", form.file.files[0]);
  return body;
}

const CHECK_FIELDS = ["file", "layer", "crs", "axes", "source_layer", "kind", "scope"];

/** The refusal with a button that takes its suggestion over into the form and sends again. */
function suggestion(error, act) {
  const { parameter, value } = error.problem.suggestion;
  const accept = () => {
    form.querySelector("details.options").open = true;
    form.elements[parameter].value = value;
    submit(act);
  };
  return [problemPanel(error), h("div", { class: "notice", "data-tone": "info" },
    h("p", {}, t(`ui.surveys.suggest.${parameter}`, { value })),
    h("button", { class: "btn btn-primary", type: "button", "data-testid": "survey-suggestion", onclick: accept }, t("ui.surveys.suggest.accept")))];
}

async function submit(act) {
  const place = document.getElementById("upload-problem");
  if (!form.file.files.length) {
    fill(place, h("div", { class: "notice", "data-tone": "bad", role: "alert" }, t("ui.surveys.no_file")));
    return;
  }
  const body = bodyOf();
  const button = form.querySelector(`button[value="${act}"]`);
  await busy(button, async () => {
    say(t("ui.surveys.reading"));
    try {
      if (act === "check") {
        for (const name of [...body.keys()]) if (!CHECK_FIELDS.includes(name)) body.delete(name);
        showReport(await send("/api/v1/checks", body));
      } else {
        const { id } = await send("/api/v1/surveys", body);
        location.assign(`/surveys/${encodeURIComponent(id)}`);
      }
    } catch (error) {
      if (!(error instanceof ApiError && form.elements[error.problem.suggestion?.parameter])) throw error;
      fill(place, suggestion(error, act));
      place.querySelector("[data-testid=survey-suggestion]").focus();
    } finally {
      say("");
    }
  }, place);
}

function showReport(report) {
  const box = document.getElementById("report");
  const findings = h("div", {});
  fill(box, h("div", { class: "panel" }, h("div", { class: "panel-head" }, h("h2", {}, t("ui.surveys.report"))),
    h("div", { class: "panel-body" }, h("dl", { class: "figures" }, figures(report.counts))), findings, h("div", { class: "panel-body" }, rulesOfRun(report.run))));
  new Findings({ box: findings, features: asFeatures(report.findings), place: null });
  box.hidden = false;
  box.scrollIntoView({ block: "start" });
}

/** A report lists findings either as features or as plain rows. */
function asFeatures(findings) {
  const rows = Array.isArray(findings) ? findings : findings?.features || [];
  return rows.map((row) => (row.properties ? row : { type: "Feature", geometry: row.geometry || null, properties: row }));
}

if (form) {
  const drop = document.getElementById("drop");
  const shown = document.getElementById("chosen");
  const chosen = () => {
    const [file] = form.file.files;
    shown.textContent = file ? `${file.name} · ${fmtNum(file.size / 1024, 0)} KiB` : t("ui.surveys.no_file");
    if (file && !form.project_code.value) form.project_code.value = file.name.replace(/\.[^.]*$/, "").slice(0, 64);
  };
  form.file.addEventListener("change", chosen);
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) { form.file.files = event.dataTransfer.files; chosen(); }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(event.submitter?.value || "send");
  });
}

/** Fill the form for the next version of a submission (?follow=<id>). */
async function follow(id) {
  const survey = await api(`/api/v1/surveys/${encodeURIComponent(id)}`);
  const next = /^\d+$/.test(survey.version) ? String(Number(survey.version) + 1) : "";
  for (const name of ["project_code", "layer", "kind", "scope"]) form.elements[name].value = survey[name];
  form.elements.version.value = next;
  form.elements.replaces.value = survey.version;
  form.querySelector("details.options").open = true;
}

if (form && pageQuery().follow) follow(pageQuery().follow).catch((error) => fill(document.getElementById("upload-problem"), problemPanel(error)));

// ---------------------------------------------------------------- list

const COLUMNS = [
  { label: t("ui.surveys.project_code"), value: (row) => h("a", { href: `/surveys/${encodeURIComponent(row.id)}` }, row.project_code) },
  { label: t("ui.surveys.version"), value: (row) => row.version },
  { label: t("ui.surveys.layer"), value: (row) => t(`ui.common.layer.${row.layer}`) },
  { label: t("ui.surveys.kind"), value: (row) => (row.kind ? t(`ui.surveys.kind.${row.kind}`) : "–") },
  { label: t("ui.surveys.status"), value: (row) => [statusBadge("survey", row.status), RUNNING.includes(row.status) ? h("span", { class: "faint", "data-testid": "list-progress" }, ` ${progressText(row)}`) : null] },
  { label: t("ui.surveys.features"), class: "num", value: (row) => fmtNum(row.counts?.features) },
  { label: t("ui.surveys.errors"), class: "num", value: (row) => (row.counts?.errors ? badge(fmtNum(row.counts.errors), "bad") : fmtNum(row.counts?.errors)) },
  { label: t("ui.surveys.warnings"), class: "num", value: (row) => fmtNum(row.counts?.warnings) },
  { label: t("ui.surveys.received_at"), value: (row) => fmtTime(row.received_at) },
];

const shownRows = [];
let cursor = null;

async function page(reset) {
  if (reset) { shownRows.length = 0; cursor = null; }
  const found = await api("/api/v1/surveys", { query: { status: statusFilter.value, cursor, limit: 50 } });
  shownRows.push(...found.items);
  cursor = found.next || null;
  more.hidden = !cursor;
  document.getElementById("count").textContent = t("ui.common.rows", { n: fmtNum(shownRows.length) });
  return shownRows;
}

const draw = (rows) => (rows.length
  ? table(COLUMNS, rows, { onRow: (row) => location.assign(`/surveys/${encodeURIComponent(row.id)}`), rowKey: (row) => row.id })
  : emptyState(t("ui.surveys.list_empty"), form ? t("ui.surveys.list_empty_hint") : null));

/** While a check runs in the list, its figure moves; whoever leaves and comes back finds it again. */
async function watch() {
  const running = shownRows.filter((row) => RUNNING.includes(row.status));
  if (running.length && !document.hidden) {
    const fresh = new Map((await api("/api/v1/surveys", { query: { status: statusFilter.value, limit: 50 } })).items.map((row) => [row.id, row]));
    shownRows.forEach((row, index) => { shownRows[index] = fresh.get(row.id) || row; });
    redraw();
  }
}

/** Puts what changed into the rows that are there: who is at one with the keyboard stays at it. */
function redraw() {
  const drawn = draw(shownRows);
  const rows = [...drawn.querySelectorAll("tbody tr")];
  const there = [...listBox.querySelectorAll("tbody tr")];
  if (rows.length !== there.length || rows.some((row, at) => row.dataset.key !== there[at].dataset.key)) {
    fill(listBox, drawn);
    return;
  }
  rows.forEach((row, at) => [...row.cells].forEach((cell, column) => {
    const old = there[at].cells[column];
    if (!old.isEqualNode(cell)) old.replaceWith(cell);
  }));
}

setInterval(() => watch().catch(() => {}), 3000);
statusFilter.value = pageQuery().status || "";
statusFilter.addEventListener("change", () => { keepQuery({ status: statusFilter.value }); load(listBox, () => page(true), draw); });
more.addEventListener("click", () => busy(more, async () => fill(listBox, draw(await page(false)))));
load(listBox, () => page(true), draw);
