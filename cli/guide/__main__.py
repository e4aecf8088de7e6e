"""How the stick's consoles start the guide: without the other commands, which take seconds."""

from cli.guide import guide

guide()
