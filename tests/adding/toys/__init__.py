"""One toy of each kind that CONTRIBUTING.md has a recipe for."""

from tests.adding.recipes import Toy
from tests.adding.toys import (
    command,
    container,
    detector,
    event,
    export,
    field,
    hash_set_format,
    image_format,
    layer,
    message,
    tree,
)

TOYS: tuple[Toy, ...] = (
    tree.TOY,
    layer.TOY,
    image_format.TOY,
    detector.TOY,
    hash_set_format.TOY,
    export.TOY,
    field.TOY,
    container.TOY,
    command.TOY,
    event.TOY,
    message.TOY,
)
