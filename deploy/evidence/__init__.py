"""Evidence: what this component claims, the tests that show it, and the documents that an authorization asks for."""
