"""How a scan ended, in words: the same on every surface, in every language of the guide.

Of ours the languages alone are imported: the guide on the stick starts without the engine. Keys are
the values of `ending.How` and `ending.Reason`; a test holds that every language has them all.
"""

from triage.languages import Wording, by_language, number

SAID_ONLY = frozenset({"left_out", "known", "outside_files", "no_files"})
"""Reasons that do not colour: every scan has them, or the profile wants them."""

UNCOUNTED = frozenset({"no_hash_set", "outside_files"})
"""Reasons that a number would not make clearer."""

NOT_SEEN = by_language(
    {
        "not_reached": Wording(
            en="files not reached",
            es="archivos no alcanzados",
            pt="ficheiros não alcançados",
            de="nicht erreichte Dateien",
            fr="fichiers non atteints",
            it="file non raggiunti",
            nl="niet bereikte bestanden",
            pl="pliki, do których nie doszło",
        ),
        "survey_unfinished": Wording(
            en="volumes not listed to the end",
            es="volúmenes sin listar hasta el final",
            pt="volumes não listados até ao fim",
            de="nicht bis zum Ende aufgelistete Volumes",
            fr="volumes non listés jusqu'au bout",
            it="volumi non elencati fino in fondo",
            nl="volumes die niet tot het einde zijn opgesomd",
            pl="woluminy niewyliczone do końca",
        ),
        "device_not_listed": Wording(
            en="devices whose volumes could not be listed",
            es="dispositivos cuyos volúmenes no se pudieron listar",
            pt="dispositivos cujos volumes não se puderam listar",
            de="Datenträger, deren Volumes nicht aufgelistet werden konnten",
            fr="supports dont les volumes n'ont pas pu être listés",
            it="dispositivi i cui volumi non si sono potuti elencare",
            nl="gegevensdragers met volumes die niet konden worden opgesomd",
            pl="nośniki, których woluminów nie dało się wyliczyć",
        ),
        "device_gone": Wording(
            en="devices that disappeared meanwhile",
            es="dispositivos que desaparecieron entretanto",
            pt="dispositivos que entretanto desapareceram",
            de="währenddessen verschwundene Datenträger",
            fr="supports disparus entre-temps",
            it="dispositivi scomparsi nel frattempo",
            nl="gegevensdragers die intussen verdwenen",
            pl="nośniki, które w międzyczasie zniknęły",
        ),
        "volume_encrypted": Wording(
            en="ENCRYPTED volumes, not looked into",
            es="volúmenes CIFRADOS, sin examinar",
            pt="volumes CIFRADOS, não examinados",
            de="VERSCHLÜSSELTE Volumes, nicht geprüft",
            fr="volumes CHIFFRÉS, non examinés",
            it="volumi CIFRATI, non esaminati",
            nl="VERSLEUTELDE volumes, niet bekeken",
            pl="ZASZYFROWANE woluminy, niesprawdzone",
        ),
        "volume_unsupported": Wording(
            en="volumes that this version cannot read",
            es="volúmenes que esta versión no sabe leer",
            pt="volumes que esta versão não sabe ler",
            de="Volumes, die diese Version nicht lesen kann",
            fr="volumes que cette version ne sait pas lire",
            it="volumi che questa versione non sa leggere",
            nl="volumes die deze versie niet kan lezen",
            pl="woluminy, których ta wersja nie potrafi odczytać",
        ),
        "volume_damaged": Wording(
            en="damaged volumes, not looked into",
            es="volúmenes dañados, sin examinar",
            pt="volumes danificados, não examinados",
            de="beschädigte Volumes, nicht geprüft",
            fr="volumes endommagés, non examinés",
            it="volumi danneggiati, non esaminati",
            nl="beschadigde volumes, niet bekeken",
            pl="uszkodzone woluminy, niesprawdzone",
        ),
        "volume_unrecognised": Wording(
            en="volumes of no known kind: noise, wiped or hidden",
            es="volúmenes de tipo desconocido: ruido, borrados u ocultos",
            pt="volumes de tipo desconhecido: ruído, apagados ou ocultos",
            de="Volumes unbekannter Art: Rauschen, gelöscht oder versteckt",
            fr="volumes de type inconnu : bruit, effacés ou cachés",
            it="volumi di tipo ignoto: rumore, cancellati o nascosti",
            nl="volumes van onbekende soort: ruis, gewist of verborgen",
            pl="woluminy nieznanego rodzaju: szum, wymazane lub ukryte",
        ),
        "volume_in_part": Wording(
            en="volumes that hold more than could be read",
            es="volúmenes que contienen más de lo que se pudo leer",
            pt="volumes que contêm mais do que se pôde ler",
            de="Volumes, die mehr enthalten, als gelesen werden konnte",
            fr="volumes contenant plus que ce qui a pu être lu",
            it="volumi che contengono più di quanto si sia potuto leggere",
            nl="volumes die meer bevatten dan gelezen kon worden",
            pl="woluminy, w których jest więcej, niż dało się odczytać",
        ),
        "unclaimed_content": Wording(
            en="places in no volume that hold something",
            es="zonas fuera de todo volumen que contienen algo",
            pt="zonas fora de qualquer volume que contêm algo",
            de="Stellen außerhalb aller Volumes, die etwas enthalten",
            fr="zones hors de tout volume contenant quelque chose",
            it="zone fuori da ogni volume che contengono qualcosa",
            nl="plaatsen buiten elk volume die iets bevatten",
            pl="miejsca poza woluminami, które coś zawierają",
        ),
        "no_hash_set": Wording(
            en="NO NOTABLE HASH SET: known material is not recognised",
            es="SIN CONJUNTO NOTABLE: no se reconoce lo conocido",
            pt="SEM CONJUNTO NOTÁVEL: o conhecido não é reconhecido",
            de="KEIN HASHSET: Bekanntes Material wird nicht erkannt",
            fr="AUCUN JEU D'EMPREINTES : les contenus connus ne sont pas reconnus",
            it="NESSUN INSIEME DI HASH: il materiale noto non è riconosciuto",
            nl="GEEN HASHSET: bekend materiaal wordt niet herkend",
            pl="BRAK ZBIORU SKRÓTÓW: znane materiały nie są rozpoznawane",
        ),
        "set_left_out": Wording(
            en="hash sets that could not be used",
            es="conjuntos de hashes que no se pudieron usar",
            pt="conjuntos de hashes que não se puderam usar",
            de="Hashsets, die nicht benutzt werden konnten",
            fr="jeux d'empreintes inutilisables",
            it="insiemi di hash che non si sono potuti usare",
            nl="hashsets die niet konden worden gebruikt",
            pl="zbiory skrótów, których nie dało się użyć",
        ),
        "set_in_part": Wording(
            en="hash sets with lines that were not understood",
            es="conjuntos de hashes con líneas no entendidas",
            pt="conjuntos de hashes com linhas não entendidas",
            de="Hashsets mit Zeilen, die nicht verstanden wurden",
            fr="jeux d'empreintes avec des lignes non comprises",
            it="insiemi di hash con righe non comprese",
            nl="hashsets met regels die niet werden begrepen",
            pl="zbiory skrótów z niezrozumiałymi wierszami",
        ),
        "set_expired": Wording(
            en="hash sets that have expired",
            es="conjuntos de hashes caducados",
            pt="conjuntos de hashes caducados",
            de="abgelaufene Hashsets",
            fr="jeux d'empreintes périmés",
            it="insiemi di hash scaduti",
            nl="verlopen hashsets",
            pl="przeterminowane zbiory skrótów",
        ),
        "set_altered": Wording(
            en="hash sets found ALTERED, not all compared with them",
            es="conjuntos de hashes ALTERADOS, comparación incompleta",
            pt="conjuntos de hashes ALTERADOS, comparação incompleta",
            de="VERÄNDERTE Hashsets, nicht alles damit verglichen",
            fr="jeux d'empreintes ALTÉRÉS, comparaison incomplète",
            it="insiemi di hash ALTERATI, confronto incompleto",
            nl="GEWIJZIGDE hashsets, niet alles ermee vergeleken",
            pl="ZMIENIONE zbiory skrótów, porównanie niepełne",
        ),
        "detector_left_out": Wording(
            en="parts of the search that do not run on this machine",
            es="partes de la búsqueda que no funcionan en este equipo",
            pt="partes da busca que não funcionam nesta máquina",
            de="Teile der Suche, die auf diesem Rechner nicht laufen",
            fr="parties de la recherche qui ne tournent pas sur cette machine",
            it="parti della ricerca che non funzionano su questa macchina",
            nl="delen van de zoekactie die op deze computer niet werken",
            pl="części szukania, które nie działają na tym komputerze",
        ),
        "entry_encrypted": Wording(
            en="encrypted files",
            es="archivos cifrados",
            pt="ficheiros cifrados",
            de="verschlüsselte Dateien",
            fr="fichiers chiffrés",
            it="file cifrati",
            nl="versleutelde bestanden",
            pl="zaszyfrowane pliki",
        ),
        "entry_elsewhere": Wording(
            en="files whose content is not on this device or not readable",
            es="archivos cuyo contenido no está aquí o no se puede leer",
            pt="ficheiros cujo conteúdo não está aqui ou não é legível",
            de="Dateien, deren Inhalt nicht hier oder nicht lesbar ist",
            fr="fichiers dont le contenu n'est pas ici ou pas lisible",
            it="file il cui contenuto non è qui o non è leggibile",
            nl="bestanden waarvan de inhoud niet hier of niet leesbaar is",
            pl="pliki, których zawartości tu nie ma lub jest nieczytelna",
        ),
        "entry_unreadable": Wording(
            en="files that could not be read or decoded",
            es="archivos que no se pudieron leer o descodificar",
            pt="ficheiros que não se puderam ler ou descodificar",
            de="Dateien, die nicht gelesen oder dekodiert werden konnten",
            fr="fichiers qui n'ont pas pu être lus ou décodés",
            it="file che non si sono potuti leggere o decodificare",
            nl="bestanden die niet konden worden gelezen of gedecodeerd",
            pl="pliki, których nie dało się odczytać lub zdekodować",
        ),
        "container_encrypted": Wording(
            en="ENCRYPTED archives and documents, not looked into",
            es="archivos comprimidos y documentos CIFRADOS, sin abrir",
            pt="arquivos e documentos CIFRADOS, por abrir",
            de="VERSCHLÜSSELTE Archive und Dokumente, nicht geöffnet",
            fr="archives et documents CHIFFRÉS, non ouverts",
            it="archivi e documenti CIFRATI, non aperti",
            nl="VERSLEUTELDE archieven en documenten, niet geopend",
            pl="ZASZYFROWANE archiwa i dokumenty, nieotwarte",
        ),
        "container_unopened": Wording(
            en="archives, documents and mail, not looked into",
            es="archivos comprimidos, documentos y correo, sin abrir",
            pt="arquivos, documentos e correio, por abrir",
            de="Archive, Dokumente und E-Mail, nicht geöffnet",
            fr="archives, documents et courrier, non ouverts",
            it="archivi, documenti e posta, non aperti",
            nl="archieven, documenten en e-mail, niet geopend",
            pl="archiwa, dokumenty i poczta, nieotwarte",
        ),
        "picture_undecoded": Wording(
            en="pictures of a kind that is not decoded",
            es="imágenes de un tipo que no se descodifica",
            pt="imagens de um tipo que não se descodifica",
            de="Bilder einer Art, die nicht dekodiert wird",
            fr="images d'un type qui n'est pas décodé",
            it="immagini di un tipo che non si decodifica",
            nl="afbeeldingen van een soort die niet wordt gedecodeerd",
            pl="obrazy rodzaju, którego się nie dekoduje",
        ),
        "limit": Wording(
            en="limits that the listing ran into",
            es="límites alcanzados al listar",
            pt="limites atingidos ao listar",
            de="beim Auflisten erreichte Grenzen",
            fr="limites atteintes lors du listage",
            it="limiti raggiunti durante l'elencazione",
            nl="grenzen die bij het opsommen zijn bereikt",
            pl="limity osiągnięte przy wyliczaniu",
        ),
        "trouble": Wording(
            en="things that went wrong",
            es="cosas que fallaron",
            pt="coisas que falharam",
            de="was sonst misslang",
            fr="ce qui a échoué par ailleurs",
            it="altre cose non riuscite",
            nl="wat verder misging",
            pl="inne niepowodzenia",
        ),
        "left_out": Wording(
            en="files left out by the profile",
            es="archivos que el perfil deja fuera",
            pt="ficheiros que o perfil deixa de fora",
            de="Dateien, die das Profil auslässt",
            fr="fichiers que le profil laisse de côté",
            it="file che il profilo tralascia",
            nl="bestanden die het profiel overslaat",
            pl="pliki pomijane przez profil",
        ),
        "known": Wording(
            en="files in a set of known files, looked at no further",
            es="archivos de un conjunto conocido, no examinados más",
            pt="ficheiros de um conjunto conhecido, não examinados mais",
            de="Dateien aus einem Hashset bekannter Dateien, nur erkannt",
            fr="fichiers d'un jeu de fichiers connus, pas examinés davantage",
            it="file di un insieme di file noti, non esaminati oltre",
            nl="bestanden uit een set bekende bestanden, niet verder bekeken",
            pl="pliki ze zbioru znanych plików, dalej niesprawdzane",
        ),
        "outside_files": Wording(
            en="space outside files",
            es="el espacio fuera de los archivos",
            pt="o espaço fora dos ficheiros",
            de="der Platz außerhalb von Dateien",
            fr="l'espace hors des fichiers",
            it="lo spazio fuori dai file",
            nl="de ruimte buiten bestanden",
            pl="miejsce poza plikami",
        ),
        "no_files": Wording(
            en="volumes that hold no files, as swap does",
            es="volúmenes sin archivos, como el de intercambio",
            pt="volumes sem ficheiros, como o de troca",
            de="Volumes ohne Dateien, etwa für Auslagerung",
            fr="volumes sans fichiers, comme celui d'échange",
            it="volumi senza file, come quello di swap",
            nl="volumes zonder bestanden, zoals swap",
            pl="woluminy bez plików, np. wymiany (swap)",
        ),
    }
)
"""What was not looked at, before its number; by language, then by reason."""

