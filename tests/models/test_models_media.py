"""What a model is shown of images and sounds, and what it is told of those that it is not shown."""

import importlib.util
from base64 import b64decode, b64encode

import anyio
import pytest
from replay_server import ReplayServer, ServedReply

from taskmatrix.core.errors import ModelAccessError
from taskmatrix.core.protocols import Media, Message, Reply
from taskmatrix.models import AnthropicChatModel, OpenAIChatModel, Patience

QUICK = Patience(retries=1, backoff=0.001, silence=5, deadline=20)
PHOTO = Media("image/png", b"\x89PNG-photo", "photo.png")
SOUND = Media("audio/mpeg", b"ID3-sound", "note.mp3")
ASKED = "What is this?"
with_sdk = pytest.mark.skipif(
    importlib.util.find_spec("anthropic") is None, reason="the extra taskmatrix[anthropic] is not installed"
)


def ask(model, *media: Media) -> Reply:
    return anyio.run(lambda: model.complete([Message("system", "see"), Message("user", ASKED, media)]))


def openai(server) -> OpenAIChatModel:
    return OpenAIChatModel("m", base_url=server.url, patience=QUICK)


def anthropic(server) -> AnthropicChatModel:
    return AnthropicChatModel("m", base_url=server.root, api_key="sk-ant-1234567", patience=QUICK)


def said(server, index: int = -1):
    return server.bodies[index]["messages"][-1]["content"]


def answers(count: int = 1) -> list[ServedReply]:
    return [ServedReply(reply="a lamp")] * count


def test_images_and_sounds_are_sent_with_their_names_in_the_words_of_chat_completions():
    with ReplayServer(answers()) as server:
        reply = ask(openai(server), PHOTO, SOUND)
    image = f"data:image/png;base64,{b64encode(PHOTO.data).decode()}"
    assert said(server) == [
        {"type": "text", "text": ASKED},
        {"type": "text", "text": "[image photo.png]"},
        {"type": "image_url", "image_url": {"url": image}},
        {"type": "text", "text": "[audio note.mp3]"},
        {"type": "input_audio", "input_audio": {"data": b64encode(SOUND.data).decode(), "format": "mp3"}},
    ]
    assert reply.text == "a lamp" and reply.unseen == ()


@with_sdk
def test_images_are_sent_as_blocks_to_anthropic_and_sounds_are_named():
    with ReplayServer(answers()) as server:
        reply = ask(anthropic(server), PHOTO, SOUND)
    text, name, image = said(server)
    assert text["text"] == f"{ASKED}\n[audio note.mp3: this model is not shown it]"
    assert name["text"] == "[image photo.png]"
    assert image["source"]["media_type"] == "image/png" and b64decode(image["source"]["data"]) == PHOTO.data
    assert reply.unseen == ("audio note.mp3",)


def test_a_message_without_media_stays_a_plain_text():
    with ReplayServer(answers()) as server:
        ask(openai(server))
    assert said(server) == ASKED


REFUSALS = [
    (400, "image_url is only supported by certain models"),
    (400, "m is not a multimodal model"),
    (404, "No endpoints found that support image input"),
    (415, "content parts are not supported"),
    (422, "Failed to deserialize the JSON body: messages[1]: unknown variant `image_url`, expected `text`"),
    (422, "body.messages.0.content: Input should be a valid string"),
    (400, "messages[1].content must be a string"),
    (500, "image input is not supported - hint: you may need to provide the mmproj"),
]


@pytest.mark.parametrize(("status", "words"), REFUSALS)
def test_a_server_that_refuses_images_is_asked_without_and_never_again_with_them(server, status, words):
    server.will(server.error(status, words), server.stream("a lamp"))
    model = openai(server)
    first = ask(model, PHOTO)
    second = ask(model, PHOTO)
    assert said(server, 1) == said(server, 2) == f"{ASKED}\n[image photo.png: this model is not shown it]"
    assert len(server.bodies) == 3
    assert first.unseen == second.unseen == ("image photo.png",)


@with_sdk
def test_a_messages_server_that_refuses_images_is_asked_without():
    with ReplayServer(answers(), refuses="this model does not support image blocks") as server:
        assert ask(anthropic(server), PHOTO).unseen == ("image photo.png",)


def test_an_error_inside_a_stream_that_speaks_of_images_counts_as_a_refusal(server):
    def refused(handler):
        handler.open_stream()
        handler.event({"error": {"message": "image input is not supported", "code": 500}})
        handler.chunk(b"")

    server.will(refused, server.stream("a lamp"))
    assert ask(openai(server), PHOTO).unseen == ("image photo.png",)


def test_only_the_kind_that_is_refused_is_left_out(server):
    server.will(server.error(400, "input_audio is not supported by this model"), server.stream("a lamp"))
    assert ask(openai(server), PHOTO, SOUND).unseen == ("audio note.mp3",)
    assert said(server)[-1]["type"] == "image_url"


@pytest.mark.parametrize(
    ("status", "words"),
    [(413, "Request Entity Too Large"), (400, "image exceeds 5 MB"), (400, "Could not process image")],
)
def test_what_is_wrong_with_one_image_is_not_held_against_the_next(server, status, words):
    server.will(server.error(status, words), server.stream("a lamp"))
    model = openai(server)
    assert ask(model, PHOTO).unseen == ("image photo.png",)
    assert ask(model, PHOTO).unseen == ()


@pytest.mark.parametrize("words", ["the model m is unknown", "max_tokens is too large", "billing is not set up"])
def test_a_refusal_of_something_else_stays_one(server, words):
    server.will(server.error(400, words))
    with pytest.raises(ModelAccessError):
        ask(openai(server), PHOTO)
    assert len(server.bodies) == 1


def test_a_refusal_in_a_call_without_media_is_not_about_them(server):
    server.will(server.error(400, "image input is not supported"))
    with pytest.raises(ModelAccessError):
        ask(openai(server))
    assert len(server.bodies) == 1


@pytest.mark.parametrize(
    "media",
    [
        Media("image/png", b"x" * 20_000_001, "huge.png"),
        Media("image/png", b"", "empty.png"),
        Media("image/tiff", b"II*", "scan.tiff"),
    ],
)
def test_what_the_protocol_does_not_carry_is_named_and_the_rest_is_sent(media):
    with ReplayServer(answers()) as server:
        reply = ask(openai(server), media, PHOTO)
    assert reply.unseen == (f"image {media.name}",)
    assert len(said(server)) == 3 and "not shown" in said(server)[0]["text"]


def test_all_media_of_a_call_together_are_limited():
    large = [Media("image/png", b"x" * 15_000_000, f"{number}.png") for number in range(3)]
    with ReplayServer(answers()) as server:
        assert ask(openai(server), *large).unseen == ("image 2.png",)
