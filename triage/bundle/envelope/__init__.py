"""A bundle that only the lab can open: age's file format, and what lies in it."""
