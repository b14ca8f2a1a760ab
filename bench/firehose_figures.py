"""Makes figures of what `./run bench firehose` saw: lags, losses, alerts right and wrong, cores."""

from pathlib import Path
from typing import Any

from firehose_follow import Follower
from jikimi.model.alert import Place
from jikimi.model.keys import key_of

WATCH = "bench"


def looked_at(follower: Follower, folder: Path) -> tuple[dict[str, float], dict[str, Place]]:
    """Return when each medium was stored, and the place of each that was found, by the sighting's key."""
    from jikimi.app.engine import utc_now  # only once Django is configured
    from jikimi.store.keyring import Keyring, read_master  # as above
    from jikimi.store.models import PlaceRow  # as above
    from jikimi.store.store import Store  # as above

    store = Store(Keyring(read_master(folder / "keys" / "master.key")), utc_now, lambda: None)
    alerted = {row.key: row.alerted_at.timestamp() for row in PlaceRow.objects.all()}
    moments, places = dict(follower.stored), {}
    for place in store.find(Place):
        key = sighting_key(place.post, place.part)
        places[key] = place
        moments.setdefault(key, alerted[place.key])
    store.close()
    return moments, places


def sighting_key(post: str, part: int) -> str:
    """Return the key of a sighting, stored or not."""
    return key_of("sighting", post, str(part))


def figures(
    posts: list[dict[str, Any]],
    stored: dict[str, float],
    places: dict[str, Place],
    known: dict[str, str],
    end: float,
) -> dict[str, Any]:
    """Return what became of some posts. What was not looked at by `end` counts as late as it is by then."""
    from jikimi.store.models import PostRow  # only once Django is configured

    keys = {post["id"]: key_of("post", WATCH, str(post["id"])) for post in posts}
    kept = set(PostRow.objects.values_list("key", flat=True))
    lags, unseen, right, wrong, missed = [], 0, 0, 0, 0
    second = 0
    for post in posts:
        for part, name in enumerate(post["media"]):
            key = sighting_key(keys[post["id"]], part)
            lags.append(stored.get(key, end) - post["at"])
            unseen += key not in stored
            place = places.get(key)
            expected = known.get(name.split("-")[1]) if name.startswith("copy") else None
            if place is None:
                missed += expected is not None
            elif place.reference == expected:
                right += 1
                second += place.look == 2
            else:
                wrong += 1
    lags.sort()
    return {
        "posts": len(posts),
        "lost": sum(key not in kept for key in keys.values()),
        "pictures": len(lags),
        "not_looked_at": unseen,
        "lag_p50_s": quantile(lags, 0.5),
        "lag_p99_s": quantile(lags, 0.99),
        "lag_max_s": quantile(lags, 1.0),
        "copies": right + missed,
        "right": right,
        "by_second_look": second,
        "missed": missed,
        "wrong": wrong,
    }


def quantile(values: list[float], share: float) -> float:
    """Return a quantile of sorted numbers, 0 of none."""
    return round(values[min(len(values) - 1, int(len(values) * share))], 2) if values else 0.0


def shares(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Return how many cores each side kept busy between two moments."""
    wall = after["wall"] - before["wall"]
    return {
        f"cores_{who}": round((after[who] - before[who]) / wall, 2)
        for who in ("house", "load", "measuring", "machine")
    }
