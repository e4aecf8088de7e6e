"""How it was done, by what, and who signed."""

import msgspec

from triage.bundle.format import layout
from triage.bundle.format.document import (
    SANDBOX_LAYERS,
    Document,
    HashSetUsed,
    Resumption,
    SignerKind,
)
from triage.bundle.rendering.html.markup import (
    Html,
    code,
    facts,
    foreign,
    join,
    section,
    table,
    tag,
)
from triage.profile import SetSignature

_MOST_ERRORS = 200


def section_of(document: Document) -> Html:
    """Tool, profile, hash sets, models, word lists, and what went wrong."""
    tool, used = document.tool, document.profile
    parts = [
        facts(
            (
                ("Tool", foreign(f"{tool.name} {tool.version}")),
                ("Parts", foreign(", ".join(f"{n} {v}" for n, v in sorted(tool.parts.items())))),
                ("Profile", foreign(f"{used.applied.name}: {used.applied.description}")),
                ("Profile's SHA-256", code(used.sha256)),
                ("Readers confined by", _confinement(document.sandbox)),
                *(("Resumed", _resumed(each)) for each in document.resumed),
            )
        ),
        _hash_sets(document.hash_sets),
        _models(document),
        _word_lists(document),
        _unread(document),
        _errors(document),
        tag("h3", "Profile as applied"),
        tag("pre", _profile(document), class_="profile", tabindex="0"),
    ]
    return section("How it was done", *parts, id_="method")


def _confinement(on: tuple[str, ...]) -> Html:
    """Each layer that there is: on in all workers, or missing in some."""
    missing = [each for each in SANDBOX_LAYERS if not any(name.startswith(each) for name in on)]
    said = [foreign(", ".join(on))] if on else []
    if missing:
        said.append(tag("span", f"missing: {', '.join(missing)}", class_="alert"))
    return join(said, " ")


def signature(document: Document) -> Html:
    """Who signed, what that is worth, and the commands that check it."""
    signer = document.signer
    if signer is None:
        return section("Signature", tag("p", "Not signed."), id_="signature")
    if signer.kind is SignerKind.FRESH:
        worth = (
            "Signed with a key made for this scan alone; its private half was destroyed after "
            "signing. By itself that shows only that nothing changed since. Write the fingerprint "
            "into the paper record now: it ties this bundle to this search."
        )
    else:
        worth = (
            "Signed with a key that was given. Compare the fingerprint with the lab's own list: "
            "the bundle's allowed_signers file comes from the bundle itself and proves nothing "
            "about who it is."
        )
    commands = (
        f"ssh-keygen -Y verify -f allowed_signers -I {layout.PRINCIPAL} -n {layout.NAMESPACE} \\",
        "    -s manifest.sha256.sig < manifest.sha256",
        "sha256sum --strict -c manifest.sha256",
        "seek verify . --signers YOUR-OWN-LIST",
    )
    return section(
        "Signature",
        tag("p", code(signer.fingerprint), class_="fingerprint"),
        tag("p", worth),
        facts((("Public key", code(signer.public_key)), ("Comment", foreign(signer.comment)))),
        tag("p", "To check it, inside the bundle's folder:"),
        tag("pre", join(commands, "\n"), tabindex="0"),
        id_="signature",
    )


def _resumed(each: Resumption) -> Html:
    said = f"{each.at}, {each.carried_entries:,} entries carried over from {each.bundle}"
    if each.dropped_lines:
        said += f"; {each.dropped_lines:,} that were not certain were looked at again"
    if each.may_be_cut_short:
        said += "; what may have been cut off its end was looked at again"
    who = f" ({each.principal})" if each.principal else ""
    by = f", by {each.signer}{who}" if each.signer else ""
    why = f": {each.integrity.why}" if each.integrity.why else ""
    said += f". Integrity: {'not ' if why else ''}proven{why}{by}"
    return foreign(said)


def _hash_sets(sets: tuple[HashSetUsed, ...]) -> Html:
    if not sets:
        return tag("p", "No hash set was loaded: known material was not looked for.", class_="note")
    rows = [
        (
            join([foreign(used.name), tag("small", foreign(used.file)), _signed(used)]),
            str(used.kind),
            foreign(" ".join(used.algorithms)),
            _entries(used),
            f"{used.bad_lines:,}",
            code(used.sha256),
        )
        for used in sets
    ]
    heads = ("Hash set", "Kind", "Digests", "Entries", "Bad lines", "SHA-256")
    return table(heads, rows, numbers=(3, 4))


def _signed(used: HashSetUsed) -> Html:
    """Who signed it, as far as that was looked at."""
    said = {
        None: "",
        SetSignature.LISTED: f"signed by {used.signed_by}",
        SetSignature.UNLISTED: "signed by a key that is not on the list of signers",
        SetSignature.UNCHECKED: "signed; there was no list of signers to say by whom",
        SetSignature.NONE: "not signed",
    }[used.signature]
    return tag("small", foreign(said)) if said else Html("")


def _entries(used: HashSetUsed) -> str:
    return f"{used.entries:,}" + ("" if used.counted is None else f", {used.counted:,} count")


def _models(document: Document) -> Html:
    if not document.models:
        return Html("")
    rows = [
        (
            foreign(f"{model.name} {model.version}"),
            "" if model.threshold is None else f"{model.threshold:.3f}",
            join([foreign(model.licence), tag("small", foreign(model.origin))]),
            code(model.sha256),
        )
        for model in document.models
    ]
    return table(("Model", "Threshold", "Licence", "SHA-256"), rows, numbers=(1,))


def _word_lists(document: Document) -> Html:
    if not document.word_lists:
        return Html("")
    rows = [(foreign(w.name), f"{w.entries:,}", code(w.sha256)) for w in document.word_lists]
    return table(("Word list", "Entries", "SHA-256"), rows, numbers=(1,))


def _unread(document: Document) -> Html:
    rows = [
        (foreign(volume), f"{len(runs):,}", f"{sum(run.length for run in runs):,}")
        for volume, runs in document.unread.items()
    ]
    heads = ("Could not be read on", "Places", "Bytes")
    return table(heads, rows, numbers=(1, 2)) if rows else Html("")


def _errors(document: Document) -> Html:
    if not document.errors:
        return Html("")
    rows = [(foreign(t.where), foreign(t.what)) for t in document.errors[:_MOST_ERRORS]]
    return join([tag("h3", "What went wrong"), table(("Where", "What"), rows)])


def _profile(document: Document) -> Html:
    text = msgspec.json.format(msgspec.json.encode(document.profile.applied), indent=2)
    # Line feeds are ours; all that JSON lets through inside a line is made visible.
    return join(text.decode("utf-8").split("\n"), "\n")
