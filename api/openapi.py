"""What the framework does not see of the interface: problem answers, statuses of writes, files of forms."""

from typing import Any

Spec = dict[str, Any]

PROBLEM = {
    "type": "object",
    "description": "RFC 9457 problem; ``errors`` lists every fault of the request.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
        "trace_id": {"type": "string"},
        "suggestion": {
            "type": "object",
            "description": "A form field with which a refused survey file would be taken, to accept or not.",
            "properties": {
                "parameter": {"type": "string", "enum": ["crs", "axes", "source_layer", "project_code"]},
                "value": {"type": "string"},
            },
        },
    },
    "required": ["type", "title", "status", "code", "detail", "errors"],
}
ANSWER = {
    "description": "Problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
FILE = {"type": "string", "format": "binary"}
# Forms with a file, and whether it must be there.
FILES = {
    "/api/v1/checks": True,
    "/api/v1/surveys": True,
    "/api/v1/statements": True,
    "/api/v1/receipts/verify": False,
    "/api/v1/cases/{case_no}/materials": False,
}


def complete(spec: Spec | str) -> Spec | str:
    """Return the OpenAPI document as the interface is.

    Parameters
    ----------
    spec : dict
        As the framework wrote it; a text (YAML) stays as it is.
    """
    if isinstance(spec, str):
        return spec
    schemas = spec["components"]["schemas"]
    for name in ("ValidationError", "HTTPError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"] = _responses(operation["responses"], method)
        if path in FILES and "post" in methods:
            methods["post"]["requestBody"] = _with_file(methods["post"], schemas, needed=FILES[path])
    return spec


def _responses(responses: Spec, method: str) -> Spec:
    """Return the good answer (writes answer 200, 201, 202 or 204) and the shape of every other."""
    good = next((answer for code, answer in responses.items() if code.startswith("2")), {"description": "OK"})
    return {"200" if method == "get" else "2XX": good, "default": ANSWER}


def _with_file(operation: Spec, schemas: Spec, *, needed: bool) -> Spec:
    """Return the body of a form with its file; fields are those of the form's model."""
    content = operation.get("requestBody", {}).get("content", {})
    reference = content.get(FORM, {}).get("schema", {}).get("$ref", "")
    model = schemas.get(reference.rpartition("/")[2], {"type": "object", "properties": {}})
    schema = {
        "type": "object",
        "properties": {**model["properties"], "file": FILE},
        "required": [*model.get("required", []), *(["file"] if needed else [])],
    }
    others = {kind: what for kind, what in content.items() if kind != FORM}
    return {"content": {MULTIPART: {"schema": schema}, **others}}
