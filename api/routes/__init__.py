"""HTTP routes, one file per subject."""

from importlib import import_module

from apiflask import APIFlask

# One module a line, each with a blueprint ``bp``.
MODULES = (
    "api.routes.health",
    "api.routes.assets",
    "api.routes.auth",
    "api.routes.me",
    "api.routes.admin",
    "api.routes.sandbox",
)


def register_routes(app: APIFlask) -> None:
    """Register every blueprint."""
    for name in MODULES:
        app.register_blueprint(import_module(name).bp)
