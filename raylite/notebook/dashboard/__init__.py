"""The session at a glance: tables, nodes with their slots, and a report of it all."""
