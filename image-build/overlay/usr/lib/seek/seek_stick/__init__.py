"""The root side of the stick: the write block's state, and the evidence partition's opening and closing."""
