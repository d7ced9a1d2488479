import copy
import hashlib
from pathlib import Path

import pytest

from data.reference import files
from registry.cases.actions import CONDITIONS
from registry.cases.review import CASE_RULES
from registry.handbook import records
from registry.handbook.errors import EntryInvalid
from registry.handbook.rules import canonical, checked, parse, parse_file, set_sha256, sha256_of
from registry.rights.rules import RULES

FILES = {file.type_code: file.entry for file in files.handbook()}


@pytest.mark.parametrize("type_code", sorted(FILES))
def test_every_entry_keeps_the_format(type_code):
    entry = checked(FILES[type_code])
    assert parse(canonical(entry)) == entry


@pytest.mark.parametrize("type_code", sorted(FILES))
def test_every_rule_and_condition_has_code(type_code):
    entry = checked(FILES[type_code])
    asked = {point.rule_ref for point in entry.review_points if point.rule_ref}
    assert asked <= {*RULES, *CASE_RULES}
    assert set(CONDITIONS) == records.CONDITIONS


@pytest.mark.parametrize("type_code", sorted(FILES))
def test_primary_actions_lead_to_the_archive(type_code):
    entry = checked(FILES[type_code])
    node, seen = entry.nodes[0], []
    while node is not None:
        seen.append(node.code)
        assert len(seen) == len(set(seen))
        step = next(action for action in node.actions if action.primary)
        node, last = entry.node(step.to), step.to
    assert last == "archived"
    assert {"review", "register", "certify", "issue", "archive"} <= set(seen)


def test_the_hash_follows_the_content_not_the_order_of_keys():
    facts = FILES["land_use_first"]
    entry = checked(facts)
    turned = checked(dict(reversed(facts.items())))
    assert canonical(turned) == canonical(entry)
    assert sha256_of(canonical(entry)) == hashlib.sha256(canonical(entry).encode()).hexdigest()
    changed = checked({**facts, "scope": facts["scope"] + "。"})
    assert sha256_of(canonical(changed)) != sha256_of(canonical(entry))


def test_the_set_hash_does_not_depend_on_order():
    rows = [("a", 1, "x"), ("b", 1, "y")]
    assert set_sha256(rows) == set_sha256(reversed(rows))
    assert set_sha256(rows) != set_sha256([("a", 2, "x"), ("b", 1, "y")])


def _broken():
    facts = FILES["land_use_first"]

    def change(path, value):
        made = copy.deepcopy(facts)
        target = made
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value
        return made

    yield "unknown key", {**facts, "colour": "red"}
    yield "no version", {key: value for key, value in facts.items() if key != "version"}
    yield "action to nowhere", change(["nodes", 0, "actions", 0, "to"], "nowhere")
    yield "two ways on", change(["nodes", 0, "actions", 1, "primary"], True)
    yield "unknown fact", change(["materials", 2, "required_when"], "full_moon")
    yield "unknown condition", change(["nodes", 0, "actions", 0, "requires"], ["good_weather"])
    yield "automatic without rule", change(["review_points", 0, "rule_ref"], None)
    yield "material twice", change(["materials", 1, "code"], facts["materials"][0]["code"])


@pytest.mark.parametrize("facts", [row[1] for row in _broken()], ids=[row[0] for row in _broken()])
def test_a_broken_entry_is_refused(facts):
    with pytest.raises(EntryInvalid):
        checked(facts)


def test_a_file_that_is_no_toml_is_refused():
    with pytest.raises(EntryInvalid):
        parse_file(b"type_code = ")


def test_the_files_are_read_as_they_stand():
    folder = Path(files.FOLDER) / "handbook"
    paths = list(folder.glob("*.toml"))
    assert [parse_file(path.read_bytes()).type_code for path in paths] == [
        path.name.split(".")[0] for path in paths
    ]
    assert paths
