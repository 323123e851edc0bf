"""The form of a record, as other programs read it in docs/record.schema.json."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings

from proclab import ROOT
from proclab.grading.exports.plainly import as_json
from proclab.grading.exports.schema import schema
from proclab.grading.record import dumps
from tests.unit.classes import ANY_RECORDS, RECORDS

DOCUMENT = json.loads((ROOT / "docs" / "record.schema.json").read_text("utf-8"))
TYPES = {"string": str, "integer": int, "number": (int, float), "object": dict, "array": list, "boolean": bool}
KNOWN = {
    "$ref", "$defs", "$schema", "title", "description", "default", "type", "enum", "const", "anyOf", "items",
    "properties", "required", "additionalProperties",
}  # fmt: skip


def complaints(value, form=DOCUMENT, where="record"):
    """What in a value is not as JSON Schema has it; of the words that are used here, and of no others."""
    assert set(form) <= KNOWN, set(form) - KNOWN
    if "$ref" in form:
        return complaints(value, DOCUMENT["$defs"][form["$ref"].rpartition("/")[2]], where)
    if "anyOf" in form:
        found = [complaints(value, one, where) for one in form["anyOf"]]
        return [] if any(not one for one in found) else [f"{where} is none of several"]
    if ("const" in form and value != form["const"]) or ("enum" in form and value not in form["enum"]):
        return [f"{where} is {value!r}"]
    if "type" in form and (not isinstance(value, TYPES[form["type"]]) or isinstance(value, bool)):
        return [f"{where} is no {form['type']}"]
    if isinstance(value, list):
        return [bad for number, one in enumerate(value) for bad in complaints(one, form["items"], f"{where}[{number}]")]
    return _of_object(value, form, where) if isinstance(value, dict) else []


def _of_object(value, form, where):
    known, others = form.get("properties", {}), form.get("additionalProperties", True)
    found = [f"{where} lacks {name}" for name in form.get("required", []) if name not in value]
    for name, one in value.items():
        if name in known or isinstance(others, dict):
            found += complaints(one, known.get(name, others), f"{where}.{name}")
        elif not others:
            found.append(f"{where} has {name}")
    return found


def test_the_document_says_what_the_code_says():
    assert json.loads(as_json(schema())) == DOCUMENT, (
        "python -m proclab.grading.exports.schema > docs/record.schema.json"
    )


@settings(deadline=None)
@given(ANY_RECORDS)
def test_every_record_has_that_form(record):
    assert complaints(json.loads(dumps(record))) == []


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (["points"], "7", "record.points is no number"),
        (["schema"], 2, "record.schema is 2"),
        (["grade"], 1, "record has grade"),
        (["results", 1, "verdict"], "GOOD", "record.results[1].verdict is 'GOOD'"),
        (
            ["results", 1, "seen", 0, "values", "count"],
            1.5,
            "record.results[1].seen[0].values.count is none of several",
        ),
        (["labs", 0], "1", "record.labs[0] is no integer"),
    ],
)
def test_what_has_not_that_form_is_seen(path, value, complaint):
    found = json.loads(dumps(RECORDS["john"]))
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert complaints(found) == [complaint]


def test_what_lacks_is_seen():
    found = json.loads(dumps(RECORDS["john"]))
    del found["harness"]
    assert complaints(found) == ["record lacks harness"]
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(found, type(RECORDS["john"]))
