"""Turns of phrase: how a wish is put, joined to another, and how values follow it, by role or by name."""

FRAMES = (
    "Please {}.", "Can you {}?", "Could you {}?", "Could you please {}?", "I need to {}.", "I want to {}.",
    "I'd like to {}.", "I would like you to {}.", "Would you {}?", "Help me {}.", "Let's {}.",
    "I need you to {}.", "We have to {}.", "My boss asked me to {}.", "I was wondering if you could {}.",
    "Is it possible to {}?", "Go ahead and {}.", "Time to {}.", "{}, please.", "{} for me.", "Can you please {}?",
    "I'm trying to {}.", "It would be great if you could {}.", "Can I {}?", "We should {}.", "I have to {} now.",
    "Would you mind helping me to {}?", "I am going to need you to {}.", "Kindly {}.", "Your task: {}.",
    "{} right away.", "Just {}.", "Now {}.", "How about you {}?", "Would it be possible to {}?",
    "I'd appreciate it if you could {}.", "Can we {}?", "I hope you can {}.", "I must {}.", "{} - thanks!",
    "You should {}.",
    "Make sure to {}.", "Don't forget to {}.", "What I want is to {}.", "The next thing to do is to {}.",
    "Please help me {}.", "They want us to {}.", "I'm supposed to {}.", "Do me a favor and {}.",
)  # fmt: skip

BACKGROUND = (
    "I'm working on a report about {topic}.", "I'm preparing for a trip to {city}.",
    "{person} asked me about it this morning.", "This is for the {company} account.", "We are a team of {n} people.",
    "I have a meeting on {day}.", "Sorry for the short notice.", "I did the same thing last {month}.",
    "It has been a long day.", "My colleague {person} usually does this.", "We're cleaning up before the release.",
    "I just moved to {city}.", "I've been thinking about {topic} lately.", "There were {n} complaints last week.",
    "I bought {product} a while ago.", "Something went wrong yesterday.", "The customer is waiting.",
    "I'm not sure how this works.", "I'm writing a thesis on {topic}.", "{company} is one of our clients.",
    "We talked about this on {day}.", "I'm new here.", "My friends and I are planning something.",
    "As you know, the audit starts in {month}.", "I forgot to do it earlier.", "It's quite urgent.", "No rush.",
    "I tried it {n} times already.", "My daughter needs this for school.", "I'm curious.", "That would help a lot.",
    "I lost my notes.", "We have a demo soon.", "I'm on my phone right now.",
    "{person} and I are still discussing {topic}.", "The old one no longer works.",
    "I have to present it to {person}.",
)  # fmt: skip


TWICE = (
    "{a} and {b}", "once {a} and once {b}", "first {a} and then {b}", "{a}, then {b}", "both {a} and {b}",
    "{a} and then again {b}", "{a} and do the same {b}", "{a}, and another one {b}",
    "{a} as well as {b}", "{a} and also {b}", "{a}. Then do it again {b}", "{a}. Do the same {b}", "{a}; also {b}",
    "{a}. Repeat it {b}", "{a}, and after that {b}", "{a}. I also need it {b}", "{a} plus one {b}",
)  # fmt: skip
BOTH = (
    "{a} and {b}.", "{a}, and {b}.", "{a}, then {b}.", "{a}. Then {b}.", "{a}. Also, {b}.", "{a}. Also {b}.",
    "{a}. After that, {b}.", "First {a}, then {b}.", "{a}; {b}.", "{a}. {B}.", "{a} and also {b}.", "1. {A} 2. {B}",
    "{a}. Next, {b}.", "{a}. Finally, {b}.", "{a}, plus {b}.", "{a}. Once that is done, {b}.", "{a} and then {b}.",
    "{a}. Additionally, {b}.", "{a}. I also want to {b}.", "{a}. I also need you to {b}.", "{a}. And {b}.",
    "{a}. Could you also {b}?", "Can you {a} and {b}?", "I need to {a} and {b}.", "Please {a} and then {b}.",
    "{a} & {b}", "{a}. Besides, {b}.", "- {A}\n- {B}", "{a}. In addition, please {b}.",
    "I'd like to {a}, and also to {b}.",
    "{a}, {b}.", "{a}. While you are at it, {b}.", "{a}. Afterwards, {b}.", "Before you {b}, {a}.",
)  # fmt: skip


