"""A house, a car, a robot and services in one JSON file: they stand in for packages that are still to be built."""

import json
from typing import cast

from pydantic import JsonValue

from taskmatrix import RunContext, api
from taskmatrix.core.api import ApiPackage
from taskmatrix.core.documents import CompositionRule
from taskmatrix.core.errors import ApiError

FILE = "house.json"


def _world(context: RunContext) -> dict[str, dict[str, JsonValue]]:
    return json.loads((context.directory / FILE).read_text(encoding="utf-8"))


def _change(context: RunContext, thing: str, **values: JsonValue) -> None:
    world = _world(context)
    world[thing] |= values
    (context.directory / FILE).write_text(json.dumps(world), encoding="utf-8")


@api(package="robot", effects="read")
def robot_find(thing: str, context: RunContext) -> str:
    """Find an object in the house with the robot's camera.

    Args:
        thing: The object to look for, such as "milk".
    Returns: The place where it is.
    Composition: Call it first, to know where `robot_go_to` is to go.
    """
    places = cast("dict[str, str]", _world(context)["robot"]["places"])
    if thing not in places:
        raise ApiError(f"the robot sees no {thing!r}")
    return places[thing]


@api(package="robot", effects="physical")
def robot_go_to(place: str, context: RunContext) -> str:
    """Move the robot to a place in the house.

    Args:
        place: Where to go: a place that `robot_find` gave, or one that the user names.
    Returns: Where the robot is now.
    """
    _change(context, "robot", at=place)
    return place


@api(
    package="robot",
    effects="physical",
    rules=(CompositionRule(kind="before", apis=("robot_go_to",)),),
    composition="Call `robot_go_to` first: the robot only reaches what is where it stands.",
)
def robot_pick_up(thing: str, context: RunContext) -> str:
    """Pick up an object with the robot's arm.

    Args:
        thing: The object to pick up.
    Returns: What the robot holds.
    """
    robot = _world(context)["robot"]
    places = cast("dict[str, str]", robot["places"])
    if places.get(thing) != robot["at"]:
        raise ApiError(f"there is no {thing!r} where the robot stands")
    _change(context, "robot", holds=thing)
    return thing


@api(
    package="robot",
    effects="physical",
    rules=(CompositionRule(kind="before", apis=("robot_pick_up",)),),
    composition="Call `robot_pick_up` first, then `robot_go_to`.",
)
def robot_put_down(context: RunContext) -> str:
    """Put down what the robot holds, where it stands.

    Returns: Where the object is now.
    """
    robot = _world(context)["robot"]
    thing, place = cast(str, robot["holds"]), cast(str, robot["at"])
    _change(context, "robot", holds=None, places={**cast("dict[str, str]", robot["places"]), thing: place})
    return place


@api(package="home", effects="write")
def play_music(style: str, context: RunContext) -> str:
    """Play music on the speakers.

    Args:
        style: Name of a song, or a style such as "jazz".
    Returns: What is playing.
    """
    _change(context, "music", playing=style)
    return style


@api(package="home", effects="write")
def tv_open(context: RunContext) -> str:
    """Turn the TV on."""
    _change(context, "tv", on=True)
    return "on"


@api(package="home", effects="write")
def tv_close(context: RunContext) -> str:
    """Turn the TV off."""
    _change(context, "tv", on=False, video=None)
    return "off"


@api(
    package="home",
    effects="write",
    rules=(CompositionRule(kind="before", apis=("tv_open",)),),
    composition="Call `tv_open` first.",
)
def tv_play_video(video: str, context: RunContext) -> str:
    """Play a video on the TV.

    Args:
        video: Which one, such as "morning news".
    """
    _change(context, "tv", video=video)
    return video


@api(package="car", effects="physical")
def ac_open(time: str, context: RunContext) -> str:
    """Turn the car's air conditioner on at a time of today.

    Args:
        time: When, as hours and minutes such as "18:05" or "7:05".
    Returns: When it will be turned on.
    """
    _change(context, "car", ac=time)
    return time


@api(package="car", effects="physical")
def ac_close(context: RunContext) -> str:
    """Turn the car's air conditioner off."""
    _change(context, "car", ac=None)
    return "off"


@api(
    package="car",
    effects="physical",
    rules=(CompositionRule(kind="before", apis=("ac_open",)),),
    composition="Call `ac_open` first.",
)
def ac_set_temperature(celsius: float, context: RunContext) -> float:
    """Set the temperature of the car's air conditioner.

    Args:
        celsius: Degrees Celsius.
    """
    _change(context, "car", celsius=celsius)
    return celsius


@api(package="agenda", effects="read")
def list_events(context: RunContext) -> list[str]:
    """List the events of today in the user's calendar, with their times."""
    return cast("list[str]", _world(context)["agenda"]["events"])


@api(package="agenda", effects="write")
def add_event(title: str, time: str, context: RunContext) -> list[str]:
    """Add an event to today's calendar.

    Args:
        title: What it is.
        time: When it starts, as hours and minutes such as "18:05".
    Returns: All events of today.
    """
    events = [*cast("list[str]", _world(context)["agenda"]["events"]), f"{time} {title}"]
    _change(context, "agenda", events=cast(JsonValue, events))
    return events


@api(package="weather", effects="read")
def get_temperature(context: RunContext) -> float:
    """Get the temperature outside, now, in degrees Celsius."""
    return float(cast(float, _world(context)["weather"]["celsius"]))


@api(package="news", effects="read")
def get_news(context: RunContext) -> list[str]:
    """Get the headlines of this morning's news."""
    return cast("list[str]", _world(context)["news"]["headlines"])


PACKAGES = (
    ApiPackage(
        "robot",
        "A robot at home: it finds things, goes to places, picks up and puts down (bring, fetch, carry).",
        (robot_find, robot_go_to, robot_pick_up, robot_put_down),
    ),
    ApiPackage("home", "Devices at home: TV, music on the speakers.", (play_music, tv_open, tv_close, tv_play_video)),
    ApiPackage("car", "The car's air conditioner, from afar.", (ac_open, ac_close, ac_set_temperature)),
    ApiPackage("agenda", "The user's calendar: events and appointments of today.", (list_events, add_event)),
    ApiPackage("weather", "The weather outside.", (get_temperature,)),
    ApiPackage("news", "The news on the internet.", (get_news,)),
)
