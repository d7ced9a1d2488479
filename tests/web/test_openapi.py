"""The description of the interface is sound and tells what really comes."""

import pytest


@pytest.fixture
def spec(client):
    return client.get("/api/v1/openapi.json").json


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def operations(spec):
    return [
        (path, method, operation)
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]


def test_every_reference_leads_somewhere(spec):
    known = {f"#/components/schemas/{name}" for name in spec["components"]["schemas"]}
    assert spec["openapi"].startswith("3.1")
    assert set(references(spec)) - known == set()


def test_every_route_says_its_good_answer_and_its_problems(spec):
    for path, method, operation in operations(spec):
        good, other = operation["responses"]
        assert (good, other) == ("200" if method == "get" else "2XX", "default"), path
        assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("path", ["/api/v1/surveys", "/api/v1/statements", "/api/v1/checks"])
def test_forms_name_their_file(spec, path):
    schema = spec["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert schema["properties"]["file"] == {"type": "string", "format": "binary"}
    assert "file" in schema["required"]


def test_a_problem_has_the_described_shape(spec, client):
    answer = client.get("/api/v1/cases")
    assert set(spec["components"]["schemas"]["Problem"]["required"]) <= answer.json.keys()
