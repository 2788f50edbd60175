"""How processes talk: frames on sockets, and who reads them."""
