"""`seek lab serve`: the store's pages, HTML that a server of the lab makes; no script runs in them.

gate.py alone decides whether who asks gets an answer; routes.py lists all that can be asked for.
"""
