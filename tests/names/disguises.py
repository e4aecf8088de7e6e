"""Names with a harmless word in disguise: what is found in them, and what is not.

Each row is what was done to the word, the word as a lab lists it, the name, and how the reason says
that it is written: `LISTED` if the name has it as it is listed, None if it is not found.
"""

# ruff: noqa: RUF001 - letters that look like others are what this is about

LISTED = ""

Row = tuple[str, str, str, str | None]

IN_THE_FIELD: tuple[Row, ...] = (
    ("plain", "holiday", "holiday.jpg", LISTED),
    ("upper", "holiday", "HOLIDAY.JPG", LISTED),
    ("digits round it", "holiday", "2holiday3.jpg", LISTED),
    ("camelCase", "holiday", "MyHolidayPics.jpg", LISTED),
    ("full width", "holiday", "ｈｏｌｉｄａｙ.jpg", LISTED),
    ("mathematical script", "holiday", "𝓱𝓸𝓵𝓲𝓭𝓪𝔂.jpg", LISTED),
    ("circled", "holiday", "ⓗⓞⓛⓘⓓⓐⓨ.jpg", LISTED),
    ("a Cyrillic letter", "holiday", "h\u043eliday.jpg", "h\u043eliday"),
    ("a Greek letter", "holiday", "h\u03bfliday.jpg", "h\u03bfliday"),
    ("small capitals", "holiday", "ʜᴏʟɪᴅᴀʏ.jpg", "ʜᴏʟɪᴅᴀʏ"),
    ("two digits", "holiday", "h0l1day.jpg", "h0l1day"),
    ("digits and a sign", "holiday", "h0l!d4y.jpg", "h0l!d4y"),
    ("dots", "holiday", "h.o.l.i.d.a.y.jpg", "h.o.l.i.d.a.y"),
    ("spaces", "holiday", "h o l i d a y.jpg", "h o l i d a y"),
    ("underscores", "holiday", "h_o_l_i_d_a_y.jpg", "h_o_l_i_d_a_y"),
    ("a doubled letter", "holiday", "hooliday.jpg", None),
    ("struck through", "holiday", "h̶o̶l̶i̶d̶a̶y̶.jpg", "h̶o̶l̶i̶d̶a̶y̶"),
    ("accents", "holiday", "hólíday.jpg", "hólíday"),
    ("a space without width", "holiday", "ho\u200bliday.jpg", LISTED),
    ("a soft hyphen", "holiday", "holi\xadday.jpg", LISTED),
    ("right to left", "holiday", "\u202eyadiloh.jpg", "yadiloh"),
    ("right to left, with the ending", "holiday", "pic\u202egpj.yadiloh.exe", "yadiloh"),
    ("a Hangul filler", "holiday", "holi\u3164day.jpg", "holi\u3164day"),
    ("a hard space", "my trip", "my\xa0trip.jpg", LISTED),
    ("percent after it", "holiday", "holiday%20pics.jpg", LISTED),
    ("percent inside", "holiday", "h%6Fliday.jpg", "h%6Fliday"),
    ("an entity of HTML", "holiday", "h&#111;liday.jpg", "h&#111;liday"),
    ("signs after it", "holiday", "holiday!!!.jpg", LISTED),
    ("an apostrophe", "holiday", "holiday's.jpg", LISTED),
    ("a hyphen inside", "holiday", "holi-day.jpg", None),
    ("a dot between words", "my trip", "my.trip.jpg", LISTED),
    ("underscores between words", "my trip", "my__trip.jpg", LISTED),
    ("a dash between words", "my trip", "my–trip.jpg", "my–trip"),
    ("a comma between words", "my trip", "my,trip.jpg", LISTED),
    ("a folder between words", "my trip", "my/trip.jpg", None),
    ("a short name of DOS", "holida*", "HOLIDA~1.JPG", LISTED),
    ("Cyrillic capitals", "большой", "БОЛЬШОЙ.jpg", LISTED),
    ("й taken apart", "большой", "большой.jpg", LISTED),
    ("е for ё", "ёлка", "елка.jpg", "елка"),
    ("a Latin letter in Cyrillic", "тест", "тeст.jpg", "тeст"),
    ("Latin letters in Cyrillic", "большой", "бoльшoй.jpg", "бoльшoй"),
    ("Arabic", "عطلة", "عطلة.jpg", LISTED),
    ("Arabic drawn out", "عطلة", "عـطـلـة.jpg", "عـطـلـة"),
    ("Arabic with its vowels", "عطلة", "عُطْلَة.jpg", "عُطْلَة"),
    ("ه for ة", "عطلة", "عطله.jpg", "عطله"),
    ("Arabic as it is drawn", "عطلة", "ﻋﻄﻠﺔ.jpg", LISTED),
    ("Hebrew with its points", "כלב", "כֶּלֶב.jpg", "כֶּלֶב"),
    ("a heart without its selector", "❤️", "❤.jpg", "❤"),
    ("a heart with its selector", "❤️", "❤️.jpg", LISTED),
    ("a heart between letters", "❤️", "x❤️x.jpg", LISTED),
    ("an emoji twice", "🍎", "🍎🍎.jpg", LISTED),
    ("SS for ß", "straße", "STRASSE.jpg", LISTED),
    ("I for İ", "İstanbul", "ISTANBUL.jpg", "ISTANBUL"),
    ("i for İ", "İstanbul", "istanbul.jpg", "istanbul"),
    ("İ for i", "İstanbul", "İSTANBUL.jpg", LISTED),
    ("ue for ü", "müll", "muell.jpg", "muell"),
    ("UTF-8 taken for Western", "müll", "mÃ¼ll.jpg", "mÃ¼ll"),
    ("no accent", "café", "cafe.jpg", "cafe"),
    ("an accent apart", "café", "cafe\u0301.jpg", LISTED),
    ("Katakana for Hiragana", "ひまわり", "ヒマワリ.jpg", "ヒマワリ"),
    ("half width", "ひまわり", "ﾋﾏﾜﾘ.jpg", "ﾋﾏﾜﾘ"),
    ("in a compound", "写真", "私の写真集.jpg", LISTED),
    ("far down", "holiday", "x/" * 100 + "holiday.jpg", LISTED),
    ("at a long name's end", "holiday", "a" * 200 + " holiday.jpg", LISTED),
    ("Cyrillic taken for Western", "большой", "áîëüøîé.jpg", "áîëüøîé"),
)
"""As public bug reports and suspects' habits have them; the two that follow are no disguises."""

NO_DISGUISES: tuple[Row, ...] = (
    ("a longer word", "holiday", "holidays.jpg", None),
    ("glued to another", "holiday", "summerholiday.jpg", None),
    ("glued words", "my trip", "mytrip.jpg", None),
    ("another word", "müll", "mull.jpg", None),
)
