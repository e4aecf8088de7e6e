"""A layer and a tree that nobody needs: what ARCHITECTURE.md says of adding one, tried."""
