// /api/v1/docs: the OpenAPI document in readable form.

import { api, debounce, emptyState, fill, h, load, t, table } from "/static/app.js";

const VERBS = ["get", "post", "put", "patch", "delete"];
const form = document.getElementById("filters");
const box = document.getElementById("docs");
let spec = {};
let operations = [];

/** Follows "#/components/…" references, a few levels deep, so that a schema can be read as a whole. */
function resolved(schema, depth = 0) {
  if (Array.isArray(schema)) return schema.map((part) => resolved(part, depth));
  if (!schema || typeof schema !== "object") return schema;
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return depth > 4 ? name : resolved(spec.components?.schemas?.[name] ?? name, depth + 1);
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolved(value, depth + 1)]));
}

/** Text of a docstring without its markup. */
const plain = (text) => (text || "").replaceAll("`", "");

const typeOf = (schema) => {
  const found = resolved(schema) || {};
  const one = found.enum ? found.enum.join(" | ") : found.format || found.type || (found.anyOf || found.oneOf || []).map(typeOf).join(" | ");
  return found.type === "array" ? `${typeOf(found.items)}[]` : one || "";
};

function parameters(list) {
  return table([
    { label: t("ui.docs.parameters"), value: (row) => h("span", { class: "code" }, row.name) },
    { label: "in", value: (row) => row.in },
    { label: "type", value: (row) => typeOf(row.schema) },
    { label: "", value: (row) => (row.required ? t("ui.docs.required") : "") },
    { label: "", value: (row) => row.description || row.schema?.description || "" },
  ], list);
}

function schemaBlock(title, content) {
  const [type, media] = Object.entries(content || {})[0] || [];
  if (!media?.schema) return null;
  return [h("h4", {}, `${title} · ${type}`), h("pre", { class: "schema", tabindex: "0" }, JSON.stringify(resolved(media.schema), null, 2))];
}

function details({ operation }) {
  const good = Object.entries(operation.responses || {}).filter(([status]) => status.startsWith("2"));
  return h("div", { class: "stack" },
    operation.description ? h("p", {}, plain(operation.description)) : null,
    operation.parameters?.length ? parameters(operation.parameters) : null,
    operation.requestBody ? schemaBlock(t("ui.docs.body"), operation.requestBody.content) : null,
    good.map(([status, answer]) => schemaBlock(`${t("ui.docs.answers")} ${status}`, answer.content)));
}

function row(found) {
  const { verb, path, operation } = found;
  const entry = h("details", { class: "entry", id: `${verb}-${path}` },
    h("summary", {}, h("span", { class: "endpoint" }, h("span", { class: "verb", "data-verb": verb }, verb.toUpperCase()),
      h("span", {}, h("span", { class: "code" }, path), h("span", { class: "faint" }, `  ${plain(operation.summary)}`)))));
  entry.addEventListener("toggle", () => { if (entry.open && entry.children.length === 1) entry.append(details(found)); });
  return entry;
}

function draw() {
  const wish = form.q.value.trim().toLowerCase();
  const found = operations.filter(({ path, operation }) => `${path} ${operation.summary || ""} ${(operation.tags || []).join(" ")}`.toLowerCase().includes(wish));
  document.getElementById("count").textContent = t("ui.docs.count", { n: found.length });
  if (!found.length) return emptyState(t("ui.docs.none"));
  const groups = Map.groupBy ? Map.groupBy(found, ({ operation }) => operation.tags?.[0] || "") : new Map([["", found]]);
  return h("div", {}, [...groups].map(([tag, rows]) => h("section", { class: "panel" }, tag ? h("div", { class: "panel-head" }, h("h2", {}, tag.charAt(0).toUpperCase() + tag.slice(1).replaceAll("_", " "))) : null, rows.map(row))));
}

async function read() {
  spec = await api("/api/v1/openapi.json");
  operations = Object.entries(spec.paths).flatMap(([path, item]) => VERBS.filter((verb) => item[verb]).map((verb) => ({ verb, path, operation: item[verb] })))
    .sort((a, b) => a.path.localeCompare(b.path) || VERBS.indexOf(a.verb) - VERBS.indexOf(b.verb));
}

form.addEventListener("submit", (event) => event.preventDefault());
form.q.addEventListener("input", debounce(() => fill(box, draw())));
load(box, read, draw);
