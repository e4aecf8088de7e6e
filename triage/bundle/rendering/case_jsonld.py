"""Findings as CASE 1.5 JSON-LD (Cyber-investigation Analysis Standard Expression), hits only.

Source: ontology.caseontology.org, ontology.unifiedcyberontology.org (UCO 1.5). One File for each
finding with its FileFacet and ContentDataFacet, related to its volume and device; one for each part
of it that matched, related to that; one Annotation for each match, of the file or of the part; one
InvestigativeAction for the scan. Checked with case_validate, which takes some 140 ms a file: that
is why entries without a match are not exported. Ids are the same each time.
"""

import uuid
from typing import Any

import msgspec

from triage.bundle.format.document import Document, Finding
from triage.bundle.format.shown import utc_of, visible
from triage.bundle.rendering.contents import FoundContent, contents_of
from triage.evidence import Device, Volume
from triage.findings import Match

Node = dict[str, Any]

_SPACE = uuid.UUID("0a6a2bb1-6f0c-5d0e-8d0b-5f3a2b1c9e77")
_CONTEXT = {
    "kb": "http://example.org/kb/",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_METHODS = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "blake3": "BLAKE3", "pdq": "PDQ"}


def render(document: Document) -> bytes:
    """The whole file, UTF-8."""
    ids = _Ids(document)
    graph: list[Node] = [_tool(document, ids), _investigation(document, ids)]
    graph += [_device(device, ids) for device in document.devices]
    for volume in document.volumes:
        graph += [_volume(volume, ids), _within(ids, volume.id, volume.device_id)]
    for finding in document.findings:
        graph += _finding(finding, ids)
    graph.append(_action(document, ids))
    whole = {"@context": _CONTEXT, "@graph": graph}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"


class _Ids:
    """Names to IRIs that end in a UUID, as UCO asks for."""

    def __init__(self, document: Document) -> None:
        log = document.log.sha256 if document.log else ""
        self._seed = f"{document.times.started}/{log}"

    def of(self, name: str, kind: str = "object") -> str:
        return f"kb:{kind}-{uuid.uuid5(_SPACE, f'{self._seed}/{kind}/{name}')}"

    def ref(self, name: str, kind: str = "object") -> Node:
        return {"@id": self.of(name, kind)}


def _tool(document: Document, ids: _Ids) -> Node:
    return {
        "@id": ids.of("tool"),
        "@type": "uco-tool:Tool",
        "uco-core:name": document.tool.name,
        "uco-tool:version": document.tool.version,
    }


def _investigation(document: Document, ids: _Ids) -> Node:
    return {
        "@id": ids.of("investigation"),
        "@type": "case-investigation:Investigation",
        "uco-core:name": visible(document.case.case_number) or "no case number given",
        "case-investigation:focus": "triage on scene; not proof",
        "uco-core:object": [ids.ref("action")],
    }


def _action(document: Document, ids: _Ids) -> Node:
    case = document.case
    said = [f"examiner: {case.examiner}", f"exhibit: {case.exhibit}"]
    if document.partial:
        said.append(f"partial: {document.partial_reason}")
    node: Node = {
        "@id": ids.of("action"),
        "@type": "case-investigation:InvestigativeAction",
        "uco-core:name": "seek scan",
        "uco-core:description": visible("; ".join(said)),
        "uco-action:startTime": _time(document.times.started),
        "uco-action:endTime": _time(document.times.ended),
        "uco-action:instrument": ids.ref("tool"),
        "uco-action:object": [ids.ref(device.id) for device in document.devices],
        "uco-action:result": [ids.ref(f"finding {f.number}") for f in document.findings],
    }
    return {key: value for key, value in node.items() if value != []}


def _device(device: Device, ids: _Ids) -> Node:
    facet: Node = {
        "@id": ids.of(device.id, "facet"),
        "@type": "uco-observable:DeviceFacet",
        "uco-observable:deviceType": str(device.kind),
    }
    if device.model:
        facet["uco-observable:model"] = visible(device.model)
    if device.serial:
        facet["uco-observable:serialNumber"] = visible(device.serial)
    return {
        "@id": ids.of(device.id),
        "@type": "uco-observable:Device",
        "uco-core:name": visible(device.path),
        "uco-core:hasFacet": [facet],
    }


def _volume(volume: Volume, ids: _Ids) -> Node:
    facet: Node = {
        "@id": ids.of(volume.id, "facet"),
        "@type": "uco-observable:DiskPartitionFacet",
        "uco-observable:partitionID": volume.id,
        "uco-observable:partitionLength": _integer(volume.size),
    }
    if volume.begins_at >= 0:
        facet["uco-observable:partitionOffset"] = _integer(volume.begins_at)
    return {
        "@id": ids.of(volume.id),
        "@type": "uco-observable:DiskPartition",
        "uco-core:name": visible(volume.label or volume.id),
        "uco-core:description": visible(
            f"{volume.file_system or 'no file system'}, {volume.state}"
        ),
        "uco-core:hasFacet": [facet],
    }


