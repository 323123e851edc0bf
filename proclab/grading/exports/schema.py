"""docs/record.schema.json: the form of a record, for programs of other people's. Made of the record's own types.

python -m proclab.grading.exports.schema > docs/record.schema.json
"""

from __future__ import annotations

from typing import Any

import msgspec

from proclab.grading.exports.plainly import as_json
from proclab.grading.record import SCHEMA, Record

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The JSON Schema."""
    found = msgspec.json.schema(Record)
    found["$defs"]["Record"]["properties"]["schema"] = {"const": SCHEMA}
    return {"$schema": DIALECT, "title": f"proclab: record of a graded submission, version {SCHEMA}"} | found


if __name__ == "__main__":
    print(as_json(schema()), end="")
