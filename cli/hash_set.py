"""`seek hash-set`: build, look into and take apart hash sets. For the technician."""

import typer

app = typer.Typer(no_args_is_help=True, help="Build, inspect and look up in hash sets.")
