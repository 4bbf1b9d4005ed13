"""Packages whose APIs stand alone: a house, a shop, the mail, the weather. `done` keeps what the write APIs do."""

from typing import Literal

from typing_extensions import TypedDict

from taskmatrix.core.api import ApiPackage, api

done: list[tuple[object, ...]] = []
"""What was done, in order: the name of the API and its arguments."""


class Weather(TypedDict):
    condition: str
    temperature: float
    wind_speed: float


class Mail(TypedDict):
    id: int
    sender: str
    subject: str
    unread: bool


class Item(TypedDict):
    name: str
    quantity: int


class Order(TypedDict):
    number: int
    customer: str
    total: float
    status: Literal["open", "shipped", "cancelled"]
    items: list[Item]


class Customer(TypedDict):
    name: str
    email: str
    balance: float


class Window(TypedDict):
    name: str
    open: bool


WEATHER: dict[str, Weather] = {
    "Paris": {"condition": "rain", "temperature": 12.5, "wind_speed": 20.0},
    "Rome": {"condition": "sunny", "temperature": 34.0, "wind_speed": 5.0},
}
MAILS: list[Mail] = [
    {"id": 1, "sender": "Ann", "subject": "Hello", "unread": True},
    {"id": 2, "sender": "Bob", "subject": "Bye", "unread": False},
]
ORDERS: list[Order] = [
    {"number": 7, "customer": "Ann", "total": 150.0, "status": "open", "items": [{"name": "tea", "quantity": 2}]},
    {"number": 8, "customer": "Bob", "total": 20.0, "status": "shipped", "items": [{"name": "salt", "quantity": 30}]},
]
CUSTOMERS: list[Customer] = [
    {"name": "Ann", "email": "ann@a.org", "balance": 12.5},
    {"name": "Bob", "email": "bob@b.org", "balance": 900.0},
]
WINDOWS: list[Window] = [{"name": "kitchen", "open": True}, {"name": "attic", "open": False}]


@api(effects="read")
def get_weather(city: str) -> Weather:
    """Get the weather in a city.

    Args:
        city: The name of the city.

    Returns:
        The condition in a word (sunny, rain, snow), the temperature in degrees Celsius, the wind speed in km/h.
    """
    return WEATHER[city]


@api(effects="read")
def get_temperature(room: str) -> float:
    """Get the temperature in a room of the house, in degrees Celsius.

    Args:
        room: The name of the room.
    """
    return {"kitchen": 31.0, "attic": 14.0}[room]


@api(effects="read")
def is_door_locked(door: str) -> bool:
    """Tell whether a door of the house is locked.

    Args:
        door: Which door: front, back or garage.
    """
    return door == "front"


@api(effects="write")
def lock_door(door: str) -> None:
    """Lock a door of the house.

    Args:
        door: Which door: front, back or garage.
    """
    done.append(("lock_door", door))


@api(effects="write")
def turn_on(device: str) -> None:
    """Turn a device of the house on.

    Args:
        device: The name of the device, such as fan or heater.
    """
    done.append(("turn_on", device))


@api(effects="write")
def turn_off(device: str) -> None:
    """Turn a device of the house off.

    Args:
        device: The name of the device, such as fan or heater.
    """
    done.append(("turn_off", device))


@api(effects="read")
def list_windows() -> list[Window]:
    """List the windows of the house."""
    return WINDOWS


@api(effects="write")
def close_window(window: str) -> None:
    """Close a window of the house.

    Args:
        window: The name of the window.
    """
    done.append(("close_window", window))


@api(effects="read")
def list_mails() -> list[Mail]:
    """List the mails in the inbox."""
    return MAILS


@api(effects="write")
def send_mail(recipient: str, text: str) -> None:
    """Send a mail to somebody.

    Args:
        recipient: The name or mail address of the person who gets the mail.
        text: What the mail says.
    """
    done.append(("send_mail", recipient, text))


@api(effects="write")
def archive_mail(mail_id: int) -> None:
    """Archive a mail.

    Args:
        mail_id: The id of the mail.
    """
    done.append(("archive_mail", mail_id))


@api(effects="read")
def list_orders() -> list[Order]:
    """List the orders of the shop."""
    return ORDERS


@api(effects="write")
def cancel_order(number: int) -> None:
    """Cancel an order of the shop.

    Args:
        number: The number of the order.
    """
    done.append(("cancel_order", number))


@api(effects="write")
def reorder_item(name: str) -> None:
    """Order more of an item that runs out.

    Args:
        name: The name of the item.
    """
    done.append(("reorder_item", name))


@api(effects="read")
def list_customers() -> list[Customer]:
    """List the customers of the shop, with their mail addresses and balances."""
    return CUSTOMERS


@api(effects="read")
def list_refunds() -> list[int]:
    """List the numbers of the refunds that are open."""
    return []


@api(effects="write")
def pay_refund(number: int) -> None:
    """Pay a refund.

    Args:
        number: The number of the refund.
    """
    done.append(("pay_refund", number))


@api(effects="read")
def get_price(product: str) -> float:
    """Get the price of a product in dollars.

    Args:
        product: The name of the product.
    """
    return {"milk": 2.0, "tea": 5.0}[product]


@api(effects="read")
def get_balance(account: int) -> float:
    """Get the balance of an account.

    Args:
        account: The number of the account.
    """
    return {12: 1200.0, 13: 80.0}[account]


@api(effects="write")
def transfer(source: int, target: int, amount: float) -> None:
    """Transfer money from one account to another.

    Args:
        source: The number of the account that pays.
        target: The number of the account that receives the money.
        amount: How much money to transfer.
    """
    done.append(("transfer", source, target, amount))


@api(effects="write")
def create_meeting(title: str, recurrence: str = "") -> None:
    """Create a meeting in the calendar.

    Args:
        title: What the meeting is about.
        recurrence: When the meeting repeats, such as every Monday.
    """
    done.append(("create_meeting", title, recurrence))


house = ApiPackage(
    "house", "A house", [get_temperature, is_door_locked, lock_door, turn_on, turn_off, list_windows, close_window]
)
post = ApiPackage("post", "Mails", [list_mails, send_mail, archive_mail])
shop = ApiPackage(
    "shop",
    "A shop",
    [list_orders, cancel_order, reorder_item, list_customers, list_refunds, pay_refund, get_price],
)
bank = ApiPackage("bank", "A bank", [get_balance, transfer])
outside = ApiPackage("outside", "The weather", [get_weather])
diary = ApiPackage("diary", "A calendar", [create_meeting])
PACKAGES = (house, post, shop, bank, outside, diary)
