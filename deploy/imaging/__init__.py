"""How the image is built, looked into and held to its contract; the standard library is enough."""
