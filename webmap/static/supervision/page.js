// The page /supervision: filters ask again when changed; a click on a county in the map chooses it.
const filters = document.getElementById("filters");

for (const field of filters.querySelectorAll("select")) field.addEventListener("change", () => filters.requestSubmit());

window.addEventListener("message", (event) => {
  if (event.origin !== location.origin || event.data?.kind !== "county" || !/^\d{6}$/.test(event.data.code)) return;
  const county = document.getElementById("county");
  county.value = county.value === event.data.code ? "" : event.data.code;
  filters.requestSubmit();
});
