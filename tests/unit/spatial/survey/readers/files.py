"""Small survey files of every format, made here: synthetic, two adjoining parcels and what stands beside.

EPSG:4547 (E, N) metres. No genuine CASS drawing, field workbook or geodatabase with a licence was found:
the layouts follow their public descriptions and the shapes are squares.
"""

import csv
import hashlib
import io
import json
import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from shapely.geometry import LineString, Point, box

from spatial.survey.readers.content import content_of
from spatial.survey.readers.identify import identify
from spatial.survey.readers.limits import UPLOAD
from spatial.survey.readers.records import Asked

E, N = 572_000.0, 3_268_000.0  # in 通山, far from any county line
CODES = ["421224001001GB00001", "421224001001GB00002"]
SQUARES = [box(E, N, E + 20, N + 20), box(E + 20, N, E + 40, N + 20)]
CORNERS = [(E, N + 20), (E + 20, N + 20), (E + 20, N), (E, N)]
FLAT = {"BDCDYH": CODES[0] + "F00010001", "FWBM": "0001", "CH": "1", "SCJZMJ": 88.5}
FLOOR = {"ZRZH": CODES[0] + "F0001", "CH": "1", "SJCS": 1.0}


def parcels(epsg=4547):
    frame = gpd.GeoDataFrame(
        {"ZDDM": CODES, "ZDMJ": [400.0, 400.0], "ZL": ["甲村一号", "乙村二号"]},
        geometry=SQUARES,
        crs="EPSG:4547",
    )
    return frame.to_crs(epsg) if epsg != 4547 else frame


def objects():
    points = [Point(corner) for corner in CORNERS]
    lines = [LineString([CORNERS[at], CORNERS[(at + 1) % 4]]) for at in range(4)]
    return {
        "JZD": gpd.GeoDataFrame(
            {"ZDZHDM": CODES[:1] * 4, "JZDH": ["J1", "J2", "J3", "J4"]}, geometry=points, crs="EPSG:4547"
        ),
        "JZX": gpd.GeoDataFrame(
            {"ZDZHDM": CODES[:1] * 4, "JZXCD": [20.0] * 4}, geometry=lines, crs="EPSG:4547"
        ),
        "ZRZ": gpd.GeoDataFrame(
            {"ZRZH": [FLOOR["ZRZH"]], "ZDDM": CODES[:1]},
            geometry=[box(E + 2, N + 2, E + 12, N + 12)],
            crs="EPSG:4547",
        ),
        "C": pd.DataFrame([FLOOR]),
        "H": pd.DataFrame([FLAT]),
    }


def write_layers(path, driver):
    """Write parcels and all tables beside them as layers of one file."""
    parcels().to_file(path, layer="ZD", driver=driver)
    for name, frame in objects().items():
        pyogrio.write_dataframe(frame, path, layer=name, driver=driver, append=True)
    return path


def geopackage(folder):
    return write_layers(folder / "成果.gpkg", "GPKG")


def zip_folder(path, folder):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in sorted(folder.rglob("*")):
            if member.is_file():
                archive.write(member, member.relative_to(folder).as_posix())
    return path


def geodatabase(folder):
    inner = folder / "gdb"
    inner.mkdir()
    write_layers(inner / "survey.gdb", "OpenFileGDB")
    return zip_folder(folder / "survey.zip", inner)


def write_shapefile(frame, folder, name, *, encoding="gb18030", cpg=True):
    if isinstance(frame, gpd.GeoDataFrame):
        frame.to_file(folder / f"{name}.shp", driver="ESRI Shapefile", encoding=encoding)
    else:
        pyogrio.write_dataframe(frame, folder / f"{name}.dbf", driver="ESRI Shapefile", encoding=encoding)
    if not cpg:
        (folder / f"{name}.cpg").unlink()


