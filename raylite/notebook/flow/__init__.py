"""How actors are created and calls submitted, from the messages that were really sent."""
