"""Bech32, in which age spells its keys: `age1…` and `AGE-SECRET-KEY-1…`.

Source: BIP 173, without its limit of 90 characters, as age has it.
"""

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_LONGEST = 1000


def encode(prefix: str, data: bytes) -> str:
    """The text of these bytes, in lower case."""
    values = _regrouped(list(data), 8, 5, pad=True)
    rest = _polymod([*_expanded(prefix), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    check = [rest >> 5 * (5 - n) & 31 for n in range(6)]
    return f"{prefix}1" + "".join(_CHARSET[value] for value in [*values, *check])


def decode(text: str) -> tuple[str, bytes]:
    """The prefix, in lower case, and the bytes. Raises ValueError at anything that is none."""
    if len(text) > _LONGEST or text not in {text.lower(), text.upper()}:
        raise ValueError("not one spelling")
    prefix, found, rest = text.lower().rpartition("1")
    if not found or not prefix or len(rest) < 6 or not prefix.isascii():
        raise ValueError("no such text")
    values = [_CHARSET.index(letter) for letter in rest]
    if _polymod([*_expanded(prefix), *values]) != 1:
        raise ValueError("mistyped: its check does not fit")
    return prefix, bytes(_regrouped(values[:-6], 5, 8, pad=False))


def _expanded(prefix: str) -> list[int]:
    letters = prefix.encode("ascii")
    return [*(letter >> 5 for letter in letters), 0, *(letter & 31 for letter in letters)]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for n, generator in enumerate(_GENERATOR):
            check ^= generator if top >> n & 1 else 0
    return check


def _regrouped(values: list[int], have: int, want: int, *, pad: bool) -> list[int]:
    held = bits = 0
    made: list[int] = []
    for value in values:
        held = (held << have | value) & 0xFFFFFF
        bits += have
        while bits >= want:
            bits -= want
            made.append(held >> bits & (1 << want) - 1)
    rest = held & (1 << bits) - 1
    if pad and bits:
        made.append(rest << want - bits)
    elif not pad and (bits >= have or rest):
        raise ValueError("its end is not spelled so")
    return made
