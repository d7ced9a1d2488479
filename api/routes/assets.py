"""The browser's libraries, from the assets folder, never from another host."""

import mimetypes

from apiflask import APIBlueprint
from flask import Response, request, send_file

from api.auth import public
from api.context import services
from data.errors import NotFound
from webmap.assets import local_file

bp = APIBlueprint("assets", __name__, enable_openapi=False)

MAX_AGE_S = 24 * 3600
_MODULE = "text/javascript"


@bp.get("/assets/<path:path>")
@public
def asset(path: str) -> Response:
    """Answer with a file of the manifest, compressed if the browser takes that."""
    file = local_file(services().settings.assets_dir, path)
    if file is None or not file.is_file():
        raise NotFound
    kind = _MODULE if file.suffix in {".js", ".mjs"} else mimetypes.guess_type(file.name)[0]
    packed = file.with_name(f"{file.name}.gz")
    use_packed = bool(request.accept_encodings.quality("gzip")) and packed.is_file()
    response = send_file(packed.resolve() if use_packed else file.resolve(), mimetype=kind, max_age=MAX_AGE_S)
    if use_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response
