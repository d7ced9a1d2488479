"""A city of surveys over HTTP: blocks of parcels, the files they come in, who sends and decides them."""

import io

import geopandas as gpd
from shapely.geometry import box

from data.access.records import SYSTEM
from tests.web.people import bearer
from tests.web.survey_people import add_people, work

EAST, NORTH = 572_000.0, 3_268_000.0  # in 通山 (421224), far from any county line
SUBDISTRICT = "421224001001"
TABLES = ("survey", "survey_feature", "survey_run", "finding", "survey_event", "parcel_version")


def block(count=4, *, moved=0.0, first=1):
    """Adjoining parcels of 20 × 30 m with codes."""
    shapes = [
        box(EAST + 20 * n + moved, NORTH, EAST + 20 * (n + 1) + moved, NORTH + 30) for n in range(count)
    ]
    codes = [f"{SUBDISTRICT}GB{n + first:05d}" for n in range(count)]
    return gpd.GeoDataFrame({"zddm": codes, "ZDMJ": [600.0] * count}, geometry=shapes, crs="EPSG:4547")


def package(frame, tmp_path, name="a.gpkg"):
    path = tmp_path / name
    path.unlink(missing_ok=True)
    frame.to_file(path, layer="parcels", driver="GPKG")
    around = box(EAST - 500, NORTH - 500, EAST + 900, NORTH + 900)
    district = gpd.GeoDataFrame({"djzqdm": [SUBDISTRICT]}, geometry=[around], crs="EPSG:4547")
    district.to_file(path, layer="subdistricts", driver="GPKG", mode="a")
    return path.read_bytes()


class City:
    def __init__(self, app, db, tmp_path):
        self.app, self.db, self.tmp_path = app, db, tmp_path
        self.client = app.test_client()
        add_people(db)
        self.tokens = {}

    def as_(self, login):
        if login not in self.tokens:
            self.tokens[login] = bearer(self.client, login)
        return self.tokens[login]

    def get(self, path, login="surveyor", expect=200):
        answer = self.client.get(f"/api/v1{path}", headers=self.as_(login))
        assert answer.status_code == expect, answer.text
        return answer.json

    def post(self, path, body=None, login="surveyor", expect=200):
        answer = self.client.post(f"/api/v1{path}", json=body, headers=self.as_(login))
        assert answer.status_code == expect, answer.text
        return answer.json

    def send(self, data, name="a.gpkg", expect=202, path="/surveys", login="surveyor", **form):
        fields = {"file": (io.BytesIO(data), name), **form}
        answer = self.client.post(
            f"/api/v1{path}", data=fields, headers=self.as_(login), content_type="multipart/form-data"
        )
        assert answer.status_code == expect, answer.text
        return answer

    def checked(self, frame, **form):
        """Send a block and have it checked; returns the survey."""
        form = {"project_code": "P1", "kind": "initial_load", **form}
        survey_id = self.send(package(frame, self.tmp_path), **form).json["id"]
        work(self.app)
        return self.get(f"/surveys/{survey_id}")

    def registered(self, frame, **form):
        survey = self.checked(frame, **form)
        assert survey["counts"]["errors"] == 0, self.get(f"/surveys/{survey['id']}/findings")
        self.post(f"/surveys/{survey['id']}/submit")
        answer = self.post(f"/surveys/{survey['id']}/decision", {"decision": "accept"}, "reviewer")
        assert answer["status"] == "registered"
        return survey

    def rows(self):
        with self.db.transaction(SYSTEM) as conn:
            return {
                table: conn.execute(f"SELECT count(*) FROM spatial.{table}").fetchone()[0] for table in TABLES
            }
