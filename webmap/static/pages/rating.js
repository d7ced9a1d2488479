// The rating of a service (好差评): five levels, own words. Needs the texts "ui.cases".

import { api, busy, fill, h, t } from "/static/app.js";

/** The form, or thanks when the case is rated already. */
export function ratingForm(path, rating) {
  if (rating) return h("p", {}, t("ui.cases.rating_thanks"), " ", t(`ui.cases.rating.${rating.level}`));
  const problem = h("div", { "aria-live": "assertive" });
  const form = h("form", { class: "form", "data-testid": "rating" }, h("p", { class: "soft" }, t("ui.cases.rating_lead")),
    h("fieldset", { class: "rating" }, h("legend", { class: "sr-only" }, t("ui.cases.rating")),
      [5, 4, 3, 2, 1].map((level) => h("label", {}, h("input", { type: "radio", name: "level", value: level, required: true, class: "sr-only" }), t(`ui.cases.rating.${level}`)))),
    h("div", { class: "field" }, h("label", { for: "rating-text" }, t("ui.cases.rating_text")), h("textarea", { id: "rating-text", name: "text", maxlength: "1000", rows: "2" })),
    problem, h("div", {}, h("button", { class: "btn" }, t("ui.cases.rating_send"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    busy(form.querySelector("button"), async () => {
      await api(`${path}/rating`, { json: { level: Number(values.get("level")), tags: [], text: values.get("text") } });
      fill(form, h("p", {}, t("ui.cases.rating_thanks")));
    }, problem);
  });
  return form;
}
