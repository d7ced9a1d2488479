import threading

from tiles.cache import Key, TileCache
from tiles.records import Address, Change
from tiles.rules import LAYERS, box_of
from tiles.service import finished

HERE = Address(15, 26762, 13580)
FAR = Address(15, 26800, 13600)


def key(address=HERE, layer="parcels"):
    return Key(layer, address, "2026-11-24", "")


def test_a_kept_tile_is_not_made_again():
    cache = TileCache(10_000)
    made = []
    for _ in range(3):
        cache.get_or_make(key(), lambda: made.append(1) or finished(b"tile"))
    assert len(made) == 1


def test_the_oldest_tiles_go_when_the_room_is_full():
    cache = TileCache(1000)
    for x in range(20):
        cache.get_or_make(key(Address(15, x, 0)), lambda: finished(b"x" * 100))
    assert cache.get(key(Address(15, 0, 0))) is None
    assert cache.get(key(Address(15, 19, 0))) is not None


def test_a_tile_too_large_for_the_room_is_given_but_not_kept():
    cache = TileCache(1000)
    assert cache.get_or_make(key(), lambda: finished(b"x" * 200)).body == b"x" * 200
    assert cache.get(key()) is None


def test_a_change_drops_the_tiles_it_touches_and_no_others():
    cache = TileCache(10_000)
    for address in (HERE, FAR):
        cache.get_or_make(key(address), lambda: finished(b"t"))
    left, bottom, _, _ = box_of(HERE)
    dropped = cache.drop(LAYERS, [Change(1, "use_surface", (left + 1, bottom + 1, left + 2, bottom + 2))])
    assert dropped == 1
    assert cache.get(key(HERE)) is None
    assert cache.get(key(FAR)) is not None


def test_a_tile_begun_before_a_change_is_not_kept():
    cache = TileCache(10_000)

    def make():
        cache.drop(LAYERS, [Change(1, "use_surface", None)])
        return finished(b"old")

    cache.get_or_make(key(), make)
    assert cache.get(key()) is None


def test_many_askers_of_one_tile_wait_for_one_maker():
    cache = TileCache(10_000)
    made = []
    begin = threading.Barrier(8)

    def make():
        made.append(1)
        threading.Event().wait(0.05)
        return finished(b"t")

    def ask():
        begin.wait()
        cache.get_or_make(key(), make)

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(made) == 1
