"""What axe-core, the checker of accessibility rules, finds in a part of a page.

Its one file of JavaScript comes with the package ``axe-playwright-python``, so that neither Node
nor the network is needed.
"""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

__all__ = ["serious_findings"]

AXE = files("axe_playwright_python") / "axe.min.js"
SERIOUS = {"serious", "critical"}


def serious_findings(page: Page, selector: str) -> list[str]:
    """One line for each serious or critical finding in what the selector names.

    Args:
        page: where to look.
        selector: the parts to check, by CSS; the page around them is Jupyter's and not ours.

    Raises:
        LookupError: if nothing on the page is named by it: that would be a check of nothing.
    """
    if page.locator(selector).count() == 0:
        msg = f"there is nothing to check: the page has no {selector!r}"
        raise LookupError(msg)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        """async selector => (await axe.run({include: [[selector]]}, {resultTypes: ["violations"]}))
            .violations""",
        selector,
    )
    return [
        f"{finding['id']} ({finding['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for finding in found
        if finding["impact"] in SERIOUS
        for node in finding["nodes"]
    ]
