"""Why a demo ends before its end."""

from infra.errors import InfraError


class DemoFailed(InfraError):
    """The sentence is the demo's last line."""
