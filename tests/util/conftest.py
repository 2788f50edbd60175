"""The utilities run in the sessions that the API's own tests run in; see there."""

from tests.api.conftest import engine, pytest_runtest_makereport, ray, shared_session

__all__ = ["engine", "pytest_runtest_makereport", "ray", "shared_session"]
