"""What of a program is raylite's alone, and the same program for Ray: ``raylite port``.

In Ray: nothing like it. Nothing here runs the program or reads a file; a text goes in, and what was
found in it, or a new text, comes out. Reading tour: ``finding`` (what is told), ``names``,
``keywords``, ``magic_rules`` (the rules, as data) and ``behaviours`` (those that need a look),
``magic_lines`` (a cell becomes plain Python), ``bindings`` (which name is raylite),
``analysis`` (the rules are held against a program), ``imports`` and ``magic_edits`` (what is
written instead), ``program`` and ``notebook_file`` (whole files), ``report`` (what is shown).
"""
