"""A kind of container, told by its first bytes, that may be encrypted."""

from tests.adding.recipes import Step, Toy

KINDS = "tests/containers/test_kinds.py"
SAMPLED = f"{KINDS}::test_there_is_a_sample_of_every_kind"
RECOGNISED = f"{KINDS}::test_it_is_recognised"
SIGNATURES = """\
    yield ContainerSignature(b"PEBBLEBOX\\0", "pebbles")
    yield ContainerSignature(b"PEBBLEBOX\\1", "pebbles", locked=True)
"""

TOY = Toy(
    recipe="A kind of container",
    name="pebbles",
    steps=(
        Step(
            file="triage/containers/kinds.py",
            added='"pebbles", ',
            before='"xar", "uuencoded",',
            noticed=(SAMPLED,),
        ),
        Step(
            file="triage/containers/signatures.py",
            added=SIGNATURES,
            before='    yield ContainerSignature(b"xar!\\0", "xar")',
            noticed=(RECOGNISED,),
        ),
        Step(
            file="tests/containers/making.py",
            added='"pebbles": [("a.pbl", b"PEBBLEBOX\\0" + TEXT)],\n        ',
            before='"uuencoded": [',
            noticed=(SAMPLED,),
        ),
    ),
    holds=(f"{KINDS}::test_the_beginning_says_what_the_whole_says",),
)
