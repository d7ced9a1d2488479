// /window: accept a case at any window. Type, units, applicants, materials; county and fee before accepting.

import { api, badge, busy, countyName, debounce, fill, fmtDate, h, load, newKey, t, toast } from "/static/app.js";
import { feesTable } from "/static/pages/casedata.js";
import { decisionPanel } from "/static/pages/county.js";
import { entryName, factText, readEntries } from "/static/pages/handbookdata.js";
import { Facts } from "/static/pages/window_facts.js";
import { Parties } from "/static/pages/window_parties.js";
import { Units } from "/static/pages/window_units.js";
import { officeName } from "/static/pages/words.js";

const at = (id) => document.getElementById(id);
const form = at("window");
const state = { entry: null, key: newKey() };
const parties = new Parties(at("parties"));
const stated = new Facts(at("declares"), () => materialState());
const units = new Units({ find: at("find"), hits: at("hits"), chosen: at("chosen"), map: at("map"), onChange: showCounty });

at("office").textContent = officeName(at("office").dataset.office);

// ---------------------------------------------------------------- 1 type

load(at("types"), () => readEntries(""), (entries) => entries.map((entry) =>
  h("label", {}, h("input", { type: "radio", name: "type", value: entry.type_code, onchange: () => choose(entry), "data-testid": `type-${entry.type_code}` }),
    h("span", {}, entryName(entry), h("div", { class: "faint" }, entry.scope)))));

const mortgage = (entry) => (entry.effect?.right_kind || entry.right_kind) === "mortgage";

function choose(entry) {
  state.entry = entry;
  parties.roles(entry.applicants);
  at("mortgage").hidden = !mortgage(entry);
  stated.draw(entry);
  drawMaterials(entry);
  previewSoon();
}

function facts() {
  const found = new Set(stated.declares());
  if (parties.values().some((party) => party.role === "agent")) found.add("agent");
  return found;
}

// ---------------------------------------------------------------- 4 materials

function drawMaterials(entry) {
  fill(at("materials"), h("ul", { class: "tasks" }, entry.materials.map((material) => {
    const box = h("input", { type: "checkbox", "data-code": material.code, "data-required": !material.required_when, "data-when": material.required_when || null, "data-testid": `material-${material.code}` });
    const copies = h("input", { type: "number", min: "1", max: "99", value: material.copies || 1, "aria-label": `${material.name} ${t("ui.window.copies")}`, class: "copies" });
    box.addEventListener("change", materialState);
    return h("li", {}, h("label", { class: "check" }, box, material.name), copies,
      h("span", { class: "faint" }, material.required_when ? t("ui.handbook.when", { fact: factText(material.required_when) }) : t("ui.window.required"),
        material.shared_from ? ` · ${t("ui.handbook.shared", { source: material.shared_from })}` : ""));
  })));
  materialState();
}

function materialState() {
  const known = facts();
  for (const box of at("materials").querySelectorAll("[data-when]")) box.toggleAttribute("data-required", known.has(box.dataset.when));
  const missing = at("materials").querySelectorAll("[data-required]:not(:checked)").length;
  at("material-state").dataset.tone = missing ? "warn" : "ok";
  at("material-state").textContent = missing ? t("ui.window.missing", { n: missing }) : t("ui.window.complete");
}

at("all-materials").addEventListener("click", () => {
  for (const box of at("materials").querySelectorAll("[data-required]")) box.checked = true;
  materialState();
});

const materials = () => [...at("materials").querySelectorAll("[data-code]:checked")].map((box) => ({
  code: box.dataset.code, copies: Number(box.closest("li").querySelector(".copies").value) || 1 }));

// ---------------------------------------------------------------- 5 county and fee

async function showCounty() {
  const chosen = units.chosenUnits;
  const box = at("county");
  if (!chosen.length) { fill(box, h("p", { class: "soft" }, t("ui.window.county_first"))); return; }
  await load(box, () => Promise.all(chosen.map((unit) => api("/api/v1/locate", { json: { parcel_code: unit.unit_code.slice(0, 19), unit_code: unit.unit_code } }))), (decisions) => {
    const codes = new Set(decisions.map((decision) => decision.county_code));
    const [first] = decisions;
    return h("div", { class: "stack" },
      h("p", {}, h("strong", { "data-testid": "county-name", "data-county": first.county_code || "" }, first.county_code ? countyName(first.county_code) : badge(t("ui.county.undecided"), "warn"))),
      codes.size > 1 ? h("div", { class: "notice", "data-tone": "bad" }, t("ui.window.county_mixed")) : null,
      first.county_code ? null : h("div", { class: "notice", "data-tone": "warn" }, t("ui.window.county_undecided")),
      decisionPanel(first));
  });
  previewSoon();
}

