"""The life-cycle card of an actor: what it says, how it is drawn, live and still."""
