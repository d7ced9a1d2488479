// What every page uses: texts, requests, formats, tables, messages. ES module, no build.
// Text from the server or from people goes into the page through textContent only; there is no innerHTML here.

/** Texts of the page in the page's language, put there by the server (see base.html). */
const TEXTS = JSON.parse(document.getElementById("texts")?.textContent || "{}");

/** Language of the page: "zh" or "en". */
export const lang = document.documentElement.lang.startsWith("en") ? "en" : "zh";
const LOCALE = lang === "en" ? "en-GB" : "zh-CN";

/**
 * Text of a key with its parameters filled in; the key itself when there is no such text.
 * t("ui.common.rows", {n: 3}) -> "共 3 条"
 */
export function t(key, params = {}) {
  const text = TEXTS[key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (all, name) => (name in params ? String(params[name]) : all));
}

/** Text of a key, or `otherwise` when the page has none (for codes that may be new). */
export function tOr(key, otherwise) {
  return key in TEXTS ? TEXTS[key] : otherwise;
}

/** Name of a county code on screen. */
export function countyName(code) {
  return tOr(`ui.common.county.${code}`, code ?? "");
}

const MADE_AT = Date.parse(document.documentElement.dataset.now);
const SHOWN_AT = performance.now();

/** The present by the city's clock (RFC 3339): the time the page was made and what has passed since. */
export function cityNow() {
  return new Date(MADE_AT + performance.now() - SHOWN_AT).toISOString();
}

// ---------------------------------------------------------------- requests

/** An answer that is not 2xx. `problem` is the problem+json body: code, detail, errors[], trace_id. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
  }
}

function address(path, query) {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query || {})) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

async function problemOf(answer) {
  try {
    return await answer.json();
  } catch {
    return { status: answer.status, code: `http_${answer.status}`, detail: answer.statusText };
  }
}

/**
 * One request to our server. Gives the parsed JSON (or null for 204), throws ApiError otherwise.
 * Options: method, json (object sent as JSON), form (FormData), query (object),
 *          idempotencyKey (string; newKey() makes one), signal, raw (true: give the Response).
 * The CSRF token of the page goes along with every write.
 */
export async function api(path, options = {}) {
  const { json, form, query, idempotencyKey, signal, raw } = options;
  const method = options.method || (json !== undefined || form ? "POST" : "GET");
  const headers = { Accept: "application/json", "Accept-Language": lang === "en" ? "en" : "zh-CN" };
  if (method !== "GET") headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf"]')?.content || "";
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(address(path, query), {
      method, headers, signal, credentials: "same-origin",
      body: json !== undefined ? JSON.stringify(json) : form,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "offline", detail: t("ui.common.offline") });
  }
  if (!answer.ok) throw new ApiError(answer.status, await problemOf(answer));
  if (raw) return answer;
  if (answer.status === 204) return null;
  return answer.json();
}

