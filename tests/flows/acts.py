"""What the people of the flows do, over the HTTP interface."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.flows.conftest import City

ROOT = Path(__file__).resolve().parents[2]
# Windows with a clerk of their own; elsewhere the registrar does a clerk's work.
WINDOWS = {"xianan", "tongshan"}
# A real file of thousands of parcels is checked and registered in this time even on a busy machine.
LONG_S = 900
TAX_KEY = "ningtu-sandbox-tax-key"


def wait_for(read: Callable[[], Any], good: Callable[[Any], object], *, seconds: float = 60) -> Any:
    """Read until it is good; the last answer is returned."""
    end = time.monotonic() + seconds
    while True:
        answer = read()
        if good(answer) or time.monotonic() > end:
            return answer
        time.sleep(0.2)


def owner_url(login_url: str) -> str:
    """Return the same database as its owner role; in tests both have one password."""
    user = str(conninfo_to_dict(login_url)["user"])
    return make_conninfo(login_url, user=f"{user.removesuffix('_login')}_owner")


def told_story(city: City) -> dict[str, Any]:
    """Return what ``./ningtu city story --json`` prints for the running city, by office."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NINGTU_")}
    environment |= {
        "NINGTU_HOME": str(city.home),
        "NINGTU_DATABASE_URL": city.login_url,
        "NINGTU_OWNER_URL": owner_url(city.login_url),
        "NINGTU_CLOCK": "sandbox",
    }
    command = (sys.executable, "-m", "api.cli", "city", "story", "--json")
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return {county["office"]: county for county in json.loads(done.stdout)}


def send_survey(city: City, path: Path, project: str, layer: str, effective_on: str) -> dict[str, Any]:
    """Send a survey file in as initial load; returns it once it is checked."""
    surveyor = city.as_user("surveyor")
    fields = {
        "project_code": project,
        "source_layer": layer,
        "layer": "use_surface",
        "kind": "initial_load",
        "effective_on": effective_on,
    }
    with path.open("rb") as file:
        files = {"file": (path.name, file)}
        answer = surveyor.call("POST", "/api/v1/surveys", expect=202, files=files, data=fields)
    address = f"/api/v1/surveys/{answer.json()['id']}"
    assert answer.headers["Location"].endswith(address)
    found = wait_for(
        lambda: surveyor.get(address), lambda found: found["status"] in {"checked", "failed"}, seconds=LONG_S
    )
    assert found["status"] == "checked", found
    return dict(found)


def register_survey(city: City, survey_id: object) -> dict[str, Any]:
    """Submit a checked survey and accept it; returns it once its parcels are in force."""
    surveyor, address = city.as_user("surveyor"), f"/api/v1/surveys/{survey_id}"
    surveyor.post(f"{address}/submit")
    city.as_user("reviewer").post(f"{address}/decision", {"decision": "accept", "comment": "四至清楚"})
    found = wait_for(
        lambda: surveyor.get(address), lambda found: found["status"] == "registered", seconds=LONG_S
    )
    assert found["status"] == "registered", found
    return dict(found)


def accept_land(
    city: City, clerk: str, unit_code: str, holder: dict[str, str], **more: Any
) -> dict[str, Any]:
    """Accept the first registration of a bare parcel with all its materials."""
    caller = city.as_user(clerk)
    entry = caller.get("/api/v1/handbook/land_use_first")
    needed = [one for one in entry["materials"] if not one.get("required_when")]
    body = {
        "type_code": "land_use_first",
        "unit_codes": [unit_code],
        "applicants": [holder],
        "materials": [{"code": one["code"], "copies": 1} for one in needed],
        **more,
    }
    return dict(caller.post("/api/v1/cases", body))


