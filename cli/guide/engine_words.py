"""What engine and root helper say in codes, in the agent's language; every language has every code.

The codes are `Tier.code`, `SeekError.code`, the names of the write block's layers, and what the
root helper has against a partition that poses as ours. How a scan ended is said in
triage/ending_words.py.
"""

Words = dict[str, dict[str, str]]
"""Language to code to words."""

TIERS: Words = {
    "en": {
        "matched_at_a_glance": "what matched at a first glance",
        "neighbours": "what lies beside findings",
        "listed_names": "files whose names are on the lab's list",
        "thumbnails": "thumbnail caches, which show deleted pictures",
        "personal_pictures": "pictures and videos where people keep things",
        "phone_backups": "what telephones and their messengers have left on this computer",
        "other_pictures": "other pictures and videos",
        "personal_documents": "archives and documents where people keep things",
        "personal_other": "other content where people keep things",
        "browser_caches": "what browsers have kept of pages they showed",
        "system": "everything else",
        "last": "very large files, and files that no folder names",
    },
    "es": {
        "matched_at_a_glance": "lo que coincidió a primera vista",
        "neighbours": "lo que está junto a los hallazgos",
        "listed_names": "archivos con nombres de la lista del laboratorio",
        "thumbnails": "miniaturas guardadas, que muestran imágenes borradas",
        "personal_pictures": "imágenes y vídeos donde la gente guarda sus cosas",
        "phone_backups": "lo que los teléfonos y su mensajería han dejado en este ordenador",
        "other_pictures": "otras imágenes y vídeos",
        "personal_documents": "archivos comprimidos y documentos personales",
        "personal_other": "otro contenido personal",
        "browser_caches": "lo que los navegadores guardaron de páginas vistas",
        "system": "todo lo demás",
        "last": "archivos muy grandes, y los que ninguna carpeta nombra",
    },
    "pt": {
        "matched_at_a_glance": "o que coincidiu à primeira vista",
        "neighbours": "o que está junto dos achados",
        "listed_names": "ficheiros com nomes da lista do laboratório",
        "thumbnails": "miniaturas guardadas, que mostram imagens apagadas",
        "personal_pictures": "imagens e vídeos onde as pessoas guardam coisas",
        "phone_backups": "o que os telefones e as suas mensagens deixaram neste computador",
        "other_pictures": "outras imagens e vídeos",
        "personal_documents": "arquivos e documentos pessoais",
        "personal_other": "outro conteúdo pessoal",
        "browser_caches": "o que os navegadores guardaram de páginas vistas",
        "system": "tudo o resto",
        "last": "ficheiros muito grandes, e os que nenhuma pasta nomeia",
    },
}
"""What is looked at."""

ERRORS: Words = {
    "en": {
        "seek": "The scan could not go on.",
        "usage": "The scan was asked for something that it cannot do.",
        "profile": "The profile says something that is not understood.",
        "not_installed": "Something that the scan needs is not on this stick. Use another one.",
        "source": "A disk does not answer, or cannot be opened.",
        "hash_set": "A hash set cannot be read. The lab must copy it anew.",
        "unsigned_set": "A hash set is not signed by your lab, and the profile asks for that.",
        "model": "A model pack is damaged. Use another stick.",
        "worker": "A reading process cannot start: there may be too little memory.",
        "evidence_stick": "The evidence stick cannot be written to. Use another one.",
        "stick_full": "The evidence stick is full. Use another one.",
        "bundle": "The findings cannot be written. Use another evidence stick.",
        "verification": "The bundle is not what was signed.",
        "store": "The lab's store cannot be used. It is not for use on the stick.",
        "signing": "The findings cannot be signed.",
        "unsealed": "What was found is on the stick, not signed. The lab can go on with it.",
        "unforeseen": "seek itself failed. Try again; tell whoever looks after the stick.",
    },
    "es": {
        "seek": "El análisis no pudo seguir.",
        "usage": "Se pidió algo que el análisis no puede hacer.",
        "profile": "El perfil dice algo que no se entiende.",
        "not_installed": "Falta en esta memoria USB algo que el análisis necesita. Use otra.",
        "source": "Un disco no responde, o no se puede abrir.",
        "hash_set": "Un conjunto de hashes es ilegible. El laboratorio debe copiarlo de nuevo.",
        "unsigned_set": "Un conjunto de hashes no está firmado por el laboratorio.",
        "model": "Un modelo está dañado. Use otra memoria USB.",
        "worker": "No se puede iniciar un proceso de lectura: quizá falte memoria.",
        "evidence_stick": "No se puede escribir en la memoria de evidencias. Use otra.",
        "stick_full": "La memoria de evidencias está llena. Use otra.",
        "bundle": "No se pueden escribir los hallazgos. Use otra memoria de evidencias.",
        "verification": "El paquete no es el que se firmó.",
        "store": "No se puede usar el almacén del laboratorio; no es para esta memoria.",
        "signing": "No se pueden firmar los hallazgos.",
        "unsealed": "Lo hallado está en la memoria, sin firmar. El laboratorio puede continuarlo.",
        "unforeseen": "Falló seek mismo. Repita; avise a quien cuida de la memoria USB.",
    },
    "pt": {
        "seek": "A análise não pôde continuar.",
        "usage": "Pediu-se algo que a análise não pode fazer.",
        "profile": "O perfil diz algo que não se entende.",
        "not_installed": "Falta nesta pen USB algo de que a análise precisa. Use outra.",
        "source": "Um disco não responde, ou não se consegue abrir.",
        "hash_set": "Um conjunto de hashes é ilegível. O laboratório deve copiá-lo de novo.",
        "unsigned_set": "Um conjunto de hashes não está assinado pelo laboratório.",
        "model": "Um modelo está danificado. Use outra pen USB.",
        "worker": "Um processo de leitura não arranca: talvez falte memória.",
        "evidence_stick": "Não se consegue escrever na pen de provas. Use outra.",
        "stick_full": "A pen de provas está cheia. Use outra.",
        "bundle": "Os achados não se conseguem escrever. Use outra pen de provas.",
        "verification": "O pacote não é o que foi assinado.",
        "store": "O arquivo do laboratório não se consegue usar; não é para esta pen.",
        "signing": "Os achados não se conseguem assinar.",
        "unsealed": "O que foi achado está na pen, por assinar. O laboratório pode continuá-lo.",
        "unforeseen": "O próprio seek falhou. Repita; avise quem cuida da pen USB.",
    },
}
"""Why a scan failed, and what to do; what it said itself, in English, stands below."""