/** A new idempotency key for one act of the user (keep it while retrying the same act). */
export function newKey() {
  return crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Waits the given milliseconds. */
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/**
 * Asks `read()` again and again until `done(value)` holds; gives that value.
 * Options: every (ms, grows to 4×), limit (ms, then throws), onValue(value) for progress.
 */
export async function poll(read, done, { every = 800, limit = 600000, onValue } = {}) {
  const end = performance.now() + limit;
  let wait = every;
  for (;;) {
    const value = await read();
    if (onValue) onValue(value);
    if (done(value)) return value;
    if (performance.now() > end) throw new ApiError(0, { code: "timeout", detail: t("ui.common.timeout") });
    await sleep(wait);
    wait = Math.min(wait * 1.3, every * 4);
  }
}

// ---------------------------------------------------------------- formats

const GROUPED = new Intl.NumberFormat(LOCALE);
const SHANGHAI = { timeZone: "Asia/Shanghai", hourCycle: "h23" };
const DATE_TIME = new Intl.DateTimeFormat("sv-SE", { ...SHANGHAI, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat("sv-SE", { ...SHANGHAI, year: "numeric", month: "2-digit", day: "2-digit" });

/** Integer fen as yuan with two decimals and groups, without the unit: 123456 -> "1,234.56". */
export function fenText(fen) {
  if (fen === null || fen === undefined) return "–";
  const value = BigInt(fen);
  const plain = value < 0n ? -value : value;
  const yuan = GROUPED.format(plain / 100n);
  return `${value < 0n ? "−" : ""}${yuan}.${String(plain % 100n).padStart(2, "0")}`;
}

/** Yuan as typed to integer fen: "80.5" -> 8050; null when it is no amount. */
export function fenOf(text) {
  const found = /^(\d{1,11})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : null;
}

/** Integer fen as yuan with the unit: 8000 -> "80.00 元". */
export function fmtFen(fen) {
  return fen === null || fen === undefined ? "–" : t("ui.common.yuan", { amount: fenText(fen) });
}

/** A plain number with groups: 12345 -> "12,345". */
export function fmtNum(value, digits = 0) {
  if (value === null || value === undefined || value === "") return "–";
  return new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** Square metres with two decimals and the unit; `mu` adds the area in mu (1 mu = 2000/3 m²). */
export function fmtArea(areaM2, { mu = false } = {}) {
  if (areaM2 === null || areaM2 === undefined) return "–";
  const text = t("ui.common.m2", { area: fmtNum(Number(areaM2), 2) });
  return mu ? `${text} (${t("ui.common.mu", { area: fmtNum((Number(areaM2) * 3) / 2000, 2) })})` : text;
}

/** An RFC 3339 time in Asia/Shanghai: "2026-11-24 20:17". */
export function fmtTime(value) {
  return value ? DATE_TIME.format(new Date(value)) : "–";
}

/** A date (or the day in Asia/Shanghai of a time): "2026-11-24". */
export function fmtDate(value) {
  if (!value) return "–";
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : DATE.format(new Date(value));
}

/** A 28- or 19-character unit code in its four printed groups. */
export function fmtUnit(code) {
  if (!code) return "–";
  return [code.slice(0, 6), code.slice(6, 12), code.slice(12, 19), code.slice(19)].filter(Boolean).join(" ");
}

// ---------------------------------------------------------------- elements

/**
 * Makes an element: h("td", {class: "num"}, "12"), h("a", {href}, text), h("button", {onclick: f}, text).
 * Strings and numbers become text nodes; null, undefined and false are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(3)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** Puts new children in the place of all old ones. */
export function fill(container, ...children) {
  container.replaceChildren(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false)
    .map((c) => (c instanceof Node ? c : document.createTextNode(String(c)))));
  return container;
}

/** A badge; tone is ok | warn | bad | info, or nothing for plain. */
export function badge(text, tone) {
  return h("span", { class: "badge", "data-tone": tone }, text);
}

/** Label and value pairs as a description list: pairs([["面积", "12 m²"], ...]). */
export function pairs(rows) {
  return h("dl", { class: "pairs" }, rows.filter((row) => row && row[1] !== undefined && row[1] !== null)
    .map(([label, value]) => [h("dt", {}, label), h("dd", {}, value)]));
}

/**
 * A table. columns: [{label, value: row => text | Node, class?: "num"}]; options: caption, empty (text),
 * onRow(row) makes rows clickable and reachable by keyboard, foot: array of cells, rowKey(row) -> data-key.
 */
export function table(columns, rows, { caption, empty, onRow, foot, rowKey } = {}) {
  if (!rows.length) return emptyState(empty);
  const line = (row) => {
    const tr = h("tr", { class: onRow ? "row-link" : null, tabindex: onRow ? "0" : null, "data-key": rowKey ? rowKey(row) : null },
      columns.map((column) => h("td", { class: column.class }, column.value(row))));
    if (onRow) {
      tr.addEventListener("click", (event) => { if (!event.target.closest("a,button,input")) onRow(row, tr); });
      tr.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target === tr) onRow(row, tr); });
    }
    return tr;
  };
  return h("div", { class: "table-wrap" }, h("table", { class: "table" },
    caption ? h("caption", {}, caption) : null,
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.class }, column.label)))),
    h("tbody", {}, rows.map(line)),
    foot ? h("tfoot", {}, h("tr", {}, foot.map((cell, i) => h("td", { class: columns[i]?.class }, cell)))) : null));
}

