"""What a lab does on its own machine: sets of its own pictures, one picture against a bundle's, a
model tried before it is relied on. All of it is looked at by workers without rights.
"""
