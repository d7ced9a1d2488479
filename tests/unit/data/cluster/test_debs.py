import subprocess

from data.cluster import debs


def unpacked(folder):
    root = folder / "root"
    (root / "usr" / "lib" / "x86_64-linux-gnu").mkdir(parents=True)
    (root / "usr" / "lib" / "postgresql" / "9" / "bin").mkdir(parents=True)
    (root / "usr" / "lib" / "postgresql" / "15" / "bin").mkdir(parents=True)
    (root / "usr" / "share" / "fonts").mkdir(parents=True)
    (root / "usr" / "share" / "postgresql" / "15" / "extension").mkdir(parents=True)
    return root


def read_by_a_shell(text, name):
    done = subprocess.run(
        ["/bin/sh", "-c", f'{text}\nprintf %s "${name}"'],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/bin", "LD_LIBRARY_PATH": "/already"},
    )
    return done.stdout


def test_a_shell_reads_the_environment_of_a_folder_with_spaces(tmp_path):
    folder = tmp_path / "a 'quoted' $place"
    root = unpacked(folder)
    text = debs.environment_text(folder)
    assert read_by_a_shell(text, "NINGTU_PG_BIN") == str(root / "usr/lib/postgresql/15/bin")
    assert read_by_a_shell(text, "LD_LIBRARY_PATH") == f"{root / 'usr/lib/x86_64-linux-gnu'}:/already"
    assert read_by_a_shell(text, "PATH") == f"{root / 'usr/bin'}:/bin"
    assert read_by_a_shell(text, "FONTCONFIG_FILE") == str(folder / "fonts.conf")
    assert str(root / "usr/share/fonts") in (folder / "fonts.conf").read_text()


def test_postgis_gets_the_control_file_that_its_package_would_link(tmp_path):
    root = unpacked(tmp_path)
    extension = root / "usr/share/postgresql/15/extension"
    (extension / "postgis-3.control").write_text("comment = 'x'")
    debs._mend(root)
    assert (extension / "postgis.control").read_text() == "comment = 'x'"


def test_what_apt_would_install_is_brought(monkeypatch):
    simulated = (
        "NOTE: x\nInst libpq5 (15.1 Debian [amd64])\nConf libpq5 (15.1)\nInst zlib [1.2] (1.3 Debian)\n"
    )
    monkeypatch.setattr(debs, "_run", lambda _command, *, cwd: simulated)
    assert debs._closure([], ["x"]) == ["libpq5", "zlib"]


def test_only_packages_of_the_folder_in_use_count_as_there(tmp_path, monkeypatch):
    (tmp_path / "packages.txt").write_text("libpango-1.0-0\n")
    monkeypatch.delenv(debs.FOLDER_SETTING, raising=False)
    assert not debs.has_unpacked("libpango-1.0-0")
    monkeypatch.setenv(debs.FOLDER_SETTING, str(tmp_path))
    assert debs.has_unpacked("libpango-1.0-0")
    assert not debs.has_unpacked("libpango")
