import json
from pathlib import Path

import jsonschema
import pytest

from tests.bundle import samples
from triage.bundle.format import layout, schema
from triage.errors import BundleError
from triage.findings import Coverage


def test_the_shipped_schema_is_the_one_of_the_code() -> None:
    assert schema.shipped() == schema.generate(), (
        "write it anew: python -c 'from triage.bundle import schema; "
        'open("triage/bundle/format/findings.schema.json", "wb").write(schema.generate())\''
    )


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
        (b'"format_version": 2', b'"format_version": 3', "$.format_version"),
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


LATER = b' "findings_left_out": 0,\n'
"""A field with its default: it could have come with a later version."""


def test_what_an_older_version_did_not_say_may_be_missing(sealed_once: Path) -> None:
    text = (sealed_once / layout.FINDINGS).read_bytes()
    older = text.replace(LATER, b"")
    assert older != text
    assert schema.decode(older) == schema.decode(text)
    assert schema.is_spelled_so(schema.decode(older), older)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LATER, b' "findings_left_out": 0,\n "findings_left_out": 0,\n'),
        (LATER, b' "findings_left_out":  0,\n'),
        (b'"seconds": 312.4', b'"seconds": 3.124e2'),
        (b'"read_only": true', b'"read_only":true'),
        (b'"threshold": 0.8,', b'"threshold": 0.80,'),
        (
            b'"format": "seek findings",\n "format_version": 2',
            b'"format_version": 2,\n "format": "seek findings"',
        ),
        (b"1600000000.0,", b"1600000000,"),
        (b'"sample set"', b'"s\\u0061mple set"'),
    ],
)
def test_what_is_spelled_another_way_is_refused(sealed_once: Path, old: bytes, new: bytes) -> None:
    text = (sealed_once / layout.FINDINGS).read_bytes()
    assert old in text
    other = text.replace(old, new, 1)
    assert not schema.is_spelled_so(schema.decode(other), other)
