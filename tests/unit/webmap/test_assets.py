import hashlib
import io
import json
import tarfile
from importlib import resources

import pytest

from webmap.assets import load_manifest, local_file, resolve
from webmap.assets.css_links import dead_links
from webmap.assets.errors import AssetAltered, AssetLinkUnknown, AssetNotBrought
from webmap.assets.fetching import _tar_files, _unpack, is_complete
from webmap.assets.records import Manifest, Package, Rewrite


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def package_of(files, rewrites=None, folder="pkg"):
    return Package("npm", "@scope/pkg", "1.0.0", folder, files, rewrites or {})


def archive(folder, files, top="package"):
    with tarfile.open(folder / "scope-pkg-1.0.0.tgz", "w:gz") as tar:
        for name, content in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def bring_one(package, folder, target):
    _unpack(package, _tar_files(package, folder), target)


def test_every_link_leads_to_a_file_of_the_manifest():
    manifest = load_manifest()
    served = {f"/assets/{p.folder}/{file}" for p in manifest.packages for file in p.files}
    assert [to for to in manifest.links.values() if to is not None and to not in served] == []


def test_every_package_has_an_exact_version_and_full_sums():
    raw = json.loads(resources.files("webmap.assets").joinpath("manifest.json").read_text())
    for entry in raw["npm"] + raw["wheels"]:
        assert entry["version"].replace(".", "").isdigit()
        assert all(len(total) == 64 for total in entry["files"].values())


@pytest.mark.parametrize(
    "name",
    ["Map", "plugins.HeatMap", "plugins.HeatMapWithTime", "plugins.TimestampedGeoJson", "plugins.Fullscreen"],
)
def test_every_library_of_the_folium_classes_we_use_is_mapped(name):
    import folium
    import folium.plugins

    owner = folium
    for part in name.split("."):
        owner = getattr(owner, part)
    links = [url for _, url in (*owner.default_js, *owner.default_css)]
    assert links
    assert [resolve(url) for url in links]


def test_an_address_outside_the_manifest_is_refused():
    with pytest.raises(AssetLinkUnknown):
        resolve("https://cdn.example/x.js")


def test_our_own_addresses_stay():
    assert resolve("/static/app.js") == "/static/app.js"


def test_only_files_of_the_manifest_are_served(tmp_path):
    (tmp_path / "secret.txt").write_text("x")
    assert local_file(tmp_path, "secret.txt") is None
    assert local_file(tmp_path, "../secret.txt") is None
    assert local_file(tmp_path, "proj4/dist/proj4.js") == tmp_path / "proj4/dist/proj4.js"


def test_a_package_is_unpacked_and_then_complete(tmp_path):
    content = b"let x = 1;" * 200
    package = package_of({"dist/a.js": sha(content)})
    archive(tmp_path, {"dist/a.js": content, "other.js": b"no"}, top="odd-top")
    assert not is_complete(tmp_path / "assets", package)
    bring_one(package, tmp_path, tmp_path / "assets")
    assert is_complete(tmp_path / "assets", package)
    assert (tmp_path / "assets/pkg/dist/a.js.gz").exists()
    assert not (tmp_path / "assets/pkg/other.js").exists()


def test_a_file_altered_later_is_noticed(tmp_path):
    content = b"good"
    package = package_of({"a.js": sha(content)})
    archive(tmp_path, {"a.js": content})
    bring_one(package, tmp_path, tmp_path)
    (tmp_path / "pkg/a.js").write_bytes(b"bad!")
    assert not is_complete(tmp_path, package)


def test_a_file_of_another_sum_is_not_written(tmp_path):
    package = package_of({"a.js": sha(b"good")})
    archive(tmp_path, {"a.js": b"evil"})
    with pytest.raises(AssetAltered):
        bring_one(package, tmp_path, tmp_path)
    assert not (tmp_path / "pkg/a.js").exists()


def test_a_file_that_did_not_come_is_told(tmp_path):
    package = package_of({"a.js": sha(b"good"), "b.js": sha(b"b")})
    archive(tmp_path, {"a.js": b"good"})
    with pytest.raises(AssetNotBrought):
        bring_one(package, tmp_path, tmp_path)


def test_a_rewrite_takes_the_foreign_host_out(tmp_path):
    before, after = b"src:url(//host/f.woff)", b"src:url(../f.woff)"
    rewrite = Rewrite((("//host/", "../"),), sha(after))
    package = package_of({"a.css": sha(before)}, {"a.css": rewrite})
    archive(tmp_path, {"a.css": before})
    bring_one(package, tmp_path, tmp_path)
    assert (tmp_path / "pkg/a.css").read_bytes() == after
    assert is_complete(tmp_path, package)


@pytest.mark.parametrize(
    ("css", "dead"),
    [
        ("a{b:url(images/x.png)}", []),
        ("a{b:url('images/x.png?v=1#y')}", []),
        ("a{b:url(data:image/png;base64,//8=)}", []),
        ("a{b:url(images/absent.png)}", ["pkg/a.css: images/absent.png"]),
        ("a{b:url(//host.example/x.png)}", ["pkg/a.css: //host.example/x.png"]),
        ("a{b:url(https://host.example/x.png)}", ["pkg/a.css: https://host.example/x.png"]),
    ],
)
def test_links_of_style_sheets(tmp_path, css, dead):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/a.css").write_text(css)
    manifest = Manifest((package_of({"a.css": "", "images/x.png": ""}),), {})
    assert dead_links(tmp_path, manifest) == dead
