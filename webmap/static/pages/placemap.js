// A map inside a page: our tiles with the page's own geometries on top. Needs the texts "ui.map" and "ui.county".
// The library is loaded on demand: a page whose map cannot start still works as lists and tables.

import { emptyState, fill, t } from "/static/app.js";

/**
 * Starts a map in a box; gives {map, view} (view: the module /static/mapview.js) or null when it cannot start.
 * Options are those of createMap.
 */
export async function placeMap(box, options = {}) {
  try {
    const view = await import("/static/mapview.js");
    const map = view.createMap({ container: box, ...options });
    if (document.documentElement.dataset.testing) box.ningtuMap = map;
    await new Promise((done) => map.once("style.load", () => done()));
    map.getCanvas().setAttribute("aria-label", t("ui.county.map_label"));
    return { map, view };
  } catch (error) {
    console.warn(error);
    fill(box, emptyState(t("ui.county.map_failed")));
    return null;
  }
}

const COLOURS = { focus: "#b3261e", draft: "#1c4f8f", error: "#a3211a", warning: "#b66a00", info: "#1c4f8f", fix: "#1d7a3d" };

/** Features as a collection; geometry-less ones are left out. */
export function collection(features) {
  return { type: "FeatureCollection", features: features.filter((feature) => feature && feature.geometry) };
}

/** Adds (or renews) a source with polygons, lines and points in one colour. */
export function showFeatures(map, id, data, colour = "focus") {
  const source = map.getSource(id);
  if (source) {
    source.setData(data);
    return;
  }
  const tone = COLOURS[colour] || colour;
  // The default cuts of GeoJSON are 16 mm wide: a sliver of 3 mm must not vanish in them.
  map.addSource(id, { type: "geojson", data, promoteId: "key", maxzoom: 24, tolerance: 0.1 });
  map.addLayer({ id: `${id}-fill`, type: "fill", source: id, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": tone, "fill-opacity": ["case", ["boolean", ["feature-state", "on"], false], 0.4, 0.14] } });
  map.addLayer({ id: `${id}-line`, type: "line", source: id, filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": tone, "line-width": ["case", ["boolean", ["feature-state", "on"], false], 3.5, 1.8] } });
  map.addLayer({ id: `${id}-point`, type: "circle", source: id, filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": tone, "circle-radius": ["case", ["boolean", ["feature-state", "on"], false], 9, 5], "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 } });
}

/** Moves the map so that the geometry is in the middle. */
export function goTo(place, geometry, { maxZoom = 18, padding = 60 } = {}) {
  if (!place || !geometry) return;
  place.map.fitBounds(place.view.boxOf(geometry), { padding, maxZoom, animate: false });
}

/** Whether a finding is about the whole file: it names no object, and its point is only somewhere to draw it. */
export function ofWholeFile({ geometry, properties: p }) {
  return !p.feature_no && !p.object_id && (!geometry || geometry.type === "Point");
}

/** A geometry collection of all features, for goTo. */
export function together(features) {
  const coordinates = features.filter((feature) => feature.geometry).map((feature) => feature.geometry.coordinates);
  return coordinates.length ? { coordinates } : null;
}
