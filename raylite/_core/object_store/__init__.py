"""Values as bytes: how they are packed, and where the large ones lie."""
