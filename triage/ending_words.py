"""How a scan ended, in words: the same on every surface, in every language of the guide.

Nothing is imported here: the guide on the stick starts without the engine. Keys are the values of
`ending.How` and `ending.Reason`; a test holds that every language has them all.
"""

SAID_ONLY = frozenset({"left_out", "known", "outside_files", "no_files"})
"""Reasons that do not colour: every scan has them, or the profile wants them."""

UNCOUNTED = frozenset({"no_hash_set", "outside_files"})
"""Reasons that a number would not make clearer."""

NOT_SEEN: dict[str, dict[str, str]] = {
    "en": {
        "not_reached": "files not reached",
        "survey_unfinished": "volumes not listed to the end",
        "device_not_listed": "devices whose volumes could not be listed",
        "device_gone": "devices that disappeared meanwhile",
        "volume_encrypted": "ENCRYPTED volumes, not looked into",
        "volume_unsupported": "volumes that this version cannot read",
        "volume_damaged": "damaged volumes, not looked into",
        "volume_unrecognised": "volumes of no known kind: noise, wiped or hidden",
        "volume_in_part": "volumes that hold more than could be read",
        "unclaimed_content": "places in no volume that hold something",
        "no_hash_set": "NO NOTABLE HASH SET: known material is not recognised",
        "set_left_out": "hash sets that could not be used",
        "set_in_part": "hash sets with lines that were not understood",
        "set_expired": "hash sets that have expired",
        "set_altered": "hash sets found ALTERED, not all compared with them",
        "detector_left_out": "parts of the search that do not run on this machine",
        "entry_encrypted": "encrypted files",
        "entry_elsewhere": "files whose content is not on this device or not readable",
        "entry_unreadable": "files that could not be read or decoded",
        "container_encrypted": "ENCRYPTED archives and documents, not looked into",
        "container_unopened": "archives, documents and mail, not looked into",
        "picture_undecoded": "pictures of a kind that is not decoded",
        "limit": "limits that the listing ran into",
        "trouble": "things that went wrong",
        "left_out": "files left out by the profile",
        "known": "files in a set of known files, looked at no further",
        "outside_files": "space outside files",
        "no_files": "volumes that hold no files, as swap does",
    },
    "es": {
        "not_reached": "archivos no alcanzados",
        "survey_unfinished": "volúmenes sin listar hasta el final",
        "device_not_listed": "dispositivos cuyos volúmenes no se pudieron listar",
        "device_gone": "dispositivos que desaparecieron entretanto",
        "volume_encrypted": "volúmenes CIFRADOS, sin examinar",
        "volume_unsupported": "volúmenes que esta versión no sabe leer",
        "volume_damaged": "volúmenes dañados, sin examinar",
        "volume_unrecognised": "volúmenes de tipo desconocido: ruido, borrados u ocultos",
        "volume_in_part": "volúmenes que contienen más de lo que se pudo leer",
        "unclaimed_content": "zonas fuera de todo volumen que contienen algo",
        "no_hash_set": "SIN CONJUNTO NOTABLE: no se reconoce lo conocido",
        "set_left_out": "conjuntos de hashes que no se pudieron usar",
        "set_in_part": "conjuntos de hashes con líneas no entendidas",
        "set_expired": "conjuntos de hashes caducados",
        "set_altered": "conjuntos de hashes ALTERADOS, comparación incompleta",
        "detector_left_out": "partes de la búsqueda que no funcionan en este equipo",
        "entry_encrypted": "archivos cifrados",
        "entry_elsewhere": "archivos cuyo contenido no está aquí o no se puede leer",
        "entry_unreadable": "archivos que no se pudieron leer o descodificar",
        "container_encrypted": "archivos comprimidos y documentos CIFRADOS, sin abrir",
        "container_unopened": "archivos comprimidos, documentos y correo, sin abrir",
        "picture_undecoded": "imágenes de un tipo que no se descodifica",
        "limit": "límites alcanzados al listar",
        "trouble": "cosas que fallaron",
        "left_out": "archivos que el perfil deja fuera",
        "known": "archivos de un conjunto conocido, no examinados más",
        "outside_files": "el espacio fuera de los archivos",
        "no_files": "volúmenes sin archivos, como el de intercambio",
    },
    "pt": {
        "not_reached": "ficheiros não alcançados",
        "survey_unfinished": "volumes não listados até ao fim",
        "device_not_listed": "dispositivos cujos volumes não se puderam listar",
        "device_gone": "dispositivos que entretanto desapareceram",
        "volume_encrypted": "volumes CIFRADOS, não examinados",
        "volume_unsupported": "volumes que esta versão não sabe ler",
        "volume_damaged": "volumes danificados, não examinados",
        "volume_unrecognised": "volumes de tipo desconhecido: ruído, apagados ou ocultos",
        "volume_in_part": "volumes que contêm mais do que se pôde ler",
        "unclaimed_content": "zonas fora de qualquer volume que contêm algo",
        "no_hash_set": "SEM CONJUNTO NOTÁVEL: o conhecido não é reconhecido",
        "set_left_out": "conjuntos de hashes que não se puderam usar",
        "set_in_part": "conjuntos de hashes com linhas não entendidas",
        "set_expired": "conjuntos de hashes caducados",
        "set_altered": "conjuntos de hashes ALTERADOS, comparação incompleta",
        "detector_left_out": "partes da busca que não funcionam nesta máquina",
        "entry_encrypted": "ficheiros cifrados",
        "entry_elsewhere": "ficheiros cujo conteúdo não está aqui ou não é legível",
        "entry_unreadable": "ficheiros que não se puderam ler ou descodificar",
        "container_encrypted": "arquivos e documentos CIFRADOS, por abrir",
        "container_unopened": "arquivos, documentos e correio, por abrir",
        "picture_undecoded": "imagens de um tipo que não se descodifica",
        "limit": "limites atingidos ao listar",
        "trouble": "coisas que falharam",
        "left_out": "ficheiros que o perfil deixa de fora",
        "known": "ficheiros de um conjunto conhecido, não examinados mais",
        "outside_files": "o espaço fora dos ficheiros",
        "no_files": "volumes sem ficheiros, como o de troca",
    },
}
"""What was not looked at, before its number."""

