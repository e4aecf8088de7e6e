"""Reading a bundle again, and holding it against itself."""