ENDED = by_language(
    {
        "complete": Wording(
            en="All that was asked for was looked at.",
            es="Se examinó todo lo pedido.",
            pt="Foi examinado tudo o que se pediu.",
            de="Alles Verlangte wurde geprüft.",
            fr="Tout ce qui était demandé a été examiné.",
            it="Tutto ciò che era richiesto è stato esaminato.",
            nl="Alles wat was gevraagd, is bekeken.",
            pl="Sprawdzono wszystko, czego żądano.",
        ),
        "not_all": Wording(
            en="Not all could be looked at.",
            es="No se pudo examinar todo.",
            pt="Não se pôde examinar tudo.",
            de="Es konnte nicht alles geprüft werden.",
            fr="Tout n'a pas pu être examiné.",
            it="Non si è potuto esaminare tutto.",
            nl="Niet alles kon worden bekeken.",
            pl="Nie wszystko dało się sprawdzić.",
        ),
        "out_of_time": Wording(
            en="NOT FINISHED: the time limit came first",
            es="SIN TERMINAR: antes llegó el límite de tiempo",
            pt="POR TERMINAR: o limite de tempo chegou antes",
            de="NICHT FERTIG: Die Zeitgrenze kam zuerst",
            fr="INACHEVÉ : la limite de temps est arrivée avant",
            it="NON FINITO: è arrivato prima il limite di tempo",
            nl="NIET KLAAR: de tijdslimiet kwam eerst",
            pl="NIEDOKOŃCZONE: wcześniej minął limit czasu",
        ),
        "out_of_workers": Wording(
            en="NOT FINISHED: no reader could be started any more",
            es="SIN TERMINAR: ya no se pudo iniciar ningún lector",
            pt="POR TERMINAR: já não se pôde iniciar nenhum leitor",
            de="NICHT FERTIG: Es ließ sich kein Leseprozess mehr starten",
            fr="INACHEVÉ : aucun processus de lecture n'a plus pu démarrer",
            it="NON FINITO: non si è potuto avviare più nessun lettore",
            nl="NIET KLAAR: er kon geen leesproces meer starten",
            pl="NIEDOKOŃCZONE: nie dało się już uruchomić odczytu",
        ),
        "interrupted": Wording(
            en="NOT FINISHED: stopped by hand",
            es="SIN TERMINAR: detenido a mano",
            pt="POR TERMINAR: parado à mão",
            de="NICHT FERTIG: von Hand angehalten",
            fr="INACHEVÉ : arrêté à la main",
            it="NON FINITO: fermato a mano",
            nl="NIET KLAAR: met de hand gestopt",
            pl="NIEDOKOŃCZONE: zatrzymano ręcznie",
        ),
    }
)
"""By language, then by how it ended."""

