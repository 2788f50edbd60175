"""What a notebook shows of the runtime, and the magics.

In Ray: ``python/ray/widgets`` and the dashboard. Left out here: a server of its own; all that is
shown is in the cell, and stays readable in the saved notebook.

Every picture has two parts: a view model, which is pure and says what is shown, and a drawing of
it, once for the browser while it moves (:mod:`.progress_widget`), once as plain HTML that stays
(:mod:`.static_view`), and once as text. Nothing here is loaded by ``import raylite``; IPython is
loaded by the magics alone, widgets when one is shown.
"""

from raylite._notebook import progress
from raylite.notebook.session_status import SessionStatus, init, shutdown, status

__all__ = ["SessionStatus", "init", "progress", "shutdown", "status"]