def signed(key: str, kid: str, body: dict[str, Any], *, at: int) -> tuple[bytes, dict[str, str]]:
    """Return a message of a sandbox outside the registry: raw body and headers."""
    raw = json.dumps(body).encode()
    digest = hmac.new(key.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
    return raw, {
        "X-Ningtu-Signature": f"t={at},kid={kid},v1={digest}",
        "Content-Type": "application/json",
    }


def channel_event(
    city: City, order: dict[str, Any], *, txn: str | None = None, amount_fen: int | None = None
) -> tuple[bytes, dict[str, str]]:
    """Return the signed event of a payment that happens now."""
    now = city.now()
    body = {
        "channel_txn": txn or f"TXN-{order['order_no']}",
        "kind": "paid",
        "payment_code": order["payment_code"],
        "amount_fen": order["amount_fen"] if amount_fen is None else amount_fen,
        "occurred_at": now.isoformat(timespec="seconds"),
    }
    return signed(city.channel_key, "demo", body, at=int(now.timestamp()))


def send_event(city: City, event: tuple[bytes, dict[str, str]]) -> str:
    """Deliver an event; returns its result."""
    answer = city.as_public().call("POST", "/api/v1/channels/sandbox/events", data=event[0], headers=event[1])
    return str(answer.json()["result"])


def pay(city: City, clerk: str, order: dict[str, Any]) -> dict[str, Any]:
    """Pay an order; returns it once its bills are there."""
    assert send_event(city, channel_event(city, order)) == "accepted"
    reader = city.as_user(clerk)
    found = wait_for(
        lambda: reader.get(f"/api/v1/orders/{order['order_no']}"),
        lambda found: found["state"] == "paid" and found["receipts"],
    )
    assert found["receipts"], found
    return dict(found)


def assess_tax(city: City, case_no: str, *, amount_fen: int, unit_code: str, payer_name: str) -> None:
    """Let the sandbox tax office assess a deed tax."""
    body = {
        "assessment_no": f"TAX-{case_no}",
        "tax_code": "deed",
        "name": "契税",
        "amount_fen": amount_fen,
        "unit_code": unit_code,
        "payer_name": payer_name,
    }
    raw, headers = signed(TAX_KEY, "tax", body, at=int(city.now().timestamp()))
    path = f"/api/v1/cases/{case_no}/tax-assessments"
    city.as_public().call("POST", path, expect=201, data=raw, headers=headers)


def advance(city: City, case_no: str, *, until: str = "archived") -> dict[str, Any]:
    """Follow the primary action of each node by whom it names; returns the case where it stops."""
    reader = city.as_user("supervisor")
    while True:
        found = dict(reader.get(f"/api/v1/cases/{case_no}"))
        if found["status"] == until:
            return found
        steps = reader.get(f"/api/v1/cases/{case_no}/actions")
        primary = next((action for action in steps["allowed"] if action["primary"]), None)
        if primary is None:
            return found
        role = primary["role"] if primary["office"] in WINDOWS else "registrar"
        actor = city.as_user(f"{role}_{primary['office']}")
        actor.post(f"/api/v1/cases/{case_no}/actions", {"action": primary["action"]})


def close_day(city: City, day: Any, *, now: bool = False) -> dict[str, Any]:
    """Close a day; returns its figures once the bank has confirmed."""
    finance = city.as_user("finance_city")
    body = {"run": "now"} if now else {}
    finance.call("POST", f"/api/v1/days/{day}/close", json=body, expect=202)
    found = wait_for(lambda: finance.get(f"/api/v1/days/{day}"), lambda found: found["state"] == "done")
    assert found["state"] == "done", found
    return dict(found)


def money_of(day: dict[str, Any], county_code: str, kind: str = "nontax") -> dict[str, Any]:
    """Return a county's row of a day."""
    (row,) = [row for row in day["counties"] if (row["county_code"], row["kind"]) == (county_code, kind)]
    return dict(row)


def inner_parcel(city: City, county_code: str) -> dict[str, Any]:
    """Return a registered parcel that lies well inside a county."""
    public = city.as_public()
    for feature in public.get(f"/api/v1/parcels?limit=200&county={county_code}")["features"]:
        place = public.post("/api/v1/locate", {"parcel_code": feature["properties"]["parcel_code"]})
        if place["decided"] and place["distance_to_line_m"] > 300:
            return dict(feature["properties"])
    raise LookupError(county_code)
