"""What the first screen of the report says."""

from triage.languages import Wording

WORDS = (
    Wording(
        en="seek report",
        es="Informe de seek",
        pt="Relatório do seek",
        de="seek-Bericht",
        fr="Rapport seek",
        it="Rapporto di seek",
        nl="seek-rapport",
        pl="Raport seek",
    ),
    Wording(
        en="case {case}",
        es="caso {case}",
        pt="processo {case}",
        de="Aktenzeichen {case}",
        fr="procédure {case}",
        it="procedimento {case}",
        nl="zaak {case}",
        pl="sprawa {case}",
    ),
    Wording(
        en="exhibit {exhibit}",
        es="indicio {exhibit}",
        pt="objeto {exhibit}",
        de="Asservat {exhibit}",
        fr="scellé {exhibit}",
        it="reperto {exhibit}",
        nl="voorwerp {exhibit}",
        pl="dowód {exhibit}",
    ),
    Wording(
        en="Triage is not proof.",
        es="Un triaje no es una prueba.",
        pt="Uma triagem não é uma prova.",
        de="Eine Triage ist kein Beweis.",
        fr="Un triage n'est pas une preuve.",
        it="Un triage non è una prova.",
        nl="Een triage is geen bewijs.",
        pl="Wstępne przeszukanie nie jest dowodem.",
    ),
    Wording(
        en="This was a quick look on scene, to decide what to examine first. Every finding has "
        "to be confirmed by an examiner; no finding does not mean that there is nothing.",
        es="Esto fue un examen rápido en el lugar, para decidir qué se examina primero. Un "
        "perito debe confirmar cada hallazgo; que no haya hallazgos no significa que no haya "
        "nada.",
        pt="Isto foi um exame rápido no local, para decidir o que se examina primeiro. Cada "
        "achado tem de ser confirmado por um perito; não haver achados não significa que não "
        "haja nada.",
        de="Dies war eine schnelle Sichtung vor Ort, um zu entscheiden, was zuerst untersucht "
        "wird. Jeder Treffer muss von einer sachverständigen Person bestätigt werden; kein "
        "Treffer heißt nicht, dass nichts vorhanden ist.",
        fr="Il s'agit d'un examen rapide sur place, pour décider de ce qui sera examiné en "
        "premier. Chaque élément trouvé doit être confirmé par un expert ; l'absence d'élément "
        "trouvé ne signifie pas qu'il n'y a rien.",
        it="Questo è stato un esame rapido sul posto, per decidere che cosa esaminare per "
        "primo. Ogni riscontro va confermato da un perito; nessun riscontro non significa che "
        "non ci sia nulla.",
        nl="Dit was een snelle blik ter plaatse, om te bepalen wat het eerst wordt onderzocht. "
        "Elke treffer moet door een deskundige worden bevestigd; geen treffer betekent niet "
        "dat er niets is.",
        pl="To było szybkie przeszukanie na miejscu, aby ustalić, co badać najpierw. Każde "
        "trafienie musi potwierdzić biegły; brak trafień nie oznacza, że nic tam nie ma.",
    ),
    Wording(
        en="{n} finding|{n} findings",
        es="{n} hallazgo|{n} hallazgos",
        pt="{n} achado|{n} achados",
        de="{n} Treffer",
        fr="{n} élément trouvé|{n} éléments trouvés",
        it="{n} riscontro|{n} riscontri",
        nl="{n} treffer|{n} treffers",
        pl="{n} trafienie|{n} trafienia|{n} trafień",
    ),
    Wording(
        en="{n} to look at",
        es="{n} por mirar",
        pt="{n} por ver",
        de="{n} anzusehen",
        fr="{n} à regarder",
        it="{n} da guardare",
        nl="{n} om te bekijken",
        pl="{n} do obejrzenia",
    ),
    Wording(
        en="{n} to look at: the others show the same",
        es="{n} por mirar: los demás muestran lo mismo",
        pt="{n} por ver: os outros mostram o mesmo",
        de="{n} anzusehen: die anderen zeigen dasselbe",
        fr="{n} à regarder : les autres montrent la même chose",
        it="{n} da guardare: gli altri mostrano lo stesso",
        nl="{n} om te bekijken: de andere tonen hetzelfde",
        pl="{n} do obejrzenia: pozostałe pokazują to samo",
    ),
    Wording(
        en="What it rests on",
        es="En qué se basa",
        pt="Em que se baseia",
        de="Worauf das beruht",
        fr="Sur quoi cela repose",
        it="Su che cosa si basa",
        nl="Waarop dit berust",
        pl="Na czym się to opiera",
    ),
    Wording(
        en="What was not looked at",
        es="Lo que no se ha examinado",
        pt="O que não foi examinado",
        de="Was nicht geprüft wurde",
        fr="Ce qui n'a pas été examiné",
        it="Che cosa non è stato esaminato",
        nl="Wat niet is bekeken",
        pl="Czego nie sprawdzono",
    ),
    Wording(
        en="Exhibit and machine",
        es="Indicio y equipo",
        pt="Objeto e máquina",
        de="Asservat und Rechner",
        fr="Scellé et machine",
        it="Reperto e macchina",
        nl="Voorwerp en computer",
        pl="Dowód i komputer",
    ),
    Wording(
        en="Looked at {done} of {n} file: {size}|Looked at {done} of {n} files: {size}",
        es="Examinados {done} de {n} archivo: {size}|Examinados {done} de {n} archivos: {size}",
        pt="Examinados {done} de {n} ficheiro: {size}|Examinados {done} de {n} ficheiros: {size}",
        de="Geprüft: {done} von {n} Datei, {size}|Geprüft: {done} von {n} Dateien, {size}",
        fr="Examinés : {done} sur {n} fichier, {size}|Examinés : {done} sur {n} fichiers, {size}",
        it="Esaminati {done} di {n} file: {size}",
        nl="Bekeken: {done} van {n} bestand, {size}|Bekeken: {done} van {n} bestanden, {size}",
        pl="Sprawdzone pliki: {done} z {n}, {size}",
    ),
    Wording(
        en="Compared with {n} known entry: {sets}|Compared with {n} known entries: {sets}",
        es="Comparado con {n} entrada conocida: {sets}|Comparado con {n} entradas conocidas: "
        "{sets}",
        pt="Comparado com {n} entrada conhecida: {sets}|Comparado com {n} entradas conhecidas: "
        "{sets}",
        de="Verglichen mit {n} bekannten Eintrag: {sets}|Verglichen mit {n} bekannten "
        "Einträgen: {sets}",
        fr="Comparé à {n} entrée connue : {sets}|Comparé à {n} entrées connues : {sets}",
        it="Confrontato con {n} voce nota: {sets}|Confrontato con {n} voci note: {sets}",
        nl="Vergeleken met {n} bekende vermelding: {sets}|Vergeleken met {n} bekende "
        "vermeldingen: {sets}",
        pl="Porównano ze znanymi wpisami ({n}): {sets}",
    ),
    Wording(
        en="Compared with no set of known material",
        es="No se ha comparado con ningún conjunto de material conocido",
        pt="Não se comparou com nenhum conjunto de material conhecido",
        de="Mit keinem Hashset bekannten Materials verglichen",
        fr="Comparé à aucun jeu d'empreintes de contenus connus",
        it="Non confrontato con alcun insieme di materiale noto",
        nl="Met geen enkele set bekend materiaal vergeleken",
        pl="Nie porównano z żadnym zbiorem znanych materiałów",
    ),
    Wording(
        en="Scored by models, whose scores are estimates: {models}",
        es="Puntuado por modelos, cuyas puntuaciones son estimaciones: {models}",
        pt="Pontuado por modelos, cujas pontuações são estimativas: {models}",
        de="Von Modellen bewertet, deren Werte Schätzungen sind: {models}",
        fr="Évalué par des modèles, dont les notes sont des estimations : {models}",
        it="Valutato da modelli, i cui punteggi sono stime: {models}",
        nl="Beoordeeld door modellen, waarvan de scores schattingen zijn: {models}",
        pl="Ocenione przez modele, których oceny są szacunkowe: {models}",
    ),
    Wording(
        en="Names held against lists: {lists}",
        es="Nombres comparados con listas: {lists}",
        pt="Nomes comparados com listas: {lists}",
        de="Namen mit Listen verglichen: {lists}",
        fr="Noms comparés à des listes : {lists}",
        it="Nomi confrontati con elenchi: {lists}",
        nl="Namen vergeleken met lijsten: {lists}",
        pl="Nazwy porównane z listami: {lists}",
    ),
    Wording(
        en="The first finding came after {time}",
        es="El primer hallazgo llegó a los {time}",
        pt="O primeiro achado surgiu após {time}",
        de="Der erste Treffer kam nach {time}",
        fr="Le premier élément a été trouvé après {time}",
        it="Il primo riscontro è arrivato dopo {time}",
        nl="De eerste treffer kwam na {time}",
        pl="Pierwsze trafienie pojawiło się po {time}",
    ),
    Wording(
        en="… and {n} more",
        es="… y {n} más",
        pt="… e mais {n}",
        de="… und {n} weitere",
        fr="… et {n} de plus",
        it="… e altri {n}",
        nl="… en nog {n}",
        pl="… i jeszcze {n}",
    ),
    Wording(
        en="… and {n} more of this kind: see below",
        es="… y {n} más de este tipo: véase abajo",
        pt="… e mais {n} deste tipo: ver abaixo",
        de="… und {n} weitere dieser Art: siehe unten",
        fr="… et {n} de plus de ce type : voir plus bas",
        it="… e altri {n} di questo tipo: vedi sotto",
        nl="… en nog {n} van deze soort: zie hieronder",
        pl="… i jeszcze {n} tego rodzaju: zob. niżej",
    ),
    Wording(
        en="No write block is attested: see Devices",
        es="No se atestigua ningún bloqueo de escritura: véase Dispositivos",
        pt="Nenhum bloqueio de escrita é atestado: ver Dispositivos",
        de="Kein Schreibschutz bescheinigt: siehe Datenträger",
        fr="Aucun blocage en écriture n'est attesté : voir Supports",
        it="Nessun blocco scrittura è attestato: vedi Dispositivi",
        nl="Geen schrijfblokkering bevestigd: zie Gegevensdragers",
        pl="Brak poświadczonej blokady zapisu: zob. Nośniki",
    ),
    Wording(
        en="Write block, NOT on in whole: {layers}",
        es="Bloqueo de escritura, NO activo por completo: {layers}",
        pt="Bloqueio de escrita, NÃO totalmente ativo: {layers}",
        de="Schreibschutz NICHT vollständig aktiv: {layers}",
        fr="Blocage en écriture NON complet : {layers}",
        it="Blocco scrittura NON del tutto attivo: {layers}",
        nl="Schrijfblokkering NIET volledig actief: {layers}",
        pl="Blokada zapisu NIE w pełni włączona: {layers}",
    ),
    Wording(
        en="no layer",
        es="ninguna capa",
        pt="nenhuma camada",
        de="keine Schicht",
        fr="aucune couche",
        it="nessun livello",
        nl="geen laag",
        pl="żadna warstwa",
    ),
    Wording(
        en="Write block on: {n} layer, see Devices|Write block on: {n} layers, see Devices",
        es="Bloqueo de escritura activo: {n} capa, véase Dispositivos|Bloqueo de escritura "
        "activo: {n} capas, véase Dispositivos",
        pt="Bloqueio de escrita ativo: {n} camada, ver Dispositivos|Bloqueio de escrita ativo: "
        "{n} camadas, ver Dispositivos",
        de="Schreibschutz aktiv: {n} Schicht, siehe Datenträger|Schreibschutz aktiv: {n} "
        "Schichten, siehe Datenträger",
        fr="Blocage en écriture actif : {n} couche, voir Supports|Blocage en écriture actif : "
        "{n} couches, voir Supports",
        it="Blocco scrittura attivo: {n} livello, vedi Dispositivi|Blocco scrittura attivo: "
        "{n} livelli, vedi Dispositivi",
        nl="Schrijfblokkering actief: {n} laag, zie Gegevensdragers|Schrijfblokkering actief: "
        "{n} lagen, zie Gegevensdragers",
        pl="Blokada zapisu włączona, warstwy: {n}, zob. Nośniki",
    ),
    Wording(
        en="What is not proven",
        es="Lo que no está demostrado",
        pt="O que não está provado",
        de="Was nicht nachgewiesen ist",
        fr="Ce qui n'est pas prouvé",
        it="Che cosa non è dimostrato",
        nl="Wat niet is aangetoond",
        pl="Czego nie wykazano",
    ),
    Wording(
        en="{n} further finding: too many to list here, see entries.jsonl in the bundle|{n} "
        "further findings: too many to list here, see entries.jsonl in the bundle",
        es="{n} hallazgo más: demasiados para esta lista, véase entries.jsonl en el "
        "paquete|{n} hallazgos más: demasiados para esta lista, véase entries.jsonl en el "
        "paquete",
        pt="Mais {n} achado: demasiados para esta lista, ver entries.jsonl no pacote|Mais {n} "
        "achados: demasiados para esta lista, ver entries.jsonl no pacote",
        de="{n} weiterer Treffer: zu viele für diese Liste, siehe entries.jsonl im Paket|{n} "
        "weitere Treffer: zu viele für diese Liste, siehe entries.jsonl im Paket",
        fr="{n} autre élément trouvé : trop pour cette liste, voir entries.jsonl dans le "
        "paquet|{n} autres éléments trouvés : trop pour cette liste, voir entries.jsonl dans "
        "le paquet",
        it="Un altro riscontro ({n}): troppi per questo elenco, vedi entries.jsonl nel "
        "pacchetto|Altri {n} riscontri: troppi per questo elenco, vedi entries.jsonl nel "
        "pacchetto",
        nl="Nog {n} treffer: te veel voor deze lijst, zie entries.jsonl in de bundel|Nog {n} "
        "treffers: te veel voor deze lijst, zie entries.jsonl in de bundel",
        pl="Dalsze trafienia: {n}, zbyt wiele, by je tu wymienić, zob. entries.jsonl w pakiecie",
    ),
    Wording(
        en="Anything that is not attached to this machine: phones, cloud, network storage",
        es="Lo que no está conectado a este equipo: teléfonos, nube, almacenamiento en red",
        pt="O que não está ligado a esta máquina: telefones, nuvem, armazenamento em rede",
        de="Alles, was nicht an diesem Rechner angeschlossen ist: Telefone, Cloud, "
        "Netzwerkspeicher",
        fr="Tout ce qui n'est pas raccordé à cette machine : téléphones, cloud, stockage en réseau",
        it="Tutto ciò che non è collegato a questa macchina: telefoni, cloud, archivi di rete",
        nl="Alles wat niet op deze computer is aangesloten: telefoons, cloud, netwerkopslag",
        pl="Wszystko, co nie jest podłączone do tego komputera: telefony, chmura, dyski sieciowe",
    ),
)
