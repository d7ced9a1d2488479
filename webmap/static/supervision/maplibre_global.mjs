// MapLibre 6 is a module only; Leaflet's plugin wants a global. A plain copy, because a namespace is sealed.
import * as maplibre from "/assets/maplibre-gl/dist/maplibre-gl.mjs";

globalThis.maplibregl = { ...maplibre };