_NOTHING_FOUND = Wording(
    en="NO FINDINGS",
    es="SIN HALLAZGOS",
    pt="SEM ACHADOS",
    de="KEINE TREFFER",
    fr="AUCUN ÉLÉMENT TROUVÉ",
    it="NESSUN RISCONTRO",
    nl="GEEN TREFFERS",
    pl="BRAK TRAFIEŃ",
)
"""The headline where nothing was found and all was looked at."""

_NOTHING_FOUND_SO_FAR = Wording(
    en="NO FINDINGS, BUT NOT ALL WAS LOOKED AT",
    es="SIN HALLAZGOS, PERO NO SE EXAMINÓ TODO",
    pt="SEM ACHADOS, MAS NÃO SE EXAMINOU TUDO",
    de="KEINE TREFFER, ABER NICHT ALLES WURDE GEPRÜFT",
    fr="AUCUN ÉLÉMENT TROUVÉ, MAIS TOUT N'A PAS ÉTÉ EXAMINÉ",
    it="NESSUN RISCONTRO, MA NON TUTTO È STATO ESAMINATO",
    nl="GEEN TREFFERS, MAAR NIET ALLES IS BEKEKEN",
    pl="BRAK TRAFIEŃ, ALE NIE WSZYSTKO SPRAWDZONO",
)
"""The headline where nothing was found, and not all was looked at."""

UNFINISHED = frozenset({"out_of_time", "out_of_workers", "interrupted"})
"""Ways to end whose words are told before what was not looked at."""


def not_seen(language: str, reason: str, count: int, amount: str = "") -> str:
    """`files not reached: 392`; of space outside files `amount`, its size in words."""
    said = NOT_SEEN[language][reason]
    if reason in UNCOUNTED:
        return f"{said}: {amount}" if amount else said
    return f"{said}: {number(language, count)}"


def nothing_found(language: str, how: str) -> str:
    """The headline of a scan without findings: the plain one only where all was looked at."""
    said = _NOTHING_FOUND if how == "complete" else _NOTHING_FOUND_SO_FAR
    return said.told(language)