def _finding(finding: Finding, ids: _Ids) -> list[Node]:
    """Its file, within its volume; each part of it that matched, within the file."""
    whole = f"finding {finding.number}"
    own, *parts = contents_of(finding)
    graph = [_file(own, whole, ids), _within(ids, whole, finding.entry.volume_id)]
    told_of = dict.fromkeys(map(id, finding.matches), whole)
    for number, part in enumerate(parts, 1):
        name = f"{whole} part {number}"
        graph += [_file(part, name, ids), _part_within(ids, name, whole, part)]
        told_of |= dict.fromkeys(map(id, part.said), name)
    for number, match in enumerate(finding.matches, 1):
        node = ids.of(f"{whole} match {number}", "annotation")
        graph.append(_annotation(match, node, ids.ref(told_of[id(match)])))
    return graph


def _file(content: FoundContent, name: str, ids: _Ids) -> Node:
    entry = content.finding.entry
    folder, last = content.place
    path = f"{folder}/{last}" if folder else last
    file: Node = {
        "@id": ids.of(name, "file-facet"),
        "@type": "uco-observable:FileFacet",
        "uco-observable:fileName": visible(last),
        "uco-observable:filePath": visible(path),
        "uco-observable:sizeInBytes": _integer(content.size),
        "uco-observable:isDirectory": False,
        "uco-observable:allocationStatus": "allocated" if entry.allocated else "unallocated",
    }
    for key, seconds in (
        ("observableCreatedTime", entry.times.created),
        ("modifiedTime", entry.times.modified),
        ("accessedTime", entry.times.accessed),
        ("metadataChangeTime", entry.times.changed),
    ):
        if not content.part and (moment := _instant(seconds)) is not None:
            file[f"uco-observable:{key}"] = moment
    node: Node = {
        "@id": ids.of(name),
        "@type": "uco-observable:File",
        "uco-core:hasFacet": [file, _content(content, name, ids)],
    }
    if content.part:
        node["uco-core:description"] = visible(content.part)
    return node


def _content(content: FoundContent, name: str, ids: _Ids) -> Node:
    facet: Node = {
        "@id": ids.of(name, "content-facet"),
        "@type": "uco-observable:ContentDataFacet",
        "uco-observable:sizeInBytes": _integer(content.size),
        "uco-observable:hash": [
            {
                "@id": ids.of(f"{name} {algorithm}", "hash"),
                "@type": "uco-types:Hash",
                "uco-types:hashMethod": _METHODS.get(algorithm, algorithm.upper()),
                "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": value.upper()},
            }
            for algorithm, value in content.digests.items()
        ],
    }
    if content.type:
        facet["uco-observable:mimeType"] = visible(content.type)
    return {key: value for key, value in facet.items() if value != []}


def _annotation(match: Match, node: str, of: Node) -> Node:
    said = [match.reason]
    if match.score is not None:
        said.append(f"score {match.score}, threshold {match.threshold}")
    said += [f"{key}: {value}" for key, value in match.provenance.items()]
    return {
        "@id": node,
        "@type": "uco-core:Annotation",
        "uco-core:object": of,
        "uco-core:statement": visible("; ".join(said)),
        "uco-core:tag": [str(match.kind), visible(match.detector)],
    }


def _part_within(ids: _Ids, name: str, whole: str, part: FoundContent) -> Node:
    """With the stretch of the file that it is, where it is one."""
    relation = _within(ids, name, whole)
    if part.offset >= 0:
        facet = {
            "@id": ids.of(name, "range-facet"),
            "@type": "uco-observable:DataRangeFacet",
            "uco-observable:rangeOffset": _integer(part.offset),
            "uco-observable:rangeSize": _integer(part.size),
        }
        relation["uco-core:hasFacet"] = [facet]
    return relation


def _within(ids: _Ids, inner: str, outer: str) -> Node:
    return {
        "@id": ids.of(inner, "relationship"),
        "@type": "uco-observable:ObservableRelationship",
        "uco-core:source": ids.ref(inner),
        "uco-core:target": ids.ref(outer),
        "uco-core:kindOfRelationship": "Contained_Within",
        "uco-core:isDirectional": True,
    }


def _integer(value: int) -> Node:
    return {"@type": "xsd:integer", "@value": str(value)}


def _time(utc: str) -> Node:
    return {"@type": "xsd:dateTime", "@value": utc}


def _instant(seconds: float | None) -> Node | None:
    said = utc_of(seconds)
    return _time(said) if said else None
