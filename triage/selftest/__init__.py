"""Known answers: disks made on the spot, and the installed program run on them as anybody runs it.

What is on them is drawn here: coloured shapes, and nothing else.
"""
