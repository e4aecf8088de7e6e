import json
from pathlib import Path

import jsonschema
import pytest

from tests.bundle import samples
from triage.bundle.format import layout, schema
from triage.errors import BundleError
from triage.findings import Coverage


def test_the_shipped_schema_is_the_one_of_the_code() -> None:
    """`python -m tests.bundle` writes it anew."""
    assert schema.shipped() == schema.generate(), "write it anew: python -m tests.bundle"


def test_a_document_satisfies_the_shipped_schema(sealed_once: Path) -> None:
    document = json.loads((sealed_once / layout.FINDINGS).read_bytes())
    shipped = json.loads(schema.shipped())
    jsonschema.Draft202012Validator.check_schema(shipped)
    jsonschema.Draft202012Validator(shipped).validate(document)
    document["case"]["more"] = ""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(shipped).validate(document)


def test_what_was_written_is_read_back_the_same(sealed_once: Path) -> None:
    text = (sealed_once / layout.FINDINGS).read_bytes()
    document = schema.decode(text)
    assert schema.encode(document) == text
    assert schema.is_spelled_so(document, text)
    assert document.findings[1].entry.path == samples.NASTY


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (b'"partial": false', b'"partial": 0', "$.partial"),
        (b'"seconds": 312.4', b'"seconds": -1', "$.times.seconds"),
        (b'"format_version": 1', b'"format_version": 2', "$.format_version"),
        (b'"state": "readable"', b'"state": "fine"', "$.volumes"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    sealed_once: Path, old: bytes, new: bytes, where: str
) -> None:
    text = (sealed_once / layout.FINDINGS).read_bytes()
    assert old in text
    with pytest.raises(BundleError) as raised:
        schema.decode(text.replace(old, new))
    assert where in raised.value.message


def test_a_document_that_is_wrong_is_not_written(tmp_path: Path) -> None:
    import msgspec

    made = samples.document(samples.image(tmp_path), Coverage())
    wrong = msgspec.structs.replace(made, times=msgspec.structs.replace(made.times, ended="noon"))
    with pytest.raises(BundleError, match=r"\$\.times\.ended"):
        schema.encode(wrong)