let asked = 0;

/** Fee lines as acceptance would give them; what is still missing is said quietly. */
async function previewFee() {
  const box = at("fee");
  if (!state.entry || !units.chosenUnits.length || !parties.values().length) {
    fill(box, h("p", { class: "soft" }, t("ui.window.fee_later")));
    return;
  }
  const turn = (asked += 1);
  try {
    const found = await api("/api/v1/cases/preview", { json: body() });
    if (turn === asked) fill(box, feesTable(found.fee_preview), h("p", { class: "faint" }, t("ui.window.due_preview", { day: fmtDate(found.due_on) })));
  } catch (error) {
    if (turn !== asked) return;
    const lines = (error.problem?.errors || []).map((item) => h("li", {}, item.message || item.code));
    fill(box, h("p", { class: "soft" }, t("ui.window.fee_wait")), h("ul", { class: "soft" }, lines.length ? lines : h("li", {}, error.message)));
  }
}

const previewSoon = debounce(previewFee, 500);

// ---------------------------------------------------------------- accept

/** "500000.00" yuan as fen; undefined when empty. */
function fenOf(text) {
  const match = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(text.trim().replaceAll(",", ""));
  return match ? Number(match[1]) * 100 + Number((match[2] || "").padEnd(2, "0")) : undefined;
}

function body() {
  const made = { type_code: state.entry.type_code, unit_codes: units.chosenUnits.map((unit) => unit.unit_code), applicants: parties.values(), materials: materials() };
  if (at("incomplete").checked) made.incomplete = true;
  for (const [name, rows] of [["declares", stated.declares()], ["reliefs", stated.reliefs()], ["garages", units.garages()]]) if (rows.length) made[name] = rows;
  if (mortgage(state.entry)) {
    Object.assign(made, { amount_fen: fenOf(at("claim").value), transfer_ban: at("transfer_ban").checked });
    for (const name of ["term_from", "term_to"]) if (at(name).value) made[name] = at(name).value;
  }
  return made;
}

function faults() {
  const found = [];
  if (!state.entry) found.push(t("ui.window.need_type"));
  if (!units.chosenUnits.length) found.push(t("ui.window.need_unit"));
  if (parties.badShare()) found.push(t("ui.window.bad_share"));
  return found;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const found = faults();
  if (found.length) {
    fill(at("problem"), h("div", { class: "notice", "data-tone": "bad", role: "alert" }, h("ul", {}, found.map((text) => h("li", {}, text)))));
    return;
  }
  busy(at("accept"), async () => {
    const answer = await api("/api/v1/cases", { json: body(), idempotencyKey: state.key });
    toast(t("ui.window.accepted", { case_no: answer.case_no }));
    showAccepted(answer);
  }, at("problem"));
});
form.addEventListener("input", () => { state.key = newKey(); materialState(); previewSoon(); });

function showAccepted(answer) {
  const path = `/cases/${encodeURIComponent(answer.case_no)}`;
  form.hidden = true;
  const order = h("button", { class: "btn btn-primary", type: "button", "data-testid": "accepted-order" }, t("ui.cases.order_make"));
  const problem = h("div", { "aria-live": "assertive" });
  order.addEventListener("click", () => busy(order, async () => {
    await api(`/api/v1${path}/orders`, { method: "POST", json: {} });
    location.assign(path);
  }, problem));
  fill(at("accepted"), h("div", { class: "panel" },
    h("div", { class: "panel-head" }, h("h2", { "data-testid": "accepted-no", "data-case": answer.case_no }, t("ui.window.accepted", { case_no: answer.case_no }))),
    h("div", { class: "panel-body stack" },
      h("p", {}, answer.county_code ? t("ui.window.accepted_for", { county: countyName(answer.county_code), day: fmtDate(answer.due_on) }) : t("ui.window.accepted_open", { day: fmtDate(answer.due_on) })),
      feesTable(answer.fee_preview || []), problem,
      h("div", { class: "actions" }, order,
        h("a", { class: "btn", href: `/api/v1${path}/slip.pdf`, target: "_blank", rel: "noopener", "data-testid": "accepted-slip" }, t("ui.cases.slip")),
        h("a", { class: "btn", href: path, "data-testid": "accepted-open" }, t("ui.window.open_case")),
        h("a", { class: "btn", href: "/window" }, t("ui.window.next_case"))))));
  at("accepted").hidden = false;
  at("accepted").scrollIntoView();
}
