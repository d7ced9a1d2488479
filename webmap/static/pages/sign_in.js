// /sign-in and /password.

import { api, busy, fill, h, t } from "/static/app.js";

const signIn = document.getElementById("sign-in");
signIn?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(signIn);
  busy(signIn.querySelector("button"), async () => {
    await api("/api/v1/auth/session", { json: { username: form.get("username").trim(), password: form.get("password") } });
    location.assign(signIn.dataset.next);
  }, document.getElementById("sign-in-problem"));
});

const change = document.getElementById("password-form");
change?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(change);
  const place = document.getElementById("password-problem");
  if (form.get("new") !== form.get("again")) {
    fill(place, h("div", { class: "notice", "data-tone": "bad", role: "alert" }, t("ui.sign_in.differ")));
    return;
  }
  busy(change.querySelector("button"), async () => {
    await api("/api/v1/auth/password", { json: { old: form.get("old"), new: form.get("new") } });
    fill(change, h("div", { class: "notice", "data-tone": "ok", role: "status" }, t("ui.sign_in.changed")),
      h("a", { class: "btn btn-primary", href: "/sign-in" }, t("ui.sign_in.title")));
  }, place);
});