PREPOSED: dict[str, tuple[str, ...]] = {
    "person": ("for {}", "for {}", "by {}", "with {}"), "first name": ("for {}", "first name {}"),
    "username": ("for {}", "for user {}", "of user {}"),
    "city": ("in {}", "in {}", "for {}", "near {}", "around {}"), "state": ("in {}", ), "country": ("in {}", "for {}",
    "from {}"), "region": ("in {}", "in the {} region", "for {}"),
    "address": ("at {}", "at {}", "for {}"), "place": ("at {}", "in {}"), "company": ("for {}", "at {}", "from {}",
    "of {}"), "product": ("for {}", "of {}", "for the {}"),
    "email": ("for {}", "to {}", "with the email {}", "at {}"), "url": ("at {}", "from {}", "for {}"),
    "domain": ("on {}", "for {}", "at {}"),
    "phone": ("at {}", "to {}", "with the number {}"), "path": ("in {}", "from {}", "for {}", "at {}",
    "from the file {}"),
    "date": ("on {}", "for {}", "on {}"), "datetime": ("on {}", "for {}"), "month": ("in {}", "for {}"),
    "year": ("in {}", "for {}", "from {}"), "time": ("at {}", ),
    "limit": ("at most {}", "up to {}", "limited to {}", "no more than {}", "{} results", "{} at a time",
    "only {} of them", "just the first {}", "max {}", "top {}", "{} items", "{} max"),
    "page": ("page {}", "on page {}", "from page {}"), "offset": ("skipping the first {}", "starting from {}",
    "skip {}", "starting at offset {}"),
    "language": ("in {}", "into {}"), "currency": ("in {}",), "color": ("in {}", "coloured {}", "in {} color"),
    "price": ("for {}", "of {}", "worth {}"), "percent": ("at {}", "of {}", "by {}", "with {}"),
    "status": ("with status {}", "that are {}", "which are {}", "in {} state"), "category": ("in the {} category",
    "of type {}", "from {}", "in {}"),
    "sort": ("sorted by {}", "ordered by {}", "sort by {}", "in order of {}"), "query": ("about {}", "on {}",
    "matching {}", "for {}", "related to {}", "that mention {}"),
    "tag": ("tagged {}", "with the tag {}", "labelled {}"), "role": ("as {}", "with the role {}", "as an {}"),
    "title": ("titled {}", "called {}", "named {}"),
    "slug": ("named {}", "called {}"), "sentence": ("saying {}", "that says {}", "with the text {}", "which reads {}"),
    "ticker": ("for {}", "of {}"),
    "duration": ("for {}", "over {}", "within {}", "lasting {}"), "distance": ("within {}", "within a radius of {}"),
    "age": ("aged {}", "at age {}"), "timezone": ("in {}", "in the {} timezone"),
    "version": ("version {}", "at version {}"), "formula": ("of {}", "for {}"), "ip": ("at {}", "with IP {}"),
    "zip": ("in {}", "in zip code {}"), "weight": ("weighing {}", ), "temperature": ("at {}", ),
    "speed": ("at {}", "going {}"), "bytes": ("with {}", ), "code": ("with code {}", ), "id": ("with ID {}",
    "with id {}", "(ID {})", "#{}"), "uuid": ("with ID {}", ), "arn": ("{}", ), "integer id": ("with ID {}",
    "number {}", "id {}", "#{}"),
}  # fmt: skip
DIRECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"^(start|from|begin|since|after|departure|check ?in|origin|source|src|sender|depart)|(start|from|origin|since|"
     r"after)$", ("from {}", "starting {}", "starting from {}", "since {}", "from {} on", "beginning {}")),
    (r"^(end|until|before|stop|finish|check ?out|arrival|return date)|(end|until|before)$", ("until {}", "to {}",
    "ending {}", "through {}", "up to {}", "before {}")),
    (r"^(to|dest|destination|target|recipient|receiver|output)|(destination|recipient)$", ("to {}", "to {}",
    "into {}")),
    (r"^max|maximum", ("at most {}", "up to {}", "no more than {}", "under {}", "a maximum of {}", "below {}")),
    (r"^min|minimum", ("at least {}", "no less than {}", "from {} up", "a minimum of {}", "over {}", "more than {}")),
    (r"author|artist|created by|owner", ("by {}", "from {}", "written by {}")),
)  # fmt: skip
