"""The bundle: the only place that writes files. Format: docs/formats/bundle.md.

From the main path:

    with open_signer(key_file_or_None) as signer:           # signing.py; None: a fresh key
        key = ScanKey.vouched_for(signer)                   # asks for the passphrase now, not later
        writer = BundleWriter(out, case, devices, scan_key=key)  # refuses scanned devices
        writer.log("scan started", profile="quick")         # audit log; fields are plain values
        for entry, result in …:                             # each surveyed entry exactly once,
            finding = writer.entry(entry, result)           # not reached ones too; Finding or None
            if finding:
                writer.commit()                             # on the medium before it is shown
            if writer.due:
                writer.commit()                             # every 2 s
        document = Document(tool=…, coverage=…, …)          # document.py; without findings, log
        folder = writer.seal(document, signer)              #   and signer: sealing fills them in

The document's coverage must be what `Coverage.settle(entry.volume_id, entry.size, result.outcome,
result.reason)` counts over the same entries: `seek verify` counts entries.jsonl again. Before
`vouched_for` and `writer.seal`, stop any live display: ssh-keygen may ask at the terminal.

    verify(folder, signers=…)                               # verify.py; numbered steps
    render(document)                                        # html; a rendering of findings.json
"""
