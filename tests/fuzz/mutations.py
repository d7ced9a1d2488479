"""Changes of valid files: bytes flipped, cut, spliced; numbers and words of texts; members of archives."""

import hashlib
import io
import json
import re
import zipfile

from spatial.survey.readers.archive import DAMAGED

NUMBERS = (
    b"0",
    b"-1",
    b"1e308",
    b"NaN",
    b"99999999999999999999",
    b"2147483648",
    b"-0.0",
    b"",
    b"\xef\xbc\x91",
    b"'",
)
NAMES = (
    "../out.txt",
    "/tmp/out.txt",
    "a/../../out",
    "C:\\out",
    "con.shp",
    "x" * 300,
    "\u202e.txt",
    "manifest.json",
)


def flip(data, dice):
    made = bytearray(data)
    for _ in range(dice.choice((1, 2, 8, 64))):
        made[dice.randrange(len(made))] ^= 1 << dice.randrange(8)
    return bytes(made)


def cut(data, dice):
    return data[: dice.randrange(len(data))]


def splice(data, dice):
    """Copy, drop or repeat a run of bytes somewhere else."""
    begin, length = dice.randrange(len(data)), dice.choice((1, 4, 16, 256, 4096))
    at = dice.randrange(len(data))
    run = data[begin : begin + length]
    return dice.choice(
        (
            data[:at] + run + data[at:],
            data[:at] + run + data[at + len(run) :],
            data[:at] + data[at + length :],
        )
    )


def overwrite(data, dice):
    """Put telling values over a run: zeros, ones, sizes."""
    at = dice.randrange(len(data))
    run = dice.choice(
        (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\xf0\x7f", b"\xff" * 64, b"\0" * 512)
    )
    return data[:at] + run + data[at + len(run) :]


def numbers(data, dice):
    """Change a number that is written in digits."""
    found = list(re.finditer(rb"\d+(\.\d+)?", data[:2_000_000]))
    if not found:
        return flip(data, dice)
    for match in sorted(
        dice.sample(found, min(len(found), dice.choice((1, 1, 3)))), key=lambda m: -m.start()
    ):
        data = data[: match.start()] + dice.choice(NUMBERS) + data[match.end() :]
    return data


def lines(data, dice):
    """Drop, repeat or exchange lines."""
    made = data.split(b"\n")
    first, second = dice.randrange(len(made)), dice.randrange(len(made))
    what = dice.randrange(3)
    if what == 0:
        del made[first]
    elif what == 1:
        made[first:first] = made[second : second + dice.choice((1, 5))]
    else:
        made[first], made[second] = made[second], made[first]
    return b"\n".join(made)


PLAIN = (flip, cut, splice, overwrite, numbers, lines)


def archive(data, dice):
    """Change a member, its name or its presence, and pack again; a manifest often follows the change."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    name = dice.choice(sorted(members))
    what = dice.randrange(6)
    if what < 3 and members[name]:
        members[name] = dice.choice(PLAIN)(members[name], dice)
    elif what == 3:
        members[dice.choice(NAMES)] = members.pop(name)
    elif what == 4:
        del members[name]
    else:
        members[dice.choice(NAMES)] = members[name][: dice.randrange(len(members[name]) + 1)]
    if "manifest.json" in members and dice.random() < 0.7:
        members["manifest.json"] = _follow(members)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", dice.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as target:
        for key, value in members.items():
            target.writestr(key, value)
    return sink.getvalue()


def _follow(members):
    """Return the manifest with the hashes of the members as they are now, where it still can be read."""
    try:
        manifest = json.loads(members["manifest.json"])
        manifest["files"] = [
            {"path": key, "sha256": hashlib.sha256(value).hexdigest()}
            for key, value in members.items()
            if key != "manifest.json"
        ]
        return json.dumps(manifest).encode()
    except (ValueError, TypeError):
        return members["manifest.json"]


def mutate(data, dice):
    """Change a file in one to three ways."""
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        if not data:
            break
        packed = data.startswith(b"PK\x03\x04") and dice.random() < 0.7
        try:
            data = archive(data, dice) if packed else dice.choice(PLAIN)(data, dice)
        except (*DAMAGED, KeyError):
            data = flip(data, dice)  # what was changed before is no archive any more
    return data
