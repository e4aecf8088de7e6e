"""Man pages and shell completion, made from the commands as they are: `python -m cli.manual DIR`.

What packages seek runs it: `make man` here, and the recipe of the live image. No command does.
"""