POSED: Words = {
    "en": {
        "block_off": "the write block is not complete",
        "not_usb": "it is not on USB",
        "not_enrolled": "no signed enrolment names it",
        "other_serial": "enrolled, but its disk has another serial number",
        "other_id": "enrolled, but it does not hold the enrolment's id",
        "not_exfat": "enrolled, but it does not mount as exFAT",
        "not_mounted": "it did not mount",
        "another_open": "another evidence partition is open",
    },
    "es": {
        "block_off": "el bloqueo de escritura está incompleto",
        "not_usb": "no está en USB",
        "not_enrolled": "ningún alta firmada la nombra",
        "other_serial": "dada de alta, pero su disco tiene otro número de serie",
        "other_id": "dada de alta, pero no lleva la identificación del alta",
        "not_exfat": "dada de alta, pero no se monta como exFAT",
        "not_mounted": "no se pudo montar",
        "another_open": "ya hay otra partición de evidencias abierta",
    },
    "pt": {
        "block_off": "o bloqueio de escrita está incompleto",
        "not_usb": "não está em USB",
        "not_enrolled": "nenhum registo assinado a nomeia",
        "other_serial": "registada, mas o seu disco tem outro número de série",
        "other_id": "registada, mas não tem a identificação do registo",
        "not_exfat": "registada, mas não se monta como exFAT",
        "not_mounted": "não se conseguiu montar",
        "another_open": "já está aberta outra partição de provas",
    },
}
"""Why a partition that looks like an evidence stick is not opened."""

LAYERS: Words = {
    "en": {
        "read-only-flag": "every device carries the kernel's read-only flag",
        "bpf-programs": "no disk opens for writing or takes a command, no way past; no risky mount",
        "no-writers": "no file system or array driver that writes is in the image",
        "unprivileged-reading": "seek runs as a user who cannot write to a device",
        "kernel-command-line": "no resume, no swap, no automatic mounts",
        "verified-root": "every byte of the running system is checked",
    },
    "es": {
        "read-only-flag": "cada dispositivo lleva la marca de solo lectura",
        "bpf-programs": "ningún disco se abre para escribir ni admite órdenes, por ningún camino",
        "no-writers": "ningún controlador que escriba está en la imagen",
        "unprivileged-reading": "seek corre como usuario que no puede escribir",
        "kernel-command-line": "sin reanudación, sin intercambio, sin montajes automáticos",
        "verified-root": "se comprueba cada byte del sistema",
    },
    "pt": {
        "read-only-flag": "cada dispositivo tem a marca de só leitura",
        "bpf-programs": "nenhum disco se abre para escrita nem aceita ordens, por caminho nenhum",
        "no-writers": "nenhum controlador que escreva está na imagem",
        "unprivileged-reading": "o seek corre como utilizador que não pode escrever",
        "kernel-command-line": "sem retoma, sem troca, sem montagens automáticas",
        "verified-root": "verifica-se cada byte do sistema",
    },
}
"""What each layer of the write block does."""

NOT_ENROLLED: Words = {
    "en": {
        "block_off": "the write block is not complete",
        "not_there": "it is not plugged in any more",
        "not_usb": "it is not on USB",
        "no_serial": "it tells no serial number; take another stick",
        "enrolled": "it is enrolled already",
        "other_table": "its partition table is not the published one; write the image anew",
        "too_small": "there is no room behind the system; take a stick of 8 GB or more",
        "other_serial": "that is not its serial number",
        "other_system": "the system on it is not the one that runs here",
        "failed": "it was begun and not finished; write the image anew, or take another stick",
    },
    "es": {
        "block_off": "el bloqueo de escritura no está completo",
        "not_there": "ya no está conectada",
        "not_usb": "no está conectada por USB",
        "no_serial": "no dice su número de serie; use otra memoria",
        "enrolled": "ya está registrada",
        "other_table": "su tabla de particiones no es la publicada; grabe la imagen de nuevo",
        "too_small": "no hay sitio tras el sistema; use una memoria de 8 GB o más",
        "other_serial": "ese no es su número de serie",
        "other_system": "el sistema que contiene no es el que funciona aquí",
        "failed": "se empezó y no se terminó; grabe la imagen de nuevo, o use otra memoria",
    },
    "pt": {
        "block_off": "o bloqueio de escrita não está completo",
        "not_there": "já não está ligada",
        "not_usb": "não está ligada por USB",
        "no_serial": "não diz o número de série; use outra pen",
        "enrolled": "já está registada",
        "other_table": "a tabela de partições não é a publicada; grave a imagem de novo",
        "too_small": "não há espaço atrás do sistema; use uma pen de 8 GB ou mais",
        "other_serial": "esse não é o número de série",
        "other_system": "o sistema que contém não é o que corre aqui",
        "failed": "foi começado e não acabado; grave a imagem de novo, ou use outra pen",
    },
}
"""Why a stick that was written from the plain image does not enrol itself: `own_enrolment.py`."""
