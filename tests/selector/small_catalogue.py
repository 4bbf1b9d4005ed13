"""A catalogue as one may have it, and for each API a request for it in other words."""

from memory_catalogue import make_document

from taskmatrix.core.documents import ApiDocument

_APIS = [
    (
        "mail",
        "send_message",
        "Send an e-mail to one or more people.",
        "to subject body",
        "send a mail to my colleague",
    ),
    ("mail", "search_inbox", "Find e-mails by sender or words.", "query", "find e-mails from my bank"),
    ("mail", "delete_message", "Delete an e-mail for good.", "id", "delete this e-mail"),
    ("calendar", "create_event", "Create an event in a calendar.", "title start end", "create a calendar event"),
    ("calendar", "list_events", "List the events of a day or a week.", "day", "which events are on friday"),
    ("calendar", "cancel_event", "Cancel an event and tell its guests.", "id", "cancel the event with guests"),
    ("money", "convert_currency", "Convert an amount from one currency to another.", "amount to", "convert currency"),
    (
        "money",
        "get_exchange_rate",
        "Exchange rate between two currencies.",
        "base quote",
        "exchange rate of the dollar",
    ),
    ("money", "pay_invoice", "Pay an invoice from an account.", "invoice account", "pay the invoice from my account"),
    ("weather", "get_forecast", "Weather forecast for a city.", "city days", "weather forecast for the city of rome"),
    ("weather", "list_alerts", "List weather alerts for a region.", "region", "weather alerts in my region"),
    ("deck", "create_slide", "Add a new slide at the end of the presentation.", "title", "create a new slide"),
    ("deck", "insert_picture", "Put a picture from a file on the slide.", "path width", "put a picture on the slide"),
    ("deck", "export_pdf", "Write the presentation to a PDF file.", "path", "export the presentation as pdf"),
    ("files", "copy_file", "Copy a file to another folder.", "source target", "copy a file to a folder"),
    ("files", "compress_folder", "Pack a folder into an archive.", "folder", "compress a folder to an archive"),
    ("files", "delete_file", "Delete a file from the disk.", "path", "delete a file from disk"),
    ("cloud", "list_users", "List all users of the account.", "marker max_items", "list all users of the account"),
    ("cloud", "list_groups", "List all groups of the account.", "marker max_items", "list all groups of the account"),
    ("cloud", "list_roles", "List all roles of the account.", "marker max_items", "list all roles of the account"),
    (
        "cloud",
        "list_policies",
        "List all policies of the account.",
        "marker max_items",
        "list policies of the account",
    ),
    ("cloud", "start_machine", "Start a virtual machine.", "machine", "start the virtual machine"),
    ("cloud", "stop_machine", "Stop a virtual machine.", "machine", "stop the virtual machine"),
    ("home", "set_temperature", "Set the temperature of a room.", "room degrees", "set temperature in the room"),
    ("home", "switch_light", "Switch a light on or off.", "room state", "switch the light off"),
    ("music", "play_song", "Play a song by title or artist.", "title artist", "play a song by an artist"),
    (
        "travel",
        "search_flights",
        "Search flights between two airports.",
        "origin target date",
        "search flights to paris",
    ),
    ("travel", "book_hotel", "Book a hotel room for some nights.", "hotel nights", "book a hotel for two nights"),
]

CATALOGUE: list[ApiDocument] = [make_document(p, name, text, *names.split()) for p, name, text, names, _ in _APIS]
REQUESTS: list[tuple[str, str]] = [(request, f"{p}.{name}") for p, name, _, _, request in _APIS]
