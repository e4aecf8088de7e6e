"""The end of a scan in words: what was found, what was not looked at, what to do now."""

from cli import console
from cli.all_clear import not_all_seen
from triage.bundle import shown as words
from triage.scan.events import Sealed


def show_verdict(sealed: Sealed) -> None:
    """Print it; readable without colour."""
    out = console.out
    out.print()
    if sealed.findings:
        first = words.duration(sealed.first_finding_seconds or 0.0)
        found = words.count(sealed.findings, "FINDING", "FINDINGS")
        out.print(f"[bold white on red] {found} [/]{_to_look_at(sealed)}  the first after {first}")
    elif not_all_seen(
        partial=bool(sealed.partial),
        unreadable_volumes=sealed.unreadable_volumes,
        unreadable_entries=sealed.unreadable_entries,
        troubles=sealed.troubles,
    ):
        out.print("[bold black on yellow] NO FINDINGS, BUT NOT ALL COULD BE LOOKED AT [/]")
    else:
        out.print("[bold] No findings. [/] That is not proof that there is nothing.")
    for line in _not_seen(sealed):
        out.print(f"  {line}")
    out.print(f"Took {words.duration(sealed.seconds)}. Triage is not proof: the lab decides.")
    out.print()
    out.print(f"Bundle   {console.untrusted(sealed.bundle)}")
    if sealed.continues:
        earlier = console.untrusted(sealed.continues)
        out.print("         This one counts. All that the earlier one holds is in it:")
        out.print(f"         {earlier}")
    out.print(f"Signed   {sealed.signer}")
    if sealed.key_made_for_scan:
        out.print("         by a key made for this scan alone: write it into the paper record.")
    out.print(f"Check    seek verify {console.untrusted(sealed.bundle)}")


def _to_look_at(sealed: Sealed) -> str:
    """How many are left where copies are looked at once."""
    if sealed.to_look_at == sealed.findings:
        return ""
    return f"  {sealed.to_look_at:,} to look at, the others show the same;"


def _not_seen(sealed: Sealed) -> list[str]:
    lines = []
    if sealed.partial:
        not_reached = words.count(sealed.not_reached_entries, "entry", "entries")
        lines.append(f"[bold yellow]NOT FINISHED[/] ({sealed.partial}): {not_reached} not reached.")
    if sealed.unreadable_volumes:
        volumes = words.count(sealed.unreadable_volumes, "volume")
        lines.append(
            f"[bold yellow]{volumes} could not be looked into[/] (encrypted, damaged or unknown)."
        )
    if sealed.troubles:
        troubles = words.count(sealed.troubles, "thing")
        lines.append(f"[bold yellow]{troubles} went wrong or was cut short[/]: see the report.")
    if sealed.unreadable_entries:
        entries = words.count(sealed.unreadable_entries, "entry", "entries")
        lines.append(f"{entries} could not be read or decoded.")
    lines.append("Space outside files was not looked at.")
    return lines
