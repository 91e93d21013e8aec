"""The review pages: made by the server, readable and decidable without script."""
