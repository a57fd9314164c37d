"""The routes, by what they are about; each calls one use case of the node."""
