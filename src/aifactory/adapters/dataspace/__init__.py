"""How the factory proves itself to other participants of a dataspace, and how it calls them."""
