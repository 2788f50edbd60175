"""The caller's side of a call: from ``.remote()`` until its reply is filed."""
