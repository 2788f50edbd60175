"""One raylet for each (virtual) node: its workers and who may use them. Pure."""
