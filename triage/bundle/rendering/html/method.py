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
from triage.bundle.rendering.html import words
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
from triage.bundle.rendering.html.speaking import Say
from triage.languages import Language
from triage.profile import SetSignature

_MOST_ERRORS = 200


def section_of(say: Say, document: Document) -> Html:
    """Tool, profile, hash sets, models, word lists, and what went wrong."""
    tool, used = document.tool, document.profile
    parts = [
        facts(
            (
                (say("Tool"), foreign(f"{tool.name} {tool.version}")),
                (
                    say("Parts"),
                    foreign(", ".join(f"{n} {v}" for n, v in sorted(tool.parts.items()))),
                ),
                (say("Profile"), foreign(f"{used.applied.name}: {used.applied.description}")),
                (say("Profile's SHA-256"), code(used.sha256)),
                (say("Readers confined by"), _confinement(say, document.sandbox)),
                *((say("Resumed"), _resumed(say, each)) for each in document.resumed),
            )
        ),
        _hash_sets(say, document.hash_sets),
        _models(say, document),
        _word_lists(say, document),
        _unread(say, document),
        _errors(say, document),
        _noted_in_english(say),
        tag("h3", say("Profile as applied")),
        tag("pre", _profile(document), class_="profile", tabindex="0"),
    ]
    return section(say("How it was done"), *parts, id_="method")


def _confinement(say: Say, on: tuple[str, ...]) -> Html:
    """Each layer that there is: on in all workers, or missing in some."""
    missing = [each for each in SANDBOX_LAYERS if not any(name.startswith(each) for name in on)]
    said = [foreign(", ".join(on))] if on else []
    if missing:
        said.append(tag("span", say("missing: {names}", names=", ".join(missing)), class_="alert"))
    return join(said, " ")


def signature(say: Say, document: Document) -> Html:
    """Who signed, what that is worth, and the commands that check it."""
    signer = document.signer
    if signer is None:
        return section(say("Signature"), tag("p", say("Not signed.")), id_="signature")
    if signer.kind is SignerKind.FRESH:
        worth = say(
            "Signed with a key made for this scan alone; its private half was destroyed after "
            "signing. By itself that shows only that nothing changed since. Write the fingerprint "
            "into the paper record now: it ties this bundle to this search."
        )
    else:
        worth = say(
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
        say("Signature"),
        tag("p", code(signer.fingerprint), class_="fingerprint"),
        tag("p", worth),
        facts(
            (
                (say("Public key"), code(signer.public_key)),
                (say("Comment"), foreign(signer.comment)),
            )
        ),
        tag("p", say("To check it, inside the bundle's folder:")),
        tag("pre", join(commands, "\n"), tabindex="0"),
        id_="signature",
    )


def _resumed(say: Say, each: Resumption) -> Html:
    carried = "{n} entry carried over from {bundle}|{n} entries carried over from {bundle}"
    said = [say(carried, n=each.carried_entries, bundle=foreign(each.bundle))]
    if each.dropped_lines:
        said.append(say(
            "{n} that was not certain was looked at again|"
            "{n} that were not certain were looked at again", n=each.dropped_lines
        ))  # fmt: skip
    if each.may_be_cut_short:
        said.append(say("what may have been cut off its end was looked at again"))
    why = each.integrity.why
    proven = [say("Integrity: not proven"), ": ", say.noted(why)] if why else [
        say("Integrity: proven")]  # fmt: skip
    who = f" ({each.principal})" if each.principal else ""
    if each.signer:
        proven += [", ", say("by {signer}", signer=foreign(f"{each.signer}{who}"))]
    return join([words.moment(each.at), ", ", join(said, "; "), ". ", *proven])


def _noted_in_english(say: Say) -> Html:
    """Who reads another language is told why not all is in it."""
    if say.language is Language.ENGLISH:
        return Html("")
    said = (
        "What seek noted of single files while it searched is in English, as findings.json has it."
    )
    return tag("p", say(said), class_="note")


def _hash_sets(say: Say, sets: tuple[HashSetUsed, ...]) -> Html:
    if not sets:
        return tag(
            "p", say("No hash set was loaded: known material was not looked for."), class_="note"
        )
    rows = [
        (
            join([foreign(used.name), tag("small", foreign(used.file)), _signed(say, used)]),
            say(words.SET_KINDS[used.kind]),
            foreign(" ".join(used.algorithms)),
            _entries(say, used),
            say.number(used.bad_lines),
            code(used.sha256),
        )
        for used in sets
    ]
    heads = (
        say("Hash set"), say("Kind"), say("Digests"), say("Entries"), say("Bad lines"), "SHA-256",
    )  # fmt: skip
    return table(heads, rows, numbers=(3, 4))


def _signed(say: Say, used: HashSetUsed) -> Html:
    """Who signed it, as far as that was looked at."""
    said = {
        None: Html(""),
        SetSignature.LISTED: say("signed by {who}", who=foreign(used.signed_by)),
        SetSignature.UNLISTED: say("signed by a key that is not on the list of signers"),
        SetSignature.UNCHECKED: say("signed; there was no list of signers to say by whom"),
        SetSignature.NONE: say("not signed"),
    }[used.signature]
    return tag("small", said) if said else Html("")


def _entries(say: Say, used: HashSetUsed) -> str:
    if used.counted is None:
        return say.number(used.entries)
    counted = say("{n} counts|{n} count", n=used.counted)
    return join([say.number(used.entries), counted], ", ")


def _models(say: Say, document: Document) -> Html:
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
    return table((say("Model"), say("Threshold"), say("Licence"), "SHA-256"), rows, numbers=(1,))


def _word_lists(say: Say, document: Document) -> Html:
    if not document.word_lists:
        return Html("")
    rows = [(foreign(w.name), say.number(w.entries), code(w.sha256)) for w in document.word_lists]
    return table((say("Word list"), say("Entries"), "SHA-256"), rows, numbers=(1,))


def _unread(say: Say, document: Document) -> Html:
    rows = [
        (foreign(volume), say.number(len(runs)), say.number(sum(run.length for run in runs)))
        for volume, runs in document.unread.items()
    ]
    heads = (say("Could not be read on"), say("Places"), say("Bytes"))
    return table(heads, rows, numbers=(1, 2)) if rows else Html("")


def _errors(say: Say, document: Document) -> Html:
    if not document.errors:
        return Html("")
    rows = [(foreign(t.where), say.noted(t.what)) for t in document.errors[:_MOST_ERRORS]]
    return join([tag("h3", say("What went wrong")), table((say("Where"), say("What")), rows)])


def _profile(document: Document) -> Html:
    text = msgspec.json.format(msgspec.json.encode(document.profile.applied), indent=2)
    # Line feeds are ours; all that JSON lets through inside a line is made visible.
    return join(text.decode("utf-8").split("\n"), "\n")
