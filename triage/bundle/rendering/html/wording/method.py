"""What the report says of how it was done, by what, and of who signed."""

from triage.languages import Wording

WORDS = (
    Wording(
        en="How it was done",
        es="Cómo se hizo",
        pt="Como foi feito",
        de="Wie vorgegangen wurde",
        fr="Comment cela a été fait",
        it="Come si è proceduto",
        nl="Hoe het is gedaan",
        pl="Jak to wykonano",
    ),
    Wording(
        en="Tool",
        es="Herramienta",
        pt="Ferramenta",
        de="Programm",
        fr="Outil",
        it="Strumento",
        nl="Programma",
        pl="Narzędzie",
    ),
    Wording(
        en="Profile's SHA-256",
        es="SHA-256 del perfil",
        pt="SHA-256 do perfil",
        de="SHA-256 des Profils",
        fr="SHA-256 du profil",
        it="SHA-256 del profilo",
        nl="SHA-256 van het profiel",
        pl="SHA-256 profilu",
    ),
    Wording(
        en="Readers confined by",
        es="Lectores confinados por",
        pt="Leitores confinados por",
        de="Leseprozesse eingeschlossen durch",
        fr="Lecteurs confinés par",
        it="Lettori confinati da",
        nl="Lezers ingesloten door",
        pl="Procesy czytające ograniczone przez",
    ),
    Wording(
        en="missing: {names}",
        es="falta: {names}",
        pt="falta: {names}",
        de="fehlt: {names}",
        fr="manque : {names}",
        it="manca: {names}",
        nl="ontbreekt: {names}",
        pl="brakuje: {names}",
    ),
    Wording(
        en="Resumed",
        es="Reanudación",
        pt="Retoma",
        de="Wiederaufnahme",
        fr="Reprise",
        it="Ripresa",
        nl="Hervatting",
        pl="Wznowienie",
    ),
    Wording(
        en="{n} entry carried over from {bundle}|{n} entries carried over from {bundle}",
        es="{n} entrada tomada de {bundle}|{n} entradas tomadas de {bundle}",
        pt="{n} entrada trazida de {bundle}|{n} entradas trazidas de {bundle}",
        de="{n} Eintrag übernommen aus {bundle}|{n} Einträge übernommen aus {bundle}",
        fr="{n} entrée reprise de {bundle}|{n} entrées reprises de {bundle}",
        it="{n} voce ripresa da {bundle}|{n} voci riprese da {bundle}",
        nl="{n} vermelding overgenomen uit {bundle}|{n} vermeldingen overgenomen uit {bundle}",
        pl="wpisy przejęte z {bundle}: {n}",
    ),
    Wording(
        en="{n} that was not certain was looked at again|{n} that were not certain were looked "
        "at again",
        es="{n} incierta se examinó de nuevo|{n} inciertas se examinaron de nuevo",
        pt="{n} incerta foi examinada de novo|{n} incertas foram examinadas de novo",
        de="{n} unsicherer wurde erneut geprüft|{n} unsichere wurden erneut geprüft",
        fr="{n} incertaine a été examinée de nouveau|{n} incertaines ont été examinées de nouveau",
        it="{n} incerta è stata esaminata di nuovo|{n} incerte sono state esaminate di nuovo",
        nl="{n} onzekere is opnieuw bekeken|{n} onzekere zijn opnieuw bekeken",
        pl="niepewne, sprawdzone ponownie: {n}",
    ),
    Wording(
        en="what may have been cut off its end was looked at again",
        es="lo que pudo recortarse de su final se examinó de nuevo",
        pt="o que pode ter sido cortado do seu fim foi examinado de novo",
        de="was am Ende abgeschnitten worden sein könnte, wurde erneut geprüft",
        fr="ce qui a pu être tronqué à la fin a été examiné de nouveau",
        it="ciò che poteva essere stato troncato alla fine è stato esaminato di nuovo",
        nl="wat van het einde kan zijn afgekapt, is opnieuw bekeken",
        pl="to, co mogło zostać ucięte z końca, sprawdzono ponownie",
    ),
    Wording(
        en="Integrity: proven",
        es="Integridad: demostrada",
        pt="Integridade: provada",
        de="Unversehrtheit: nachgewiesen",
        fr="Intégrité : prouvée",
        it="Integrità: dimostrata",
        nl="Integriteit: aangetoond",
        pl="Integralność: wykazana",
    ),
    Wording(
        en="Integrity: not proven",
        es="Integridad: no demostrada",
        pt="Integridade: não provada",
        de="Unversehrtheit: nicht nachgewiesen",
        fr="Intégrité : non prouvée",
        it="Integrità: non dimostrata",
        nl="Integriteit: niet aangetoond",
        pl="Integralność: niewykazana",
    ),
    Wording(
        en="by {signer}",
        es="por {signer}",
        pt="por {signer}",
        de="durch {signer}",
        fr="par {signer}",
        it="da {signer}",
        nl="door {signer}",
        pl="przez {signer}",
    ),
    Wording(
        en="No hash set was loaded: known material was not looked for.",
        es="No se cargó ningún conjunto de hashes: no se buscó material conocido.",
        pt="Nenhum conjunto de hashes foi carregado: não se procurou material conhecido.",
        de="Kein Hashset war geladen: Nach bekanntem Material wurde nicht gesucht.",
        fr="Aucun jeu d'empreintes n'a été chargé : les contenus connus n'ont pas été recherchés.",
        it="Nessun insieme di hash è stato caricato: il materiale noto non è stato cercato.",
        nl="Er was geen hashset geladen: naar bekend materiaal is niet gezocht.",
        pl="Nie wczytano żadnego zbioru skrótów: znanych materiałów nie szukano.",
    ),
    Wording(
        en="Hash set",
        es="Conjunto de hashes",
        pt="Conjunto de hashes",
        de="Hashset",
        fr="Jeu d'empreintes",
        it="Insieme di hash",
        nl="Hashset",
        pl="Zbiór skrótów",
    ),
    Wording(
        en="notable",
        es="de interés",
        pt="de interesse",
        de="relevant",
        fr="d'intérêt",
        it="di interesse",
        nl="relevant",
        pl="istotny",
    ),
    Wording(
        en="known",
        es="conocido, se ignora",
        pt="conhecido, é ignorado",
        de="bekannt, wird übergangen",
        fr="connu, ignoré",
        it="noto, ignorato",
        nl="bekend, genegeerd",
        pl="znany, pomijany",
    ),
    Wording(
        en="Digests",
        es="Hashes",
        pt="Hashes",
        de="Hashwerte",
        fr="Empreintes",
        it="Hash",
        nl="Hashwaarden",
        pl="Skróty",
    ),
    Wording(
        en="Bad lines",
        es="Líneas erróneas",
        pt="Linhas erradas",
        de="Fehlerhafte Zeilen",
        fr="Lignes erronées",
        it="Righe errate",
        nl="Foute regels",
        pl="Błędne wiersze",
    ),
    Wording(
        en="{n} counts|{n} count",
        es="{n} cuenta|{n} cuentan",
        pt="{n} conta|{n} contam",
        de="{n} zählt|{n} zählen",
        fr="{n} compte|{n} comptent",
        it="{n} conta|{n} contano",
        nl="{n} telt|{n} tellen",
        pl="liczą się: {n}",
    ),
    Wording(
        en="signed by {who}",
        es="firmado por {who}",
        pt="assinado por {who}",
        de="signiert von {who}",
        fr="signé par {who}",
        it="firmato da {who}",
        nl="ondertekend door {who}",
        pl="podpisał: {who}",
    ),
    Wording(
        en="signed by a key that is not on the list of signers",
        es="firmado con una clave que no está en la lista de firmantes",
        pt="assinado com uma chave que não está na lista de assinantes",
        de="signiert mit einem Schlüssel, der nicht auf der Liste der Unterzeichner steht",
        fr="signé avec une clé qui n'est pas sur la liste des signataires",
        it="firmato con una chiave che non è nell'elenco dei firmatari",
        nl="ondertekend met een sleutel die niet op de lijst van ondertekenaars staat",
        pl="podpisano kluczem spoza listy podpisujących",
    ),
    Wording(
        en="signed; there was no list of signers to say by whom",
        es="firmado; no había lista de firmantes que dijera por quién",
        pt="assinado; não havia lista de assinantes que dissesse por quem",
        de="signiert; es gab keine Liste der Unterzeichner, die sagt, von wem",
        fr="signé ; il n'y avait pas de liste de signataires pour dire par qui",
        it="firmato; non c'era un elenco di firmatari che dicesse da chi",
        nl="ondertekend; er was geen lijst van ondertekenaars die zegt door wie",
        pl="podpisano; nie było listy podpisujących, która mówi przez kogo",
    ),
    Wording(
        en="not signed",
        es="sin firmar",
        pt="sem assinatura",
        de="nicht signiert",
        fr="non signé",
        it="non firmato",
        nl="niet ondertekend",
        pl="bez podpisu",
    ),
    Wording(
        en="Threshold",
        es="Umbral",
        pt="Limiar",
        de="Schwelle",
        fr="Seuil",
        it="Soglia",
        nl="Drempel",
        pl="Próg",
    ),
    Wording(
        en="Licence",
        es="Licencia",
        pt="Licença",
        de="Lizenz",
        fr="Licence",
        it="Licenza",
        nl="Licentie",
        pl="Licencja",
    ),
    Wording(
        en="Word list",
        es="Lista de palabras",
        pt="Lista de palavras",
        de="Wortliste",
        fr="Liste de mots",
        it="Elenco di parole",
        nl="Woordenlijst",
        pl="Lista słów",
    ),
    Wording(
        en="Could not be read on",
        es="No se pudo leer en",
        pt="Não se pôde ler em",
        de="Nicht lesbar auf",
        fr="N'a pas pu être lu sur",
        it="Non si è potuto leggere su",
        nl="Kon niet worden gelezen op",
        pl="Nie dało się odczytać na",
    ),
    Wording(
        en="Places",
        es="Lugares",
        pt="Lugares",
        de="Stellen",
        fr="Endroits",
        it="Punti",
        nl="Plaatsen",
        pl="Miejsca",
    ),
    Wording(
        en="What went wrong",
        es="Lo que falló",
        pt="O que falhou",
        de="Was misslang",
        fr="Ce qui a échoué",
        it="Che cosa non è riuscito",
        nl="Wat er misging",
        pl="Co się nie powiodło",
    ),
    Wording(
        en="What seek noted of single files while it searched is in English, as findings.json "
        "has it.",
        es="Lo que seek anotó de archivos concretos mientras buscaba está en inglés, como en "
        "findings.json.",
        pt="O que o seek anotou de ficheiros concretos enquanto procurava está em inglês, como "
        "em findings.json.",
        de="Was seek beim Suchen zu einzelnen Dateien vermerkt hat, steht hier auf Englisch, "
        "wie in findings.json.",
        fr="Ce que seek a noté de fichiers précis pendant la recherche est en anglais, comme "
        "dans findings.json.",
        it="Ciò che seek ha annotato di singoli file durante la ricerca è in inglese, come in "
        "findings.json.",
        nl="Wat seek tijdens het zoeken bij losse bestanden noteerde, is in het Engels, zoals "
        "in findings.json.",
        pl="To, co seek zapisał o poszczególnych plikach w trakcie szukania, jest po "
        "angielsku, jak w findings.json.",
    ),
    Wording(
        en="Profile as applied",
        es="Perfil tal como se aplicó",
        pt="Perfil tal como foi aplicado",
        de="Profil, wie es angewandt wurde",
        fr="Profil tel qu'appliqué",
        it="Profilo come applicato",
        nl="Profiel zoals toegepast",
        pl="Profil w zastosowanej postaci",
    ),
    Wording(
        en="Signature",
        es="Firma",
        pt="Assinatura",
        de="Signatur",
        fr="Signature du paquet",
        it="Firma",
        nl="Handtekening",
        pl="Podpis",
    ),
    Wording(
        en="Not signed.",
        es="Sin firmar.",
        pt="Sem assinatura.",
        de="Nicht signiert.",
        fr="Non signé.",
        it="Non firmato.",
        nl="Niet ondertekend.",
        pl="Bez podpisu.",
    ),
    Wording(
        en="Signed with a key made for this scan alone; its private half was destroyed after "
        "signing. By itself that shows only that nothing changed since. Write the fingerprint "
        "into the paper record now: it ties this bundle to this search.",
        es="Firmado con una clave creada solo para este análisis; su mitad privada se destruyó "
        "tras firmar. Por sí solo eso muestra únicamente que nada ha cambiado desde entonces. "
        "Anote ahora la huella en el acta: une este paquete a este registro.",
        pt="Assinado com uma chave criada só para esta análise; a sua metade privada foi "
        "destruída depois de assinar. Por si só isso mostra apenas que nada mudou desde então. "
        "Anote agora a impressão digital no auto: liga este pacote a esta busca.",
        de="Signiert mit einem Schlüssel, der nur für diese Durchsuchung erzeugt wurde; seine "
        "private Hälfte wurde nach dem Signieren vernichtet. Für sich zeigt das nur, dass "
        "seither nichts verändert wurde. Schreiben Sie den Fingerabdruck jetzt ins Protokoll: "
        "er verbindet dieses Paket mit dieser Durchsuchung.",
        fr="Signé avec une clé créée pour cette seule analyse ; sa moitié privée a été "
        "détruite après la signature. À lui seul, cela montre seulement que rien n'a changé "
        "depuis. Inscrivez maintenant l'empreinte de la clé au procès-verbal : elle lie ce "
        "paquet à cette perquisition.",
        it="Firmato con una chiave creata solo per questa analisi; la sua metà privata è stata "
        "distrutta dopo la firma. Di per sé ciò mostra solo che da allora nulla è cambiato. "
        "Annotare ora l'impronta nel verbale: lega questo pacchetto a questa perquisizione.",
        nl="Ondertekend met een sleutel die alleen voor deze doorzoeking is gemaakt; de "
        "geheime helft is na het ondertekenen vernietigd. Op zichzelf toont dat alleen dat er "
        "sindsdien niets is veranderd. Schrijf de vingerafdruk nu in het proces-verbaal: die "
        "verbindt deze bundel met deze doorzoeking.",
        pl="Podpisano kluczem utworzonym tylko dla tego przeszukania; jego prywatną połowę "
        "zniszczono po podpisaniu. Samo w sobie dowodzi to tylko, że od tego czasu nic się nie "
        "zmieniło. Wpisz teraz odcisk klucza do protokołu: wiąże on ten pakiet z tym "
        "przeszukaniem.",
    ),
    Wording(
        en="Signed with a key that was given. Compare the fingerprint with the lab's own list: "
        "the bundle's allowed_signers file comes from the bundle itself and proves nothing "
        "about who it is.",
        es="Firmado con una clave dada. Compare la huella con la lista propia del laboratorio: "
        "el archivo allowed_signers del paquete procede del propio paquete y no prueba de "
        "quién es.",
        pt="Assinado com uma chave dada. Compare a impressão digital com a lista do próprio "
        "laboratório: o ficheiro allowed_signers do pacote vem do próprio pacote e não prova "
        "de quem é.",
        de="Signiert mit einem vorgegebenen Schlüssel. Vergleichen Sie den Fingerabdruck mit "
        "der eigenen Liste des Labors: Die Datei allowed_signers kommt aus dem Paket selbst "
        "und beweist nicht, von wem es ist.",
        fr="Signé avec une clé fournie. Comparez l'empreinte de la clé à la liste propre au "
        "laboratoire : le fichier allowed_signers vient du paquet lui-même et ne prouve rien "
        "sur son auteur.",
        it="Firmato con una chiave fornita. Confrontare l'impronta con l'elenco proprio del "
        "laboratorio: il file allowed_signers viene dal pacchetto stesso e non prova di chi "
        "sia.",
        nl="Ondertekend met een opgegeven sleutel. Vergelijk de vingerafdruk met de eigen "
        "lijst van het lab: het bestand allowed_signers komt uit de bundel zelf en bewijst "
        "niet van wie die is.",
        pl="Podpisano podanym kluczem. Porównaj odcisk z własną listą laboratorium: plik "
        "allowed_signers pochodzi z samego pakietu i nie dowodzi, czyj on jest.",
    ),
    Wording(
        en="Public key",
        es="Clave pública",
        pt="Chave pública",
        de="Öffentlicher Schlüssel",
        fr="Clé publique",
        it="Chiave pubblica",
        nl="Openbare sleutel",
        pl="Klucz publiczny",
    ),
    Wording(
        en="Comment",
        es="Comentario",
        pt="Comentário",
        de="Kommentar",
        fr="Commentaire",
        it="Commento",
        nl="Opmerking",
        pl="Komentarz",
    ),
    Wording(
        en="To check it, inside the bundle's folder:",
        es="Para comprobarla, dentro de la carpeta del paquete:",
        pt="Para a verificar, dentro da pasta do pacote:",
        de="Zum Prüfen, im Ordner des Pakets:",
        fr="Pour la vérifier, dans le dossier du paquet :",
        it="Per verificarla, nella cartella del pacchetto:",
        nl="Om die te controleren, in de map van de bundel:",
        pl="Aby go sprawdzić, w folderze pakietu:",
    ),
)
