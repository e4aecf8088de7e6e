"""What the report says of findings that show the same, and of why something is one."""

from triage.languages import Wording

WORDS = (
    Wording(
        en="It shows the same as {n} other finding: {which}.|It shows the same as {n} other "
        "findings: {which}.",
        es="Muestra lo mismo que otro hallazgo ({n}): {which}.|Muestra lo mismo que otros {n} "
        "hallazgos: {which}.",
        pt="Mostra o mesmo que outro achado ({n}): {which}.|Mostra o mesmo que outros {n} "
        "achados: {which}.",
        de="Zeigt dasselbe wie {n} anderer Treffer: {which}.|Zeigt dasselbe wie {n} andere "
        "Treffer: {which}.",
        fr="Montre la même chose que {n} autre élément : {which}.|Montre la même chose que {n} "
        "autres éléments : {which}.",
        it="Mostra lo stesso di un altro riscontro ({n}): {which}.|Mostra lo stesso di altri "
        "{n} riscontri: {which}.",
        nl="Toont hetzelfde als {n} andere treffer: {which}.|Toont hetzelfde als {n} andere "
        "treffers: {which}.",
        pl="Pokazuje to samo co inne trafienia ({n}): {which}.",
    ),
    Wording(
        en="{n} exact copy|{n} exact copies",
        es="{n} copia exacta|{n} copias exactas",
        pt="{n} cópia exata|{n} cópias exatas",
        de="{n} genaue Kopie|{n} genaue Kopien",
        fr="{n} copie exacte|{n} copies exactes",
        it="{n} copia esatta|{n} copie esatte",
        nl="{n} exacte kopie|{n} exacte kopieën",
        pl="dokładne kopie: {n}",
    ),
    Wording(
        en="{n} that looks alike|{n} that look alike",
        es="{n} parecido|{n} parecidos",
        pt="{n} parecido|{n} parecidos",
        de="{n} ähnlich aussehender|{n} ähnlich aussehende",
        fr="{n} semblable|{n} semblables",
        it="{n} simile|{n} simili",
        nl="{n} gelijkende|{n} gelijkende",
        pl="podobne: {n}",
    ),
    Wording(
        en="exact copy",
        es="copia exacta",
        pt="cópia exata",
        de="genaue Kopie",
        fr="copie exacte",
        it="copia esatta",
        nl="exacte kopie",
        pl="dokładna kopia",
    ),
    Wording(
        en="{n} of 256 bits differs|{n} of 256 bits differ",
        es="{n} de 256 bits difiere|{n} de 256 bits difieren",
        pt="{n} de 256 bits difere|{n} de 256 bits diferem",
        de="{n} von 256 Bits weicht ab|{n} von 256 Bits weichen ab",
        fr="{n} bit sur 256 diffère|{n} bits sur 256 diffèrent",
        it="{n} bit su 256 differisce|{n} bit su 256 differiscono",
        nl="{n} van 256 bits verschilt|{n} van 256 bits verschillen",
        pl="różniące się bity: {n} z 256",
    ),
    Wording(
        en="like the same entry of a set",
        es="como la misma entrada de un conjunto",
        pt="como a mesma entrada de um conjunto",
        de="wie derselbe Eintrag eines Hashsets",
        fr="comme la même entrée d'un jeu",
        it="come la stessa voce di un insieme",
        nl="als dezelfde vermelding van een set",
        pl="jak ten sam wpis zbioru",
    ),
    Wording(
        en="In the table above, and not here: {n} further one.|In the table above, and not "
        "here: {n} further ones.",
        es="En la tabla de arriba, y no aquí: {n} más.",
        pt="Na tabela acima, e não aqui: mais {n}.",
        de="In der Tabelle oben und nicht hier: {n} weiterer.|In der Tabelle oben und nicht "
        "hier: {n} weitere.",
        fr="Dans le tableau ci-dessus, et pas ici : {n} autre.|Dans le tableau ci-dessus, et "
        "pas ici : {n} autres.",
        it="Nella tabella sopra, e non qui: altri {n}.",
        nl="In de tabel hierboven en niet hier: nog {n}.",
        pl="W tabeli powyżej, a nie tutaj: jeszcze {n}.",
    ),
    Wording(
        en="At least {n} different pictures look like one and the same entry of a set. An "
        "entry that so much looks like says little about any of them: compare it with a few, "
        "and doubt the entry.",
        es="Al menos {n} imágenes distintas se parecen a una misma entrada de un conjunto. Una "
        "entrada a la que tanto se parece dice poco de cada una: compárela con algunas y dude "
        "de la entrada.",
        pt="Pelo menos {n} imagens diferentes parecem-se com uma mesma entrada de um conjunto. "
        "Uma entrada com que tanto se parece diz pouco de cada uma: compare-a com algumas e "
        "duvide da entrada.",
        de="Mindestens {n} verschiedene Bilder ähneln ein und demselben Eintrag eines "
        "Hashsets. Ein Eintrag, dem so vieles ähnelt, sagt wenig über jedes davon: Vergleichen "
        "Sie ihn mit einigen, und misstrauen Sie dem Eintrag.",
        fr="Au moins {n} images différentes ressemblent à une même entrée d'un jeu. Une entrée "
        "à laquelle tant de choses ressemblent dit peu de chacune : comparez-la à "
        "quelques-unes et doutez de l'entrée.",
        it="Almeno {n} immagini diverse somigliano a una stessa voce di un insieme. Una voce a "
        "cui tanto somiglia dice poco di ciascuna: la si confronti con alcune, e si dubiti "
        "della voce.",
        nl="Ten minste {n} verschillende afbeeldingen lijken op een en dezelfde vermelding van "
        "een set. Een vermelding waar zoveel op lijkt, zegt weinig over elk ervan: vergelijk "
        "haar met enkele en twijfel aan de vermelding.",
        pl="Co najmniej {n} różnych obrazów przypomina jeden i ten sam wpis zbioru. Wpis, do "
        "którego tak wiele jest podobne, niewiele mówi o każdym z nich: porównaj go z kilkoma "
        "i podejdź do niego z rezerwą.",
    ),
    Wording(
        en="its {algorithm} is in the set {set}",
        es="su {algorithm} está en el conjunto {set}",
        pt="o seu {algorithm} está no conjunto {set}",
        de="sein {algorithm} steht im Hashset {set}",
        fr="son {algorithm} est dans le jeu {set}",
        it="il suo {algorithm} è nell'insieme {set}",
        nl="de {algorithm} staat in de set {set}",
        pl="jego {algorithm} jest w zbiorze {set}",
    ),
    Wording(
        en="its {algorithm} is in the set {set}, category {category}",
        es="su {algorithm} está en el conjunto {set}, categoría {category}",
        pt="o seu {algorithm} está no conjunto {set}, categoria {category}",
        de="sein {algorithm} steht im Hashset {set}, Kategorie {category}",
        fr="son {algorithm} est dans le jeu {set}, catégorie {category}",
        it="il suo {algorithm} è nell'insieme {set}, categoria {category}",
        nl="de {algorithm} staat in de set {set}, categorie {category}",
        pl="jego {algorithm} jest w zbiorze {set}, kategoria {category}",
    ),
    Wording(
        en="{n} of 256 bits differs from a picture in the set {set}|{n} of 256 bits differ "
        "from a picture in the set {set}",
        es="difiere en {n} de 256 bits de una imagen del conjunto {set}",
        pt="difere em {n} de 256 bits de uma imagem do conjunto {set}",
        de="weicht in {n} von 256 Bits von einem Bild des Hashsets {set} ab",
        fr="diffère de {n} bit sur 256 d'une image du jeu {set}|diffère de {n} bits sur 256 "
        "d'une image du jeu {set}",
        it="differisce per {n} bit su 256 da un'immagine dell'insieme {set}",
        nl="verschilt {n} van 256 bits van een afbeelding in de set {set}",
        pl="różni się od obrazu ze zbioru {set}, bity: {n} z 256",
    ),
    Wording(
        en="pictures of this video look like pictures in the set {set}: {frames}",
        es="imágenes de este vídeo se parecen a imágenes del conjunto {set}: {frames}",
        pt="imagens deste vídeo parecem-se com imagens do conjunto {set}: {frames}",
        de="Bilder dieses Videos ähneln Bildern des Hashsets {set}: {frames}",
        fr="des images de cette vidéo ressemblent à des images du jeu {set} : {frames}",
        it="immagini di questo video somigliano a immagini dell'insieme {set}: {frames}",
        nl="beelden van deze video lijken op afbeeldingen in de set {set}: {frames}",
        pl="klatki tego filmu przypominają obrazy ze zbioru {set}: {frames}",
    ),
    Wording(
        en="the content is {type}",
        es="el contenido es {type}",
        pt="o conteúdo é {type}",
        de="der Inhalt ist {type}",
        fr="le contenu est {type}",
        it="il contenuto è {type}",
        nl="de inhoud is {type}",
        pl="zawartość to {type}",
    ),
    Wording(
        en="“{entry}” is on the list {list}",
        es="«{entry}» está en la lista {list}",
        pt="«{entry}» está na lista {list}",
        de="„{entry}“ steht auf der Liste {list}",
        fr="« {entry} » est sur la liste {list}",
        it="«{entry}» è nell'elenco {list}",
        nl="“{entry}” staat op de lijst {list}",
        pl="„{entry}” jest na liście {list}",
    ),
    Wording(
        en="an estimate by the model {model}, no proof",
        es="una estimación del modelo {model}, no una prueba",
        pt="uma estimativa do modelo {model}, não uma prova",
        de="eine Schätzung des Modells {model}, kein Beweis",
        fr="une estimation du modèle {model}, pas une preuve",
        it="una stima del modello {model}, non una prova",
        nl="een schatting van het model {model}, geen bewijs",
        pl="szacunek modelu {model}, nie dowód",
    ),
)
