"""What the report says of what was looked at and what was not: outcomes, containers, reasons."""

from triage.languages import Wording

WORDS = (
    Wording(
        en="Coverage",
        es="Cobertura",
        pt="Cobertura",
        de="Abdeckung",
        fr="Couverture",
        it="Copertura",
        nl="Dekking",
        pl="Zakres sprawdzenia",
    ),
    Wording(
        en="Every file entry (alternate streams by themselves) has one outcome; in each row "
        "the outcomes add up to what was listed. Bytes are those that the file system claims, "
        "so that sparse, compressed and deleted files can make them more than the volume holds.",
        es="Cada entrada de archivo (los flujos alternativos aparte) tiene un resultado; en "
        "cada fila los resultados suman lo listado. Los bytes son los que declara el sistema "
        "de archivos, de modo que los archivos dispersos, comprimidos y borrados pueden sumar "
        "más de lo que cabe en el volumen.",
        pt="Cada entrada de ficheiro (os fluxos alternativos à parte) tem um resultado; em "
        "cada linha os resultados somam o que foi listado. Os bytes são os que o sistema de "
        "ficheiros declara, pelo que ficheiros esparsos, comprimidos e apagados podem somar "
        "mais do que cabe no volume.",
        de="Jeder Dateieintrag (alternative Datenströme für sich) hat genau ein Ergebnis; in "
        "jeder Zeile ergeben die Ergebnisse zusammen das Aufgelistete. Die Bytes sind die, die "
        "das Dateisystem angibt; durch Dateien mit Lücken, komprimierte und gelöschte können "
        "es mehr sein, als das Volume fasst.",
        fr="Chaque entrée de fichier (les flux alternatifs à part) a un résultat ; dans chaque "
        "ligne, la somme des résultats est ce qui a été listé. Les octets sont ceux que le "
        "système de fichiers déclare : des fichiers creux, compressés ou supprimés peuvent en "
        "donner plus que le volume n'en contient.",
        it="Ogni voce di file (i flussi alternativi a parte) ha un esito; in ogni riga la "
        "somma degli esiti è quanto elencato. I byte sono quelli dichiarati dal file system: "
        "file sparsi, compressi e cancellati possono farli risultare più di quanti ne contenga "
        "il volume.",
        nl="Elke bestandsvermelding (alternatieve stromen apart) heeft één uitkomst; in elke "
        "rij zijn de uitkomsten samen wat is opgesomd. De bytes zijn die het bestandssysteem "
        "opgeeft; door ijle, gecomprimeerde en verwijderde bestanden kunnen het er meer zijn "
        "dan het volume bevat.",
        pl="Każdy wpis pliku (strumienie alternatywne osobno) ma jeden wynik; w każdym wierszu "
        "wyniki sumują się do tego, co wyliczono. Bajty są takie, jakie podaje system plików, "
        "więc pliki rzadkie, skompresowane i usunięte mogą dać ich więcej, niż mieści wolumin.",
    ),
    Wording(
        en="By this profile nothing was looked at that lies in a picture or in a cache of "
        "thumbnails: thumbnails, pictures behind another's end, videos of motion photos. The "
        "files that hold them were compared as they are.",
        es="Con este perfil no se examinó nada de lo que hay dentro de una imagen o de una caché "
        "de miniaturas: miniaturas, imágenes tras el final de otra, vídeos de fotos con "
        "movimiento. Los archivos que los contienen se compararon tal como están.",
        pt="Com este perfil não se examinou nada do que está dentro de uma imagem ou de uma cache "
        "de miniaturas: miniaturas, imagens após o fim de outra, vídeos de fotos com movimento. "
        "Os ficheiros que os contêm foram comparados tal como estão.",
        de="Nach diesem Profil wurde nichts geprüft, was in einem Bild oder einem "
        "Vorschau-Zwischenspeicher liegt: Vorschaubilder, Bilder hinter dem Ende eines anderen, "
        "Videos bewegter Fotos. Die Dateien, die sie enthalten, wurden als Ganzes verglichen.",
        fr="Avec ce profil, rien n'a été examiné de ce qui se trouve dans une image ou un cache de "
        "vignettes : vignettes, images après la fin d'une autre, vidéos de photos animées. Les "
        "fichiers qui les contiennent ont été comparés tels quels.",
        it="Con questo profilo non è stato esaminato nulla di ciò che sta in un'immagine o in una "
        "cache di miniature: miniature, immagini dopo la fine di un'altra, video di foto in "
        "movimento. I file che li contengono sono stati confrontati così come sono.",
        nl="Volgens dit profiel is niets bekeken wat in een afbeelding of in een cache van "
        "miniaturen ligt: miniaturen, afbeeldingen achter het einde van een andere, video's van "
        "bewegende foto's. De bestanden die ze bevatten zijn vergeleken zoals ze zijn.",
        pl="Zgodnie z tym profilem nie sprawdzono niczego, co leży w obrazie lub w pamięci "
        "podręcznej miniatur: miniatur, obrazów za końcem innego, filmów ruchomych zdjęć. Pliki, "
        "które je zawierają, porównano w całości.",
    ),
    Wording(
        en="Volume",
        es="Volumen",
        pt="Volume",
        de="Volume",
        fr="Volume",
        it="Volume",
        nl="Volume",
        pl="Wolumin",
    ),
    Wording(
        en="All volumes",
        es="Todos los volúmenes",
        pt="Todos os volumes",
        de="Alle Volumes",
        fr="Tous les volumes",
        it="Tutti i volumi",
        nl="Alle volumes",
        pl="Wszystkie woluminy",
    ),
    Wording(
        en="Listed",
        es="Listado",
        pt="Listado",
        de="Aufgelistet",
        fr="Listé",
        it="Elencato",
        nl="Opgesomd",
        pl="Wyliczono",
    ),
    Wording(
        en="Examined",
        es="Examinado",
        pt="Examinado",
        de="Geprüft",
        fr="Examiné",
        it="Esaminato",
        nl="Bekeken",
        pl="Sprawdzono",
    ),
    Wording(
        en="Known",
        es="Conocido",
        pt="Conhecido",
        de="Bekannt",
        fr="Connu",
        it="Noto",
        nl="Bekend",
        pl="Znane",
    ),
    Wording(
        en="Excluded",
        es="Excluido",
        pt="Excluído",
        de="Ausgeschlossen",
        fr="Exclu",
        it="Escluso",
        nl="Uitgesloten",
        pl="Wykluczono",
    ),
    Wording(
        en="Unreadable",
        es="Ilegible",
        pt="Ilegível",
        de="Nicht lesbar",
        fr="Illisible",
        it="Illeggibile",
        nl="Onleesbaar",
        pl="Nieczytelne",
    ),
    Wording(
        en="Encrypted",
        es="Cifrado",
        pt="Cifrado",
        de="Verschlüsselt",
        fr="Chiffré",
        it="Cifrato",
        nl="Versleuteld",
        pl="Zaszyfrowane",
    ),
    Wording(
        en="Elsewhere",
        es="En otro lugar",
        pt="Noutro lugar",
        de="Anderswo",
        fr="Ailleurs",
        it="Altrove",
        nl="Elders",
        pl="Gdzie indziej",
    ),
    Wording(
        en="Not reached",
        es="No alcanzado",
        pt="Não alcançado",
        de="Nicht erreicht",
        fr="Non atteint",
        it="Non raggiunto",
        nl="Niet bereikt",
        pl="Nie doszło do nich",
    ),
    Wording(
        en="No content",
        es="Sin contenido",
        pt="Sem conteúdo",
        de="Ohne Inhalt",
        fr="Sans contenu",
        it="Senza contenuto",
        nl="Zonder inhoud",
        pl="Bez zawartości",
    ),
    Wording(
        en="No file system was listed.",
        es="No se listó ningún sistema de archivos.",
        pt="Nenhum sistema de ficheiros foi listado.",
        de="Es wurde kein Dateisystem aufgelistet.",
        fr="Aucun système de fichiers n'a été listé.",
        it="Nessun file system è stato elencato.",
        nl="Er is geen bestandssysteem opgesomd.",
        pl="Nie wyliczono żadnego systemu plików.",
    ),
    Wording(
        en="Containers: compared as a whole, nobody looked inside",
        es="Contenedores: comparados enteros, nadie miró dentro",
        pt="Contentores: comparados por inteiro, ninguém viu o interior",
        de="Container: im Ganzen verglichen, niemand hat hineingesehen",
        fr="Conteneurs : comparés en entier, personne n'a regardé dedans",
        it="Contenitori: confrontati per intero, nessuno ha guardato dentro",
        nl="Containers: als geheel vergeleken, niemand keek erin",
        pl="Kontenery: porównane w całości, bez zaglądania do środka",
    ),
    Wording(
        en="Containers that were looked into",
        es="Contenedores en los que se miró",
        pt="Contentores cujo interior foi visto",
        de="Container, in die hineingesehen wurde",
        fr="Conteneurs dont le contenu a été examiné",
        it="Contenitori di cui è stato esaminato il contenuto",
        nl="Containers waarin is gekeken",
        pl="Kontenery, do których zajrzano",
    ),
    Wording(
        en="Files in them are compared as any other. Encrypted and damaged ones were not; nor "
        "were those that a limit kept from being taken out, which their container's reason "
        "says.",
        es="Los archivos que contienen se comparan como cualquier otro. Los cifrados y dañados "
        "no; tampoco los que un límite impidió extraer, lo que dice el motivo de su contenedor.",
        pt="Os ficheiros que contêm são comparados como quaisquer outros. Os cifrados e "
        "danificados não; nem os que um limite impediu de extrair, o que o motivo do seu "
        "contentor diz.",
        de="Dateien darin werden verglichen wie jede andere. Verschlüsselte und beschädigte "
        "wurden es nicht; auch nicht solche, die wegen einer Grenze nicht herausgeholt wurden, "
        "was beim Container als Grund steht.",
        fr="Les fichiers qu'ils contiennent sont comparés comme les autres. Les fichiers "
        "chiffrés et endommagés ne l'ont pas été ; ni ceux qu'une limite a empêché d'extraire, "
        "ce que dit la raison de leur conteneur.",
        it="I file che contengono sono confrontati come ogni altro. Quelli cifrati e "
        "danneggiati no; e nemmeno quelli che un limite ha impedito di estrarre, come dice il "
        "motivo del loro contenitore.",
        nl="Bestanden erin worden vergeleken als elk ander. Versleutelde en beschadigde niet; "
        "ook niet die welke door een grens niet zijn uitgepakt, wat de reden bij hun container "
        "zegt.",
        pl="Zawarte w nich pliki porównuje się jak każde inne. Zaszyfrowanych i uszkodzonych "
        "nie porównano; ani tych, których nie wydobyto z powodu limitu, co podaje powód przy "
        "ich kontenerze.",
    ),
    Wording(
        en="Family",
        es="Familia",
        pt="Família",
        de="Gruppe",
        fr="Famille",
        it="Famiglia",
        nl="Groep",
        pl="Grupa",
    ),
    Wording(
        en="Archives",
        es="Archivos comprimidos",
        pt="Arquivos comprimidos",
        de="Archive",
        fr="Archives compressées",
        it="Archivi compressi",
        nl="Archieven",
        pl="Archiwa",
    ),
    Wording(
        en="Programs and packages",
        es="Programas y paquetes",
        pt="Programas e pacotes",
        de="Programme und Installationspakete",
        fr="Programmes et paquets",
        it="Programmi e pacchetti",
        nl="Programma's en pakketten",
        pl="Programy i pakiety",
    ),
    Wording(
        en="Documents",
        es="Documentos",
        pt="Documentos",
        de="Dokumente",
        fr="Documents bureautiques",
        it="Documenti",
        nl="Documenten",
        pl="Dokumenty",
    ),
    Wording(
        en="Mail",
        es="Correo",
        pt="Correio",
        de="E-Mail",
        fr="Courrier",
        it="Posta",
        nl="E-mail",
        pl="Poczta",
    ),
    Wording(
        en="Disk images",
        es="Imágenes de disco",
        pt="Imagens de disco",
        de="Datenträgerabbilder",
        fr="Images de disque",
        it="Immagini di disco",
        nl="Schijfimages",
        pl="Obrazy dysków",
    ),
    Wording(
        en="Databases and lists",
        es="Bases de datos y listas",
        pt="Bases de dados e listas",
        de="Datenbanken und Listen",
        fr="Bases de données et listes",
        it="Database ed elenchi",
        nl="Databases en lijsten",
        pl="Bazy danych i listy",
    ),
    Wording(
        en="Backups",
        es="Copias de seguridad",
        pt="Cópias de segurança",
        de="Sicherungen",
        fr="Sauvegardes",
        it="Copie di sicurezza",
        nl="Back-ups",
        pl="Kopie zapasowe",
    ),
    Wording(
        en="Encrypted files",
        es="Archivos cifrados",
        pt="Ficheiros cifrados",
        de="Verschlüsselte Dateien",
        fr="Fichiers chiffrés",
        it="File cifrati",
        nl="Versleutelde bestanden",
        pl="Pliki zaszyfrowane",
    ),
    Wording(
        en="Web",
        es="Páginas web",
        pt="Páginas web",
        de="Webinhalte",
        fr="Pages web",
        it="Pagine web",
        nl="Webpagina's",
        pl="Strony WWW",
    ),
    Wording(
        en="Entries",
        es="Entradas",
        pt="Entradas",
        de="Einträge",
        fr="Entrées",
        it="Voci",
        nl="Vermeldingen",
        pl="Wpisy",
    ),
    Wording(
        en="Of them encrypted",
        es="De ellas, cifradas",
        pt="Delas, cifradas",
        de="Davon verschlüsselt",
        fr="Dont chiffrées",
        it="Di cui cifrate",
        nl="Daarvan versleuteld",
        pl="W tym zaszyfrowane",
    ),
    Wording(
        en="Not to their end, or damaged",
        es="No hasta el final, o dañados",
        pt="Não até ao fim, ou danificados",
        de="Nicht bis zum Ende, oder beschädigt",
        fr="Pas jusqu'au bout, ou endommagés",
        it="Non fino alla fine, o danneggiati",
        nl="Niet tot het einde, of beschadigd",
        pl="Nie do końca lub uszkodzone",
    ),
    Wording(
        en="Files in them",
        es="Archivos que contienen",
        pt="Ficheiros que contêm",
        de="Dateien darin",
        fr="Fichiers contenus",
        it="File contenuti",
        nl="Bestanden erin",
        pl="Zawarte pliki",
    ),
    Wording(
        en="Damaged",
        es="Dañado",
        pt="Danificado",
        de="Beschädigt",
        fr="Endommagé",
        it="Danneggiato",
        nl="Beschadigd",
        pl="Uszkodzone",
    ),
    Wording(
        en="Containers not looked into",
        es="Contenedores sin abrir",
        pt="Contentores por abrir",
        de="Nicht geöffnete Container",
        fr="Conteneurs non ouverts",
        it="Contenitori non aperti",
        nl="Niet geopende containers",
        pl="Nieotwarte kontenery",
    ),
    Wording(
        en="All kinds",
        es="Todos los tipos",
        pt="Todos os tipos",
        de="Alle Arten",
        fr="Tous les types",
        it="Tutti i tipi",
        nl="Alle soorten",
        pl="Wszystkie rodzaje",
    ),
    Wording(
        en="Pictures of a kind that is not decoded: compared by digest alone",
        es="Imágenes de un tipo que no se descodifica: comparadas solo por su hash",
        pt="Imagens de um tipo que não se descodifica: comparadas só pelo hash",
        de="Bilder einer Art, die nicht dekodiert wird: nur anhand des Hashwerts verglichen",
        fr="Images d'un type qui n'est pas décodé : comparées par leur seule empreinte",
        it="Immagini di un tipo che non si decodifica: confrontate solo tramite hash",
        nl="Afbeeldingen van een soort die niet wordt gedecodeerd: alleen op hashwaarde vergeleken",
        pl="Obrazy rodzaju, którego się nie dekoduje: porównane tylko po skrócie",
    ),
    Wording(
        en="Where the bytes lie",
        es="Dónde están los bytes",
        pt="Onde estão os bytes",
        de="Wo die Bytes liegen",
        fr="Où se trouvent les octets",
        it="Dove si trovano i byte",
        nl="Waar de bytes liggen",
        pl="Gdzie leżą bajty",
    ),
    Wording(
        en="In files that were listed",
        es="En archivos listados",
        pt="Em ficheiros listados",
        de="In aufgelisteten Dateien",
        fr="Dans des fichiers listés",
        it="In file elencati",
        nl="In opgesomde bestanden",
        pl="W wyliczonych plikach",
    ),
    Wording(
        en="Outside of them: not looked at",
        es="Fuera de ellos: sin examinar",
        pt="Fora deles: não examinado",
        de="Außerhalb davon: nicht geprüft",
        fr="En dehors : non examiné",
        it="Fuori da essi: non esaminato",
        nl="Daarbuiten: niet bekeken",
        pl="Poza nimi: nie sprawdzono",
    ),
    Wording(
        en="Size",
        es="Tamaño",
        pt="Tamanho",
        de="Größe",
        fr="Taille",
        it="Dimensione",
        nl="Grootte",
        pl="Rozmiar",
    ),
    Wording(
        en="Reasons",
        es="Motivos",
        pt="Motivos",
        de="Gründe",
        fr="Raisons",
        it="Motivi",
        nl="Redenen",
        pl="Powody",
    ),
    Wording(
        en="Why it was not fully examined",
        es="Por qué no se examinó del todo",
        pt="Porque não foi examinado por completo",
        de="Warum es nicht vollständig geprüft wurde",
        fr="Pourquoi ce n'a pas été entièrement examiné",
        it="Perché non è stato esaminato del tutto",
        nl="Waarom het niet volledig is bekeken",
        pl="Dlaczego nie sprawdzono w pełni",
    ),
    Wording(
        en="Bytes",
        es="Bytes",
        pt="Bytes",
        de="Bytes",
        fr="Octets",
        it="Byte",
        nl="Bytes",
        pl="Bajty",
    ),
    Wording(
        en="Listings",
        es="Listados",
        pt="Listagens",
        de="Auflistungen",
        fr="Listages",
        it="Elenchi",
        nl="Opsommingen",
        pl="Wyliczenia",
    ),
    Wording(
        en="Of the listing",
        es="Del listado",
        pt="Da listagem",
        de="Zur Auflistung",
        fr="À propos du listage",
        it="Dell'elenco",
        nl="Over de opsomming",
        pl="O wyliczeniu",
    ),
    Wording(
        en="Something may be missed by it",
        es="Puede faltar algo por ello",
        pt="Pode faltar algo por isso",
        de="Dadurch kann etwas fehlen",
        fr="Quelque chose peut manquer de ce fait",
        it="Potrebbe mancare qualcosa",
        nl="Hierdoor kan iets ontbreken",
        pl="Coś mogło przez to umknąć",
    ),
    Wording(
        en="yes",
        es="sí",
        pt="sim",
        de="ja",
        fr="oui",
        it="sì",
        nl="ja",
        pl="tak",
    ),
    Wording(
        en="no",
        es="no",
        pt="não",
        de="nein",
        fr="non",
        it="no",
        nl="nee",
        pl="nie",
    ),
)
