"""The lab's side: all bundles in one store, and what each shows together with the others.

On the lab's machine alone. Nothing on scene imports it, and the stick has none of it.
"""
