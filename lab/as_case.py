"""A list as CASE 1.5 / UCO JSON-LD: a File for each content with its digests, and an Annotation for
what the lab says of it. Of a case, a place or a person it has nothing. Ids are the same each time.
"""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from lab.grading import Scheme
from lab.listed import ListedContent
from triage.bundle.format.shown import visible

Node = dict[str, Any]

_SPACE = uuid.UUID("2a4a0a6b-1d1b-5c5c-8f2e-7d3c1c0b9a55")
_CONTEXT = {
    "kb": "http://example.org/kb/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def render_case(listed: Iterable[ListedContent], scheme: Scheme) -> Iterator[bytes]:
    """The file, piece by piece; UTF-8."""
    encoder = msgspec.json.Encoder()
    yield b'{"@context":' + encoder.encode(_CONTEXT) + b',"@graph":['
    first = True
    for each in listed:
        for node in _nodes(each, scheme):
            yield (b"\n" if first else b",\n") + encoder.encode(node)
            first = False
    yield b"\n]}\n"


def _nodes(each: ListedContent, scheme: Scheme) -> Iterator[Node]:
    facet: Node = {
        "@id": _id(each, "content-facet"),
        "@type": "uco-observable:ContentDataFacet",
        "uco-observable:sizeInBytes": {"@type": "xsd:integer", "@value": str(each.size)},
        "uco-observable:hash": [
            _hash(each, method, value)
            for method, value in (
                ("MD5", each.md5), ("SHA1", each.sha1), ("SHA256", each.sha256),
                ("BLAKE3", each.content), ("PDQ", each.pdq),
            ) if value
        ],
    }  # fmt: skip
    if each.type:
        facet["uco-observable:mimeType"] = visible(each.type)
    file = _id(each, "object")
    yield {"@id": file, "@type": "uco-observable:File", "uco-core:hasFacet": [facet]}
    said = []
    if each.category:
        by = f"graded by {scheme}" if each.graded else "by a notable set"
        said.append(f"category {each.category}, {by}")
    if each.series:
        said.append(f"series {each.series}")
    if said:
        yield {
            "@id": _id(each, "annotation"),
            "@type": "uco-core:Annotation",
            "uco-core:object": {"@id": file},
            "uco-core:statement": visible("; ".join(said)),
        }


def _hash(each: ListedContent, method: str, value: str) -> Node:
    return {
        "@id": _id(each, "hash", method),
        "@type": "uco-types:Hash",
        "uco-types:hashMethod": method,
        "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": value.upper()},
    }


def _id(each: ListedContent, kind: str, more: str = "") -> str:
    return f"kb:{kind}-{uuid.uuid5(_SPACE, f'{each.content}/{kind}/{more}')}"
