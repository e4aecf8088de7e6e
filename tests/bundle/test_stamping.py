"""Time stamps of bundles, by an authority that is made here with stock openssl."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bundle import samples
from tests.conftest import Seek
from triage.bundle.checking import stamping
from triage.bundle.checking.folder import BundleFolder
from triage.bundle.checking.verify import verify
from triage.bundle.format import layout
from triage.errors import ExitCode, VerificationError

CONFIGURATION = """\
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
accuracy = secs:1
[ req ]
distinguished_name = name
prompt = no
[ name ]
CN = Somebody's clock
[ stamps ]
extendedKeyUsage = critical,timeStamping
"""


class Authority:
    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._settings = folder / "tsa.cnf"
        self._settings.write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self.certificate, self._key = folder / "tsa.pem", folder / "tsa.key"
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", self._key, "-out", self.certificate, "-days", "3",
                  "-extensions", "stamps")  # fmt: skip

    def answer(self, query: Path, reply: Path) -> Path:
        self._run("ts", "-reply", "-queryfile", query, "-signer", self.certificate,
                  "-inkey", self._key, "-out", reply)  # fmt: skip
        return reply

    def _run(self, *words: object) -> None:
        command = ["openssl", *map(str, words), "-config", str(self._settings)]
        subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "here")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return samples.sealed(tmp_path, findings=1)


def test_a_bundle_is_stamped_and_the_stamp_is_kept_beside_it(
    seek: Seek, bundle: Path, authority: Authority, tmp_path: Path
) -> None:
    asked = seek("stamp", bundle)
    assert asked.returncode == 0, asked.stderr
    query = stamping.query_of(bundle)
    reply = authority.answer(query, tmp_path / "reply")
    done = seek("stamp", bundle, "--reply", reply, "--authority", authority.certificate)
    assert done.returncode == 0, done.stderr
    assert "Stamped" in done.stdout
    assert "GMT" in done.stdout
    again = seek("stamp", bundle, "--authority", authority.certificate)
    assert again.returncode == 0, again.stderr
    assert verify(bundle).failed is None, "what lies beside it is no part of it"


def test_stock_openssl_reads_the_question(bundle: Path, tmp_path: Path) -> None:
    query = stamping.query(BundleFolder(bundle))
    (tmp_path / "query").write_bytes(query)
    said = subprocess.run(
        ["openssl", "ts", "-query", "-in", tmp_path / "query", "-text"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert "Hash Algorithm: sha256" in said
    assert "Certificate required: yes" in said
    digest = BundleFolder(bundle).digest(layout.SIGNATURE)
    dump = "".join(line.partition(" - ")[2][:50] for line in said.splitlines() if " - " in line)
    assert digest in dump.replace(" ", "").replace("-", "")
    assert query != stamping.query(BundleFolder(bundle)), "two questions have the same number"


def test_a_question_by_stock_openssl_does_as_well(
    bundle: Path, authority: Authority, tmp_path: Path
) -> None:
    subprocess.run(
        ["openssl", "ts", "-query", "-data", bundle / layout.SIGNATURE, "-sha256", "-cert",
         "-out", tmp_path / "query"], check=True, capture_output=True,
    )  # fmt: skip
    reply = authority.answer(tmp_path / "query", tmp_path / "reply")
    assert stamping.check(BundleFolder(bundle), reply, authority.certificate).serial


def test_the_stamp_of_another_bundle_by_another_authority_or_none_is_refused(
    bundle: Path, authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "query").write_bytes(stamping.query(BundleFolder(bundle)))
    reply = authority.answer(tmp_path / "query", tmp_path / "reply")
    (tmp_path / "b").mkdir()
    other = BundleFolder(samples.sealed(tmp_path / "b", findings=1))
    with pytest.raises(VerificationError):
        stamping.check(other, reply, authority.certificate)
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(VerificationError):
        stamping.check(BundleFolder(bundle), reply, stranger.certificate)
    for number, content in enumerate(
        (b"", b"\x30\x03\x02\x01\x00", bytes(stamping.MOST_BYTES + 1))
    ):
        (tmp_path / f"bad{number}").write_bytes(content)
        with pytest.raises(VerificationError):
            stamping.check(BundleFolder(bundle), tmp_path / f"bad{number}", authority.certificate)


def test_a_bundle_that_was_changed_or_never_sealed_is_not_stamped(
    seek: Seek, bundle: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(bundle, changed)
    (changed / layout.REPORT).write_bytes(b"another story")
    assert seek("stamp", changed).returncode == ExitCode.NOT_VERIFIED
    (changed / layout.SIGNATURE).unlink()
    assert seek("stamp", changed).returncode == ExitCode.FAILED
    assert not stamping.query_of(changed).exists()
