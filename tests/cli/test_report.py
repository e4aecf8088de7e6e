import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cli.report import report
from tests.bundle import samples
from triage.bundle.format import layout
from triage.errors import UsageError

app = typer.Typer()
app.command()(report)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return samples.sealed(tmp_path_factory.mktemp("cli"))


def test_the_page_is_rendered_again_beside_the_bundle(bundle: Path) -> None:
    result = CliRunner().invoke(app, [str(bundle)], catch_exceptions=False)
    assert result.exit_code == 0
    file = bundle.with_name(f"{bundle.name}-report.html")
    assert str(file) in result.output
    sealed = (bundle / layout.REPORT).read_text(encoding="utf-8")
    again = file.read_text(encoding="utf-8")
    assert again.replace(f"{bundle.name}/media/", "media/") == sealed


def test_the_page_is_rendered_in_another_language_too(bundle: Path, tmp_path: Path) -> None:
    arguments = [str(bundle), "--language", "fr", "--out", str(tmp_path / "fr.html")]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    page = (tmp_path / "fr.html").read_text(encoding="utf-8")
    assert '<html lang="fr">' in page
    assert "Un triage n&#x27;est pas une preuve." in page
    arguments = [str(bundle), "--language", "tlh", "--out", str(tmp_path / "tlh.html")]
    assert CliRunner().invoke(app, arguments).exit_code == 2
    assert not (tmp_path / "tlh.html").exists()


def test_other_tools_get_csv_and_vics(bundle: Path, tmp_path: Path) -> None:
    for export, file in (("csv", tmp_path / "f.csv"), ("vics", tmp_path / "f.json")):
        arguments = [str(bundle), "--export", export, "--out", str(file)]
        assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    assert (tmp_path / "f.csv").read_bytes().startswith(b"\xef\xbb\xbffinding,")
    assert len(json.loads((tmp_path / "f.json").read_bytes())["value"][0]["Media"]) == 3


def test_nothing_is_written_into_the_bundle(bundle: Path) -> None:
    before = sorted(bundle.rglob("*"))
    arguments = [str(bundle), "--out", str(bundle / "new.html")]
    with pytest.raises(UsageError):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert sorted(bundle.rglob("*")) == before
