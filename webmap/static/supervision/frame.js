// In the frame of /supervision: county names under the pointer, a click tells the page, Chinese control titles.
const facts = JSON.parse(document.getElementById("facts").textContent);
const map = window.map_city;
const { L } = window;

function countyLayers() {
  const found = [];
  map.eachLayer((layer) => { if (layer.feature?.properties?.county_code) found.push(layer); });
  return found;
}

function tooltip(code) {
  const box = document.createElement("div");
  for (const [place, line] of (facts.areas[code] || [code]).entries()) {
    const row = document.createElement(place ? "div" : "strong");
    row.textContent = line;
    box.append(row);
  }
  return box;
}

for (const layer of countyLayers()) {
  const code = layer.feature.properties.county_code;
  layer.bindTooltip(tooltip(code), { sticky: true, className: "county-tip" });
  layer.on("click", () => window.parent.postMessage({ kind: "county", code }, location.origin));
}

map.fitBounds([[29.03, 113.53], [30.3, 114.97]], { padding: [6, 6], animate: false });
const titles = { ".leaflet-control-zoom-in": "zoom_in", ".leaflet-control-zoom-out": "zoom_out", ".timecontrol-play": "play", ".timecontrol-backward": "backward", ".timecontrol-forward": "forward", ".timecontrol-loop": "loop" };
for (const [selector, key] of Object.entries(titles)) {
  const control = document.querySelector(selector);
  if (control) { control.title = facts.texts[key]; control.setAttribute("aria-label", facts.texts[key]); }
}
L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
if (map.attributionControl) map.attributionControl.setPrefix(false);
document.documentElement.dataset.ready = "true";
