"""Letters that look Latin. Made by `python -m tests.packs.confusables`: do not edit.

A part of Unicode's confusables.txt (version: 17.0.0, UTS #39),
Copyright © Unicode, Inc., under the Unicode License V3: https://www.unicode.org/license.txt
"""

LOOKS_LIKE = {
    "a": "\u0251\u0391\u03b1\u0410\u0430\u13aa\u15c5\ua4ee\uab7a\U000102a0\U00016f40",
    "aa": "\ua732\ua733",
    "ae": "\u04d4\u04d5",
    "ao": "\ua734\ua735",
    "au": "\ua736\ua737",
    "av": "\ua738\ua739\ua73a\ua73b",
    "ay": "\ua73c\ua73d",
    "b": (
        "\u0184\u0185\u0392\u0411\u0412\u042c\u0431\u0432\u044c\u0462\u0463\u048c"
        "\u048d\u13cf\u13f4\u13fc\u1472\u1473\u15af\u15f7\u2c82\u2c83\ua4d0\ua7b4"
        "\uab9f\U00010282\U000102a1\U00010301"
    ),
    "bl": "\u042b\u044b",
    "c": (
        "\u025b\u03b5\u0404\u0421\u0441\u0454\u04aa\u04ab\u0511\u1004\u105a\u13df"
        "\u2c88\u2c89\u2ca4\u2ca5\ua4da\uab9b\uabaf\U000102a2\U00010302\U00010415"
        "\U00010429\U0001043d\U0001051c\U000118ce"
    ),
    "d": "\u0189\u0501\u13a0\u13e7\u146f\u15de\u15ea\ua4d2\ua4d3\uab70\uabb7",
    "dz": "\u02a3\u02a5",
    "e": (
        "\u0395\u0415\u0435\u04bd\u04bf\u13ac\u2d39\ua4f0\uab32\uab7c\U00010286"
        "\U000118a6\U000118ae\U000118c6"
    ),
    "f": (
        "\u03dc\u03dd\u0584\u15b4\u1e9d\ua4dd\uab35\U00010287\U000102a5\U00010525"
        "\U000118a2\U000118c2"
    ),
    "fn": "\u02a9",
    "g": "\u018d\u0261\u050c\u050d\u0581\u13c0\u13f3\u13fb\ua4d6\uab90",
    "h": (
        "\u0397\u041d\u043d\u045b\u04a2\u04a3\u04bb\u04c7\u04c8\u04c9\u04ca\u0570"
        "\u13bb\u13c2\u13f2\u13fa\u157c\u2c8e\u2c8f\ua4e7\ua695\uab8b\uab92\U000102cf"
    ),
    "i": "\u0269\u03b9\u0456\u0582\u13a5\u1d7b\u1d7c\u2c93\ua647\uab75\U000118c3",
    "j": "\u037f\u03f3\u0408\u0458\u13ab\u148d\ua4d9\uab7b",
    "k": (
        "\u039a\u03ba\u041a\u043a\u049a\u049b\u049e\u049f\u13e6\u16d5\u2c94\u2c95"
        "\ua4d7\uabb6\U00010518"
    ),
    "l": (
        "\u0196\u01c0\u0399\u0406\u04c0\u04cf\u05d5\u05df\u0627\u0673\u07ca\u13de"
        "\u14aa\u16c1\u2c92\u2cd0\u2cd1\u2d4f\ua4e1\ua4f2\uabae\U0001028a\U00010309"
        "\U0001041b\U00010443\U00010526\U000118a3\U000118b2\U000118d2\U00016f16\U00016f28"
    ),
    "ll": "\u01c1\u05f0",
    "lo": "\u042e\u044e",
    "ls": "\u02aa",
    "lz": "\u02ab",
    "m": (
        "\u039c\u03bc\u03fa\u03fb\u041c\u043c\u04cd\u04ce\u13b7\u15f0\u16d6\u2c98"
        "\u2c99\ua4df\uab87\U000102b0\U00010311"
    ),
    "n": "\u014b\u039d\u03b7\u0572\u0578\u057c\u2c9a\u2c9b\ua4e0\U00010513",
    "o": (
        "\u0275\u0398\u039f\u03b8\u03bf\u03c3\u03ed\u041e\u043e\u0472\u0473\u04e8"
        "\u04e9\u0555\u0585\u05e1\u0647\u06be\u06c1\u06d5\u06ff\u0b20\u0d20\u101d"
        "\u10ff\u12d0\u13be\u13eb\u1d11\u2c90\u2c91\u2c9e\u2c9f\u2d31\u2d41\u2d54"
        "\ua4f3\uab3d\uab3e\uab74\uab8e\uabbb\U00010292\U000102ab\U00010404\U0001042c"
        "\U000104c2\U000104ea\U00010516\U000118b5\U000118c8\U000118d5\U000118d7"
    ),
    "oe": "\u0276",
    "oo": "\ua698\ua699\ua74e\ua74f",
    "p": (
        "\u01bf\u03a1\u03c1\u03f8\u0420\u0440\u13e2\u146d\u1d29\u2ca2\u2ca3\u2cce"
        "\u2ccf\ua4d1\uabb2\U00010295"
    ),
    "q": "\u051b\u0563\u0566\u1d90\u2d55",
    "r": (
        "\u01a6\u0433\u0493\u13a1\u13d2\u1587\u1d26\u2c85\ua4e3\uab47\uab48\uab71"
        "\uab81\uaba2\U000104b4\U000104dc\U00016f35"
    ),
    "rn": "\U00011700",
    "s": (
        "\u01bd\u0405\u0455\u054f\u057f\u0d1f\u13d5\u13da\ua4e2\uaba5\uabaa\U00010296"
        "\U00010420\U00010448\U000118c1\U00016f3a"
    ),
    "ss": "\u03b2\u13f0\u13f8\ua7b5\ua7d6\ua7d7",
    "t": (
        "\u03a4\u03c4\u0422\u0442\u04ac\u04ad\u13a2\u13bf\u2ca6\u2ca7\ua4d4\uab72"
        "\uab8f\U00010297\U000102b1\U00010315\U000118bc\U00016f0a"
    ),
    "tc": "\u02a8",
    "tf": "\ua777",
    "th": "\u03f7\U000104c4\U000104ec",
    "ts": "\u02a6",
    "u": (
        "\u0244\u0289\u03c5\u045f\u054d\u057d\u1200\u13cc\u144c\u1d7e\ua4f4\ua79f"
        "\uab9c\U000104ce\U000104f6\U000118b8\U000118d8\U00016f42"
    ),
    "ue": "\u1d6b",
    "uo": "\uab63",
    "v": (
        "\u03bd\u0474\u0475\u05d8\u13d9\u142f\u2d38\ua4e6\ua6df\uaba9\U0001051d"
        "\U00011706\U000118a0\U000118c0\U00016f08"
    ),
    "w": (
        "\u026f\u0448\u0461\u047d\u051c\u051d\u0561\u13b3\u13d4\u2cbd\ua4ea\ua761"
        "\uab83\uaba4\U000114c5\U0001170a\U0001170e\U0001170f"
    ),
    "x": (
        "\u03a7\u03c7\u0425\u0445\u04b2\u04b3\u1541\u157d\u16b7\u2cac\u2cad\u2d5d"
        "\ua4eb\ua7b3\uab53\U00010290\U000102b4\U00010317\U00010527"
    ),
    "y": (
        "\u0263\u03a5\u03b3\u0423\u0443\u04ae\u04af\u04b0\u04b1\u10e7\u13a9\u13bd"
        "\u2ca8\u2ca9\ua4ec\uab79\uab8d\U000102b2\U000118a4\U000118dc\U00016f43"
    ),
    "z": "\u0396\u03b6\u13c3\u2c8c\u2c8d\ua4dc\uab93\U000118a9\U000118c4\U000118c9",
}
"""By the letters that they look like."""