def shapefiles(folder, *, encoding="gb18030", cpg=True, beside=True):
    inner = folder / "shp"
    inner.mkdir()
    tables = {"ZD": parcels(), **(objects() if beside else {})}
    for name, frame in tables.items():
        write_shapefile(frame, inner, name, encoding=encoding, cpg=cpg)
    return zip_folder(folder / "shp.zip", inner)


def geojson(folder):
    path = folder / "a.geojson"
    path.write_text(parcels(4490).to_json(), encoding="utf-8")
    return path


def flatgeobuf(folder):
    path = folder / "a.fgb"
    parcels().to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")  # the index would sort them
    return path


def geoparquet(folder, *, geo=None, compression="zstd(3)", name="a.parquet"):
    """Write by the library's own writer and the published metadata, not by ours."""
    from arro3.core import Array, Field, Schema, Table
    from arro3.core import DataType as T
    from arro3.io import write_parquet

    frame = parcels()
    described = {"encoding": "WKB", "geometry_types": ["Polygon"], "crs": frame.crs.to_json_dict()}
    geo = (
        geo
        if geo is not None
        else {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": described}}
    )
    wkb = [geom.wkb for geom in frame.geometry]
    columns = {
        "ZDDM": Array(frame["ZDDM"].tolist(), T.utf8()),
        "ZDMJ": Array(np.array(frame["ZDMJ"])),
        "ZL": Array(frame["ZL"].tolist(), T.utf8()),
        "geometry": Array(wkb, T.binary()),
    }
    fields = [Field(key, column.type, nullable=True) for key, column in columns.items()]
    schema = Schema(fields, metadata={"geo": json.dumps(geo)})
    path = folder / name
    write_parquet(Table.from_arrays(list(columns.values()), schema=schema), path, compression=compression)
    return path


TEXT = "[属性描述]\r\n坐标系=2000国家大地坐标系\r\n几度分带=3\r\n带号=38\r\n[地块坐标]\r\n" + "".join(
    f"5,0.0400,{code},地块,面,,住宅用地,0701,@\r\n"
    + "".join(
        f"J{number + 1},1,{north:.3f},{east + 38e6:.3f}\r\n"
        for number, (east, north) in enumerate(square.exterior.coords)
    )
    for code, square in zip(CODES, SQUARES, strict=True)
)


def boundary_text(folder, *, encoding="gb18030"):
    path = folder / "a.txt"
    path.write_bytes(TEXT.encode(encoding))
    return path


def list_rows(*, head=("宗地代码", "点号", "圈号", "X", "Y")):
    rows = [list(head)]
    for code, square in zip(CODES, SQUARES, strict=True):
        for number, (east, north) in enumerate(list(square.exterior.coords)[:-1], start=1):
            rows.append([code, f"J{number}", 1, north, east])
    return rows


def csv_text(rows, *, delimiter=","):
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter).writerows(rows)
    return sink.getvalue()


def csv_list(folder, *, encoding="utf-8-sig", delimiter=",", rows=None):
    path = folder / "a.csv"
    path.write_bytes(csv_text(rows or list_rows(), delimiter=delimiter).encode(encoding))
    return path


def excel_list(folder, *, rows=None, title="界址点"):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows or [["宗地界址点坐标表"], *list_rows()]:
        book.active.append(row)
    path = folder / "a.xlsx"
    book.save(path)
    return path


