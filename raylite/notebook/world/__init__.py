"""What is known of a session, folded from its events: the pictures are functions of it."""
