"""A surveyor, a reviewer and others, and the worker run by hand."""

from api.wiring import handlers
from data.access import service as access
from data.access.records import SYSTEM
from data.jobs import service as jobs
from tests.web.people import PASSWORD

ROLES = {"surveyor": "surveyor", "surveyor2": "surveyor", "reviewer": "reviewer", "clerk": "clerk"}


def add_people(db):
    with db.transaction(SYSTEM) as conn:
        for login, role in ROLES.items():
            access.create_user(conn, login=login, name=login, roles=[role], office=None, password=PASSWORD)


def work(app):
    """Do all waiting jobs."""
    services = app.extensions["ningtu"]
    mine = {kind: run for kind, run in handlers(services).items() if kind.endswith("_survey")}
    return jobs.drain(services.db, mine)