def drawing(folder, *, add=None, marks=True):
    """Write a CASS drawing: parcel lines on JZD, points on JZP; the second code stands as text inside."""
    import ezdxf

    made = ezdxf.new("R2000")
    made.encoding = "gbk"
    made.appids.add("SOUTH")
    for layer in ("JZD", "JZP", "ZJ", "JMD"):
        made.layers.add(layer)
    space = made.modelspace()
    for square, code in zip(SQUARES, CODES, strict=True):
        line = space.add_lwpolyline(
            list(square.exterior.coords)[:-1], close=True, dxfattribs={"layer": "JZD"}
        )
        if marks and code == CODES[0]:
            line.set_xdata("SOUTH", [(1000, "300000"), (1000, code), (1000, "张三"), (1000, "0701")])
    space.add_text(CODES[1], dxfattribs={"layer": "ZJ", "insert": (E + 25, N + 5), "height": 1})
    space.add_text("房", dxfattribs={"layer": "JMD", "insert": (E + 5, N + 5), "height": 1})
    for number, corner in enumerate(CORNERS, start=1):
        point = space.add_point(corner, dxfattribs={"layer": "JZP"})
        point.set_xdata("SOUTH", [(1000, "301000"), (1000, f"J{number}")])
    if add:
        add(space)
    path = folder / "a.dxf"
    made.saveas(path)
    return path


FIELDS = {
    "project_code": "XN-2026-001", "project_name": "示例项目", "survey_unit": "示例测绘有限公司",
    "qualification_no": "乙测资字0000001", "surveyor": "甲", "checker": "乙", "survey_date": "2026-05-06",
    "crs": "EPSG:4547", "central_meridian": 114, "zone": 38, "height_datum": "1985国家高程基准",
    "accuracy_grade": "一级", "instrument": "GNSS RTK", "items": ["地籍调查"], "software": "测试",
    "version": "1", "previous_version": None,
}  # fmt: skip


def bundle(folder, members, *, change=None, sources=("报告.pdf",), name="bundle.zip"):
    """Write a bundle of members (name -> bytes) and a report, with its manifest."""
    files = {**members, **dict.fromkeys(sources, b"%PDF-1.7 synthetic")}
    manifest = {
        **FIELDS,
        "files": [
            {
                "path": key,
                "sha256": hashlib.sha256(data).hexdigest(),
                **({"role": "source"} if key in sources else {}),
            }
            for key, data in files.items()
        ],
    }
    if change:
        change(manifest, files)
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False))
        for key, data in files.items():
            archive.writestr(key, data)
    return path


def text_tables():
    """Return tables beside the parcels as CSV, as in the standard."""
    points = [["ZDZHDM", "JZDH", "SXH", "XZBZ", "YZBZ"]]
    points += [[CODES[0], f"J{at + 1}", at + 1, north, east] for at, (east, north) in enumerate(CORNERS)]
    return {
        "JZD.csv": csv_text(points).encode(),
        "C.csv": csv_text([list(FLOOR), list(FLOOR.values())]).encode("gb18030"),
        "H.csv": csv_text([list(FLAT), list(FLAT.values())]).encode(),
    }


def bundle_of_layers(folder):
    inner = folder / "inner"
    inner.mkdir()
    return bundle(folder, {"data/survey.gpkg": geopackage(inner).read_bytes()})


def bundle_of_texts(folder):
    inner = folder / "inner"
    inner.mkdir()
    return bundle(folder, {"ZD.txt": boundary_text(inner).read_bytes(), **text_tables()})


def read_here(path, **asked):
    """Read a file in this process, which a format that needs no GDAL can be: a child takes half a second."""
    with path.open("rb") as file:
        kind = identify(path.name, file.read(4096))
    with tempfile.TemporaryDirectory() as scratch:
        return content_of(path, kind, Asked(**asked), UPLOAD, Path(scratch))


# Every format by name: how a valid file of it is made, and the system the sender must state.
EVERY = {
    "gpkg": (geopackage, None), "gdb": (geodatabase, None), "shp": (shapefiles, None),
    "geojson": (geojson, None), "fgb": (flatgeobuf, None), "parquet": (geoparquet, None),
    "txt": (boundary_text, None),
    "csv": (csv_list, "EPSG:4547"), "xlsx": (excel_list, "EPSG:4547"), "dxf": (drawing, "EPSG:4547"),
    "bundle": (bundle_of_layers, None), "bundle_texts": (bundle_of_texts, None),
}  # fmt: skip
