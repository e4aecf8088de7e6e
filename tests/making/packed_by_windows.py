"""Files as Windows packs them (WOF): a small packer by XPRESS, and units made by LZX."""

import base64
import random
import struct
from collections.abc import Sequence

from tests.making import ntfs

STREAM, TAG = "WofCompressedData", 0x80000017
UNITS = (4096, 32768, 8192, 16384)
"""Bytes, by algorithm: XPRESS but for 1, which is LZX."""
LETTERS = b"etaoin shrdlcum."
"""What `text` is made of: 16 letters of four bits each."""


def text(size: int, seed: int = 1) -> bytes:
    """Letters of LETTERS."""
    return bytes(random.Random(seed).choices(LETTERS, k=size))


def xpress(plain: bytes) -> bytes:
    """Packed by XPRESS with Huffman codes, literals of LETTERS alone: "[MS-XCA]", section 2.2."""
    ordered = sorted(LETTERS)
    table = bytearray(256)
    for letter in ordered:
        table[letter // 2] |= 4 << 4 * (letter % 2)
    bits = "".join(f"{ordered.index(letter):04b}" for letter in plain)
    bits += "0" * (-len(bits) % 16 + 32)
    words = (int(bits[at : at + 16], 2) for at in range(0, len(bits), 16))
    return bytes(table) + b"".join(struct.pack("<H", word) for word in words)


def stream(units: Sequence[bytes], *, wide: bool = False) -> bytes:
    """The stream that holds these packed units."""
    places = [sum(map(len, units[:number])) for number in range(1, len(units))]
    return struct.pack(f"<{len(places)}{'Q' if wide else 'I'}", *places) + b"".join(units)


def packed(plain: bytes, unit: int) -> bytes:
    """The stream of a file: a unit that is no text is left as it is."""
    units = []
    for at in range(0, len(plain), unit):
        piece = plain[at : at + unit]
        small = xpress(piece) if set(piece) <= set(LETTERS) else piece
        units.append(small if len(small) < len(piece) else piece)
    return stream(units)


def point(algorithm: int, *, version: int = 1, provider: int = 2, own_version: int = 1) -> bytes:
    """What the reparse point of a packed file says behind its tag."""
    return struct.pack("<IIII", version, provider, own_version, algorithm)


def put(volume: ntfs.Filling, path: str, size: int, held: bytes, says: bytes) -> None:
    """A packed file of `size` bytes; `held`: its stream, `says`: its reparse point."""
    volume.file(path, b"x", hole=size - 1, streams={STREAM: held})
    volume.reparse(path, TAG, says)


def _words(seed: int, size: int) -> bytes:
    chance = random.Random(seed)
    words = [chance.randbytes(chance.randrange(2, 9)) for _ in range(40)]
    words += [b"\xe8" + chance.randbytes(2) + b"\0\0" for _ in range(6)]
    made = b""
    while len(made) < size:
        made += chance.choice(words)
    return made[:size]


def _records(seed: int, size: int) -> bytes:
    chance = random.Random(seed)
    records = [chance.randbytes(8) for _ in range(60)]
    made = b""
    while len(made) < size:
        made += chance.choice(records)
    return made[:size]


LZX: dict[str, tuple[bytes, bytes]] = {
    "calls": (
        base64.b85decode(
            "I3NH*001KbP*6|+rd}mja6lK==t}y@N+|OcvEac_Vo{Vq2+4^?0YUJYnIRfNQpm#4BDPRzg@mCT&XEjd2*SdVjcrfk&yqiD1=R!v"
            "06+i$YytoPtq9=6yK(~FIJF#3ZzZ(KZAzvUv3$RZLXy3SNdEwU000003;;sFv);b%YWkN_tK=Nr;X+>=ShEjJh`=*R_4NNqCp?>2"
            "ZANz^crylm4IaxT!}Tzb$%xoJR~vb5OCr!|RHqiA#R5&85ew5Vt}Od0jP`R-41hq>m`BL_bG*%GL?bWf;stSEo1-"
            "}ZP$_BXXX5f>yQ?*8|K%ot*o5*%zW2Dk{<u8==C4FL6LE(7FqU%y?B8{$AMSbIoBwP0q!^`CwHMUHzd29sB-"
            "*cy$fk~5Gdd1aX?v`%829r`1i*gBUcvx?aDvu4eKv?5aZSXxxg80huP!cPRc6x@@JsEk=*8ab1(*+VG=|9m?^Cyvggza&jYI@euX"
            "V3;`@knH?*^d`{l9T60S71Z@WC!n)_hp`v<E(GmkD?HfOBpc!Pq>5S<4oYa>F+3rgAfeW)a1{U9_QYyg-2Wt`?<{N-"
            "1M_Aut7Wi4S4^UdGbsNyAmio^Sw;+?Z#42fc`0@FtgVr+*qxQ*OVDlTvT2!W0bn4uzeiY?MJjjW|DJG?}eZ;GqDgUBy_)$8F?4df"
            "4stVklt!+(7`H?<q8#@2UG!(tl#S#n<DpGY%o!e8JU^HY{L}>yGK`LdPfIfN0|{K8=!qYmar7QVo*xkd1h-B|*iN000"
        ),
        _words(0, 900),
    ),
    "call in the tail": (
        base64.b85decode(
            "5+DG<001%oa92P8*>A#pZA@rmEX>b~t7eRXuf{MNe8`*8hg)VCnQdu^HDk~|aiJ32xa5gs^6FBNu2dum|3noR1Q!4Z000F5007Vc"
            "=08S;CPs=bU{qmJ|5MEW0AK(B00000Ax1N<zV9LW*xsu`UOr*Z^(MhmKBF<R<oR&*54yxb^(Cj(Iwm>3_W>br{^VCPt?@lC&uS8Q"
            "8e5%4cG@@q1}!Bl#csqNCq5<%hdIC3a%5?@O`f~r*3{7Us@y~^`;pGfm|5sv^blf%$?gyPX!n!5F?m13j$yr<shCvxz^jtd3OA`a"
            "YEcWCml^6@i2)Wuj(`|V0sdZSKKSuPXLJyV$4cIuMv?+ex=7(d(P*_k^v?t+Y5DUgu+0"
        ),
        _words(35, 300),
    ),
    "refused": (
        base64.b85decode(
            "5+DG<001KZcUM3F%72O1LU1F)p+7^B5XKwD(u1&6DYy*%k-TLRq6k-"
            "9QU>Ws9d3@R6ptae#TL()t9T59rqAtR`LIC70000003Zec>S3k8ur&%3CSYI$Q!4)}Q2zjc00000004&o|NlGxq;9wpXaK)_%Wb2"
            "7)|LL{|E>*07M}Wi|K1|A#K@Nb1*A7JhqntRy|w!jV@o&6EmLz$;xQz{Ln&zv^juAVryU-LI=Q9zb56|`?fNXffa9lSr44S6Hhet"
            "N{@*Tr47iTR$<KiDy;@rg;I%ZW+Fc|{NBjW1E6x*Eapv@DuHn|ZS8r49An|i5#=hRYdoX3#d$qb9hZYcLVj-"
            "5ai8EB?Zd4nxN5uRAPWFXLzKpNj1Wf"
        ),
        _words(16, 300),
    ),
    "aligned": (
        base64.b85decode(
            "OF#$$0{{R30ssIa001`tQ7Y;ba1ybwFF8v`EM}&Wj17k90v9&qo5CEzi!QE90w)eI!!{HFDnx+`lg+dNr6GsQBx4ioBswgxc35Ns"
            "OEM%y0AK(BGXwxI6aa7mclcM=2S-OosG#uh74%-"
            "=f)xLs01yBG000005CN2h@B53s%yo)S?!SoPX}~bDvOQlpiv$o}?v<u%89As17klcO_v-"
            "UemNj_DvNr@M&g3;&M`PG5+=`#LBY`y{8<<W9eR7CCFQmBCnu$7hL-zGJq()=e8x)FT<ikj$&%UxPlGd_OADsl_W)ijrcxAA?C91"
            ";rp8N*NwVFypQRe#>W>)Jsk9+S@B-femKQyY;<ImLXgDg|QYImpd?6LoGYOt!>H$k!gCtXCebfm$RJJNSob{pI5jH;CoZO<4-"
            "6UM_;Wv*E03Kp@zBg3Fc#omD6=1<7fi+Lj5_yx|R$eT(;_2qTuN9EQI7-"
            "8h;^p8{V={A<;hE8@ClkD_fM9v)TvfZOHz{Z0zY_B={maYBNa4FuW4|7Lzs!i<kO?6gC)7e53K_Yw9M}$5PNx=IWb<)if1X}<8S}"
            "h-"
            "9QC=Hj2AA35#VfSX9|A>TKl_!t_+$EE21!GKZ^&;7N~)*0m;6HBC+sYPY;y=PP^T4eD~36=Y;}~$fv}vy!!>k%j54pMH&tp8wRh*"
            "<Qi^eBg6l9s_A5XVy5OQa@vdCAaGBe-y{Z~cl)?yM;%l4=AKzu$Ku~bNX`|Wm^VV3W!Qg$M-"
            "wjYg|35b@yx@ENX=$j8=%&{t@SFOB!zVxdh3VST!xXT@tg~FaW(80|2-5Vx!^Sbp@950_2NR&*"
        ),
        _records(40, 1200),
    ),
}
"""Packed by wimlib 1.13.6, and what that was: code with calls; a call in the
last bytes, which stays as it is, and codes that libfwnt does not take; aligned distances."""
