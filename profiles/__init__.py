"""The shipped profiles, as data."""
