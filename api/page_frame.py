"""Gives the application its page frame: who looks is told here, where sessions are known."""

from flask import Flask, g

from api.auth import public
from api.context import actor, services
from data.access.records import PUBLIC
from data.settings import Settings
from webmap.pages import Viewer, install


def install_pages(app: Flask, settings: Settings) -> None:
    """Install the frame of all pages and ``/static``."""
    install(
        app,
        viewer=_viewer,
        map_review_number=settings.map_review_number,
        sandbox=bool(settings.sandbox_bank),
    )
    public(app.view_functions["webmap.static"])


def _viewer() -> Viewer:
    who = actor()
    return Viewer(None if who is PUBLIC else who, str(g.get("csrf", "")), services().now())
