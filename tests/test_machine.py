"""The machine as its firmware names it: what is on the label, and nothing that says nothing."""

from pathlib import Path

from triage.machine import Machine, this_machine


def fields(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / name).write_text(f"{text}\n")
    return folder


def test_maker_model_and_serial_number_are_read(tmp_path: Path) -> None:
    fields(tmp_path, sys_vendor="Dell Inc.", product_name="OptiPlex 7050", product_serial="5XYZ1")
    assert this_machine(tmp_path) == Machine(
        maker="Dell Inc.", model="OptiPlex 7050", serial="5XYZ1"
    )


def test_what_a_board_says_whose_maker_left_it_empty_is_left_out(tmp_path: Path) -> None:
    fields(
        tmp_path,
        sys_vendor="To Be Filled By O.E.M.",
        board_vendor="ASUSTeK",
        product_name="System Product Name",
        board_name="P8H61",
        product_serial="Default string",
        chassis_serial="",
        board_serial="MT7012",
    )
    assert this_machine(tmp_path) == Machine(maker="ASUSTeK", model="P8H61", serial="MT7012")


def test_a_machine_without_such_tables_is_no_trouble(tmp_path: Path) -> None:
    assert this_machine(tmp_path / "absent") == Machine()


def test_absurd_fields_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "sys_vendor").write_bytes(b"\xff" * 100_000)
    assert len(this_machine(tmp_path).maker) == 120
