"""Which GDAL drivers a child process may have: all others are switched off before GDAL is loaded."""

from typing import Final

# Every vector driver of the pinned pyogrio wheel; a test fails when a new wheel brings another.
KNOWN: Final = ( "PCIDSK", "PDS4", "VICAR", "PDF", "MBTiles", "EEDA", "OGCAPI", "GDALG", "ESRI Shapefile",
    "MapInfo File", "LVBAG", "S57", "DGN", "OGR_VRT", "CSV", "GML", "GPX", "LIBKML", "KML", "GeoJSON",
    "GeoJSONSeq", "ESRIJSON", "TopoJSON", "OGR_GMT", "GPKG", "SQLite", "WAsP", "OpenFileGDB", "DXF",
    "FlatGeobuf", "GeoRSS", "VFK", "PGDUMP", "OSM", "GPSBabel", "OGR_PDS", "WFS", "OAPIF", "EDIGEO",
    "Idrisi", "ODS", "XLSX", "Elasticsearch", "Carto", "AmigoCloud", "SXF", "Selafin", "JML", "PLSCENES",
    "CSW", "VDV", "MVT", "NGW", "MapML", "GTFS", "PMTiles", "JSONFG", "MiraMonVector", "ADBC", "AVCBin",
    "AVCE00", "AIVector", "HTTP",
)  # fmt: skip
# Memory layers cannot reach a file; GDAL itself needs them.
HARMLESS: Final = frozenset({"MEM"})
DRIVER_OF: Final = {
    "gpkg": "GPKG",
    "shp": "ESRI Shapefile",
    "gdb": "OpenFileGDB",
    "fgb": "FlatGeobuf",
}


def environment(kind: str) -> dict[str, str]:
    """Return the GDAL and PROJ settings of a child that reads one kind of file."""
    allowed = DRIVER_OF.get(kind)
    skipped = ",".join(name for name in KNOWN if name != allowed)
    return {
        "GDAL_SKIP": skipped,
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_CACHEMAX": "64",
        "GDAL_NUM_THREADS": "1",
        "GDAL_HTTP_TIMEOUT": "1",
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
        "GDAL_VRT_ENABLE_PYTHON": "NO",
        "OGR_SQLITE_LOAD_EXTENSIONS": "",
        "SHAPE_RESTORE_SHX": "NO",
        "SHAPE_REWIND_ON_WRITE": "NO",
        "PROJ_NETWORK": "OFF",
    }
