// A small form in a dialog: formDialog({title, note, fields, save}) where save(values) does the work. A field has name
// and label, and options (select), radios, checks, rows (textarea) or a type of input.

import { busy, fill, h, problemPanel, t } from "/static/app.js";

let serial = 0;

function control(field) {
  const shared = { id: `fd-${++serial}`, name: field.name, required: field.required, disabled: field.disabled };
  if (field.options) {
    return h("select", shared, field.options.map(([value, text]) => h("option", { value, selected: value === field.value }, text)));
  }
  if (field.rows) return h("textarea", { ...shared, rows: field.rows, maxlength: field.maxlength || 2000 }, field.value ?? "");
  if (field.type === "file") return h("input", { ...shared, type: "file", accept: field.accept, multiple: field.multiple });
  return h("input", { ...shared, type: field.type || "text", value: field.value ?? "", pattern: field.pattern, maxlength: field.maxlength || 200, min: field.min, autocomplete: field.type === "password" ? "new-password" : "off" });
}

function checks(field) {
  return h("fieldset", { class: "field" }, h("legend", {}, field.label),
    h("div", { class: "actions" }, field.checks.map(([value, text]) =>
      h("label", { class: "check" }, h("input", { type: "checkbox", name: field.name, value, checked: (field.value || []).includes(value) }), text))));
}

/** One of few: the digits 1 to 9 choose, Enter saves, so that a list is worked through without a mouse. */
function radios(field) {
  const chosen = field.value ?? field.radios[0]?.[0];
  const box = h("fieldset", { class: "field" }, h("legend", {}, field.label),
    field.radios.map(([value, text], index) => h("label", { class: "check" },
      h("input", { type: "radio", name: field.name, value, checked: value === chosen, autofocus: value === chosen }), h("kbd", {}, String(index + 1)), text)));
  box.addEventListener("keydown", (event) => {
    const wanted = box.querySelectorAll("input")[Number(event.key) - 1];
    if (!wanted || event.ctrlKey || event.altKey || event.metaKey) return;
    wanted.checked = true;
    wanted.focus();
    event.preventDefault();
  });
  return box;
}

function row(field) {
  if (field.radios) return radios(field);
  if (field.checks) return checks(field);
  if (field.type === "checkbox") return h("label", { class: "check" }, h("input", { type: "checkbox", name: field.name, checked: field.value }), field.label);
  const made = control(field);
  return h("div", { class: field.required ? "field required" : "field" }, h("label", { for: made.id }, field.label), made, field.hint ? h("span", { class: "hint" }, field.hint) : null);
}

function valuesOf(form, fields) {
  const data = new FormData(form);
  const value = (field) => {
    if (field.checks) return data.getAll(field.name);
    if (field.type === "file") return data.getAll(field.name).filter((file) => file.name);
    if (field.type === "checkbox") return data.has(field.name);
    const text = (field.disabled ? field.value : data.get(field.name)) ?? "";
    return text === "" && field.nullable ? null : text;
  };
  return Object.fromEntries(fields.map((field) => [field.name, value(field)]));
}

/** Opens the dialog; it closes when save has succeeded and shows the problem otherwise. */
export function formDialog({ title, note, fields, save, confirm, danger = false }) {
  const problem = h("div", { "aria-live": "assertive" });
  const submit = h("button", { class: danger ? "btn btn-danger" : "btn btn-primary", "data-testid": "dialog-save" }, confirm || t("ui.common.save"));
  const form = h("form", { method: "dialog" },
    h("div", { class: "dialog-head" }, title),
    h("div", { class: "dialog-body form" }, [note].flat().filter(Boolean).map((line) => h("p", { class: "soft" }, line)), fields.map(row), problem),
    h("div", { class: "dialog-foot" }, h("button", { class: "btn", type: "button", onclick: () => close() }, t("ui.common.cancel")), submit));
  const dialog = h("dialog", { "aria-label": title }, form);
  const close = () => {
    dialog.close();
    // The page's keys work at once: the browser takes the focus out of a closed dialog only with its next picture.
    if (dialog.contains(document.activeElement)) document.activeElement.blur();
  };
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(submit, async () => {
      try {
        await save(valuesOf(form, fields));
        close();
      } catch (error) {
        fill(problem, problemPanel(error));
      }
    });
  });
  document.body.append(dialog);
  dialog.showModal();
  // With nothing to fill in first, Enter says yes.
  if (!form.querySelector("[autofocus]") && !fields.some((field) => field.required)) submit.focus();
}