/** "Nothing here" with an optional text of its own and an optional hint. */
export function emptyState(text, hint) {
  return h("div", { class: "empty" }, h("strong", {}, text || t("ui.common.empty")), hint || null);
}

/** "Loading…" for a place that waits for data. */
export function waiting(text) {
  return h("div", { class: "waiting", role: "status" }, text || t("ui.common.loading"));
}

/** The panel for an error: what happened, each of errors[], code and trace id. */
export function problemPanel(error) {
  const problem = error instanceof ApiError ? error.problem : { detail: String(error.message || error) };
  const told = (item) => item.detail || item.message || item.msg;
  const lines = (problem.errors || []).filter((item) => !problem.detail || told(item) !== problem.detail).slice(0, 20).map((item) =>
    h("li", {}, [item.loc || item.pointer || item.field || item.rule_id, item.object_id, told(item) || item.name].filter(Boolean).join(": ")));
  const small = [problem.code && t("ui.common.problem_code", { code: problem.code }),
    problem.trace_id && t("ui.common.problem_trace", { trace: problem.trace_id })].filter(Boolean).join(" · ");
  return h("div", { class: "notice problem", "data-tone": "bad", role: "alert" },
    h("h3", {}, problem.title && problem.detail && problem.title !== problem.detail ? problem.title : t("ui.common.problem")),
    h("p", {}, problem.detail || problem.title || t("ui.common.problem")),
    lines.length ? h("ul", {}, lines) : null,
    small ? h("p", { class: "faint" }, small) : null);
}

/** Shows a short message in the corner; it goes by itself (errors stay longer). tone: ok | warn | bad. */
export function toast(text, tone = "ok") {
  const note = h("div", { class: "toast", "data-tone": tone, role: tone === "bad" ? "alert" : "status" }, text);
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), tone === "bad" ? 9000 : 4000);
}

/** Runs async work with the button disabled and marked busy; shows an error in `place` or as a toast. */
export async function busy(button, work, place) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    if (place) fill(place);
    return await work();
  } catch (error) {
    if (place) fill(place, problemPanel(error));
    else toast(error.message, "bad");
    return undefined;
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

const turns = new WeakMap();

/**
 * Loads into a container: waiting line, then what `draw(data)` gives, or the error panel.
 * What was asked for last is shown, whichever answer comes last.
 */
export async function load(container, read, draw) {
  const turn = {};
  turns.set(container, turn);
  const show = (...content) => { if (turns.get(container) === turn) fill(container, ...content); };
  show(waiting());
  container.setAttribute("aria-busy", "true");
  try {
    const data = await read();
    if (turns.get(container) === turn) show(draw(data));
  } catch (error) {
    if (error.name !== "AbortError") show(problemPanel(error));
  } finally {
    if (turns.get(container) === turn) container.removeAttribute("aria-busy");
  }
}

/** Named values of a form as an object; empty strings are left out. */
export function formValues(form) {
  return Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
}

/** Calls `f` once the calls have stopped for `ms`. */
export function debounce(f, ms = 250) {
  let timer;
  return (...args) => { clearTimeout(timer); timer = setTimeout(() => f(...args), ms); };
}

/** Puts a text on the clipboard and says so. */
export async function copyText(text) {
  await navigator.clipboard.writeText(text);
  toast(t("ui.common.copied"));
}

/** A question in a dialog; true when confirmed. */
export function ask(title, body, { confirm, danger = false } = {}) {
  return new Promise((answer) => {
    const close = (value) => { dialog.close(); dialog.remove(); answer(value); };
    const dialog = h("dialog", { "aria-label": title },
      h("div", { class: "dialog-head" }, title), h("div", { class: "dialog-body" }, body),
      h("div", { class: "dialog-foot" },
        h("button", { class: "btn", type: "button", onclick: () => close(false) }, t("ui.common.cancel")),
        h("button", { class: danger ? "btn btn-danger" : "btn btn-primary", type: "button", onclick: () => close(true) }, confirm || t("ui.common.confirm"))));
    dialog.addEventListener("cancel", () => close(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}

// ---------------------------------------------------------------- page frame

document.getElementById("sign-out")?.addEventListener("click", async () => {
  try {
    await api("/api/v1/auth/session", { method: "DELETE" });
  } finally {
    location.assign("/");
  }
});
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