ENDED: dict[str, dict[str, str]] = {
    "en": {
        "complete": "All that was asked for was looked at.",
        "not_all": "Not all could be looked at.",
        "out_of_time": "NOT FINISHED: the time limit came first",
        "out_of_workers": "NOT FINISHED: no reader could be started any more",
        "interrupted": "NOT FINISHED: stopped by hand",
    },
    "es": {
        "complete": "Se examinó todo lo pedido.",
        "not_all": "No se pudo examinar todo.",
        "out_of_time": "SIN TERMINAR: antes llegó el límite de tiempo",
        "out_of_workers": "SIN TERMINAR: ya no se pudo iniciar ningún lector",
        "interrupted": "SIN TERMINAR: detenido a mano",
    },
    "pt": {
        "complete": "Foi examinado tudo o que se pediu.",
        "not_all": "Não se pôde examinar tudo.",
        "out_of_time": "POR TERMINAR: o limite de tempo chegou antes",
        "out_of_workers": "POR TERMINAR: já não se pôde iniciar nenhum leitor",
        "interrupted": "POR TERMINAR: parado à mão",
    },
}

NOTHING_FOUND: dict[str, tuple[str, str]] = {
    "en": ("NO FINDINGS", "NO FINDINGS, BUT NOT ALL WAS LOOKED AT"),
    "es": ("SIN HALLAZGOS", "SIN HALLAZGOS, PERO NO SE EXAMINÓ TODO"),
    "pt": ("SEM ACHADOS", "SEM ACHADOS, MAS NÃO SE EXAMINOU TUDO"),
}
"""The headline where nothing was found: where all was looked at, and where not."""

UNFINISHED = frozenset({"out_of_time", "out_of_workers", "interrupted"})
"""Ways to end whose words are told before what was not looked at."""


def not_seen(language: str, reason: str, count: int, amount: str = "") -> str:
    """`files not reached: 392`; of space outside files `amount`, its size in words."""
    said = NOT_SEEN[language][reason]
    if reason in UNCOUNTED:
        return f"{said}: {amount}" if amount else said
    return f"{said}: {count:,}"


def nothing_found(language: str, how: str) -> str:
    """The headline of a scan without findings: the plain one only where all was looked at."""
    return NOTHING_FOUND[language][how != "complete"]
