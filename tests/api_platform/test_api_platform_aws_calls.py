"""AWS operations called through botocore, against moto's server on loopback."""

import itertools
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import anyio
import pytest
from pydantic import JsonValue

from taskmatrix.api_platform.callers.aws import AwsCalls
from taskmatrix.api_platform.callers.aws_failures import failure
from taskmatrix.api_platform.callers.aws_values import Answer
from taskmatrix.api_platform.importers.aws import read_aws
from taskmatrix.core.documents import ApiDocument, Source
from taskmatrix.core.errors import (
    ApiAccessError,
    ApiArgumentError,
    ApiError,
    ApiFileError,
    ApiLimitError,
    ApiNotCallableError,
    ApiUnavailableError,
    CredentialError,
)
from taskmatrix.testing import LocalContext

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_REGION")


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine without any AWS configuration."""
    for name in (*_CREDENTIALS, "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return monkeypatch


@pytest.fixture
def cloud(moto: str, machine: pytest.MonkeyPatch) -> str:
    """A machine set up for the cloud at the address."""
    machine.setenv("AWS_ENDPOINT_URL", moto)
    machine.setenv("AWS_ACCESS_KEY_ID", "testing")
    machine.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    machine.setenv("AWS_REGION", "eu-west-1")
    return moto


@pytest.fixture
def context(tmp_path: Path) -> LocalContext:
    return LocalContext(tmp_path)


def operation(service: str, name: str) -> ApiDocument:
    return ApiDocument(
        package=service,
        name=f"{service}.{name}",
        description="",
        parameters=(),
        source=Source.model_validate({"kind": "aws", "service": service, "operation": name}),
    )


def call_all(context: LocalContext, *calls: tuple[str, str, dict[str, JsonValue]]) -> list[JsonValue]:
    async def run() -> list[JsonValue]:
        aws = AwsCalls()
        try:
            return [await aws(operation(service, name), arguments, context) for service, name, arguments in calls]
        finally:
            await aws.aclose()

    return anyio.run(run)


def call(context: LocalContext, service: str, name: str, **arguments: JsonValue) -> dict[str, JsonValue]:
    answer = call_all(context, (service, name, arguments))[0]
    assert isinstance(answer, dict)
    return answer


PLACE: JsonValue = {"LocationConstraint": "eu-west-1"}


def test_a_bucket_is_made_filled_listed_and_read(cloud: str, context: LocalContext, tmp_path: Path) -> None:
    (tmp_path / "picture.bin").write_bytes(b"\x00\xffpicture")
    answers = call_all(
        context,
        ("s3", "CreateBucket", {"Bucket": "first", "CreateBucketConfiguration": PLACE}),
        ("s3", "PutObject", {"Bucket": "first", "Key": "a.txt", "Body": "Grüße", "ContentType": "text/plain"}),
        ("s3", "PutObject", {"Bucket": "first", "Key": "b.bin", "Body": {"path": "picture.bin"}, "Tagging": None}),
        ("s3", "ListObjectsV2", {"Bucket": "first"}),
        ("s3", "GetObject", {"Bucket": "first", "Key": "a.txt"}),
        ("s3", "GetObject", {"Bucket": "first", "Key": "b.bin"}),
    )
    listed, text, picture = answers[3], answers[4], answers[5]
    assert isinstance(listed, dict) and isinstance(text, dict) and isinstance(picture, dict)
    assert "ResponseMetadata" not in listed
    contents = listed["Contents"]
    assert isinstance(contents, list)
    assert [entry["Key"] for entry in contents if isinstance(entry, dict)] == ["a.txt", "b.bin"]
    modified = contents[0]["LastModified"]  # type: ignore[index, call-overload]
    assert datetime.fromisoformat(str(modified)).tzinfo is not None
    body = text["Body"]
    assert isinstance(body, dict)
    assert body["text"] == "Grüße" and body["media_type"] == "text/plain" and body["size"] == 7
    assert context.get_blob(str(body["digest"])).decode() == "Grüße"
    stored = picture["Body"]
    assert isinstance(stored, dict) and "text" not in stored
    assert context.get_blob(str(stored["digest"])) == b"\x00\xffpicture"


def test_what_one_call_returned_is_what_another_sends(cloud: str, context: LocalContext) -> None:
    digest = context.put_blob(b"\x00kept")
    call(context, "s3", "CreateBucket", Bucket="second", CreateBucketConfiguration=PLACE)
    call(context, "s3", "PutObject", Bucket="second", Key="k", Body={"digest": digest, "path": "/elsewhere"})
    body = call(context, "s3", "GetObject", Bucket="second", Key="k")["Body"]
    assert isinstance(body, dict) and body["digest"] == digest


def test_items_of_a_table_keep_their_nested_contents(cloud: str, context: LocalContext) -> None:
    item: JsonValue = {"id": {"S": "1"}, "deep": {"M": {"raw": {"B": "bytes"}, "list": {"L": [{"N": "2.5"}]}}}}
    call(
        context,
        "dynamodb",
        "CreateTable",
        TableName="notes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    call(context, "dynamodb", "PutItem", TableName="notes", Item=item)
    found = call(context, "dynamodb", "GetItem", TableName="notes", Key={"id": {"S": "1"}})["Item"]
    assert isinstance(found, dict)
    deep = found["deep"]["M"]  # type: ignore[index, call-overload]
    assert deep["list"] == {"L": [{"N": "2.5"}]}  # type: ignore[index, call-overload]
    assert deep["raw"]["B"]["text"] == "bytes"  # type: ignore[index, call-overload]


def test_a_message_is_sent_and_received(cloud: str, context: LocalContext) -> None:
    address = call(context, "sqs", "CreateQueue", QueueName="work")["QueueUrl"]
    call(context, "sqs", "SendMessage", QueueUrl=address, MessageBody="hello")
    received = call(context, "sqs", "ReceiveMessage", QueueUrl=address)["Messages"]
    assert isinstance(received, list) and received[0]["Body"] == "hello"  # type: ignore[index, call-overload]


def test_pages_show_the_token_of_the_next_one(cloud: str, context: LocalContext) -> None:
    call(context, "s3", "CreateBucket", Bucket="third", CreateBucketConfiguration=PLACE)
    for key in ("a", "b"):
        call(context, "s3", "PutObject", Bucket="third", Key=key, Body="")
    first = call(context, "s3", "ListObjectsV2", Bucket="third", MaxKeys=1)
    rest = call(context, "s3", "ListObjectsV2", Bucket="third", ContinuationToken=first["NextContinuationToken"])
    assert first["IsTruncated"] is True
    assert [entry["Key"] for entry in rest["Contents"]] == ["b"]  # type: ignore[union-attr, index, call-overload]


def test_content_over_the_limit_is_refused(cloud: str, context: LocalContext, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    call(context, "s3", "CreateBucket", Bucket="fourth", CreateBucketConfiguration=PLACE)
    call(context, "s3", "PutObject", Bucket="fourth", Key="k", Body={"path": "large"})
    with pytest.raises(ApiLimitError):
        call(context, "s3", "GetObject", Bucket="fourth", Key="k")
    part = call(context, "s3", "GetObject", Bucket="fourth", Key="k", Range="bytes=0-9")["Body"]
    assert isinstance(part, dict) and part["size"] == 10


def test_a_refusal_of_the_service_names_its_code(cloud: str, context: LocalContext) -> None:
    with pytest.raises(ApiError, match="NoSuchBucket"):
        call(context, "s3", "GetObject", Bucket="nowhere", Key="k")


def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent(cloud: str, context: LocalContext) -> None:
    with pytest.raises(ApiArgumentError, match="Bucket"):
        call(context, "s3", "GetObject", Key="k")
    with pytest.raises(ApiArgumentError, match="Unknown"):
        call(context, "s3", "GetObject", Bucket="b", Key="k", Nonsense=1)
    with pytest.raises(ApiArgumentError, match="Body"):
        call(context, "s3", "PutObject", Bucket="b", Key="k", Body=7)
    with pytest.raises(ApiFileError, match="missing"):
        call(context, "s3", "PutObject", Bucket="b", Key="k", Body={"path": "missing"})


def test_missing_credentials_and_region_say_what_to_set(machine: pytest.MonkeyPatch, context: LocalContext) -> None:
    with pytest.raises(CredentialError) as region:
        call(context, "sqs", "ListQueues")
    assert "AWS_DEFAULT_REGION" in str(region.value.hint)
    machine.setenv("AWS_REGION", "eu-west-1")
    with pytest.raises(CredentialError) as credentials:
        call(context, "sqs", "ListQueues")
    assert "AWS_ACCESS_KEY_ID" in str(credentials.value.hint)
    machine.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CredentialError, match="nobody"):
        call(context, "sqs", "ListQueues")


def test_the_region_of_a_profile_is_used(cloud: str, machine: pytest.MonkeyPatch, context: LocalContext) -> None:
    machine.delenv("AWS_REGION")
    (context.directory / "config").write_text("[default]\nregion = eu-west-1\n")
    assert call(context, "sqs", "ListQueues", QueueNamePrefix="none-is-called-so") == {}


def test_a_service_that_does_not_answer_is_unavailable(
    cloud: str, machine: pytest.MonkeyPatch, context: LocalContext
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        machine.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(ApiUnavailableError):
            call(context, "sqs", "ListQueues")


def test_documents_of_what_botocore_does_not_know_are_not_callable(cloud: str, context: LocalContext) -> None:
    for service, name in (("no-such-service", "Get"), ("../data/s3", "ListBuckets"), ("s3", "NoSuchOperation")):
        with pytest.raises(ApiNotCallableError):
            call(context, service, name)
    nameless = ApiDocument(
        package="p", name="n", description="", parameters=(), source=Source.model_validate({"kind": "aws"})
    )
    with pytest.raises(ApiNotCallableError):
        anyio.run(AwsCalls(), nameless, {}, context)


def test_a_document_is_not_called_under_the_name_of_another_operation(cloud: str, context: LocalContext) -> None:
    disguised = operation("s3", "DeleteBucket").model_copy(update={"name": "s3.ListBuckets"})
    with pytest.raises(ApiNotCallableError, match=r"s3\.DeleteBucket"):
        anyio.run(AwsCalls(), disguised, {"Bucket": "first"}, context)


def test_the_events_of_a_stream_come_as_a_list_that_ends(context: LocalContext) -> None:
    answer = Answer("s3-SelectObjectContent", context)
    value = answer.json({"Payload": iter([{"Records": {"Payload": b"a,b"}}, {"End": {}}]), "Ratio": float("nan")})
    assert value["Payload"][0]["Records"]["Payload"]["text"] == "a,b"  # type: ignore[index, call-overload]
    assert value["Payload"][1] == {"End": {}} and value["Ratio"] is None  # type: ignore[index, call-overload]
    with pytest.raises(ApiLimitError):
        answer.json({"Payload": itertools.repeat({"End": {}})})


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("AccessDenied", 403, ApiAccessError),
        ("ExpiredTokenException", 400, ApiAccessError),
        ("", 401, ApiAccessError),
        ("ThrottlingException", 400, ApiUnavailableError),
        ("SlowDown", 503, ApiUnavailableError),
        ("Anything", 500, ApiUnavailableError),
        ("ValidationException", 400, ApiArgumentError),
        ("InvalidParameterValue", 400, ApiArgumentError),
        ("ResourceNotFoundException", 400, ApiError),
        ("ConditionalCheckFailedException", 400, ApiError),
    ],
)
def test_codes_of_the_service_become_our_errors(code: str, status: int, expected: type[ApiError]) -> None:
    from botocore.exceptions import ClientError

    response = {"Error": {"Code": code, "Message": "said"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    found = failure(ClientError(response, "Op"), "p.n")
    assert type(found) is expected
    assert "said" in found.message and found.message.startswith("p.n: ")


def test_an_imported_operation_is_called_as_it_is(cloud: str, context: LocalContext) -> None:
    document = next(d for d in read_aws(["sts"]).documents if d.name == "sts.GetCallerIdentity")
    answer = anyio.run(AwsCalls(), document, {}, context)
    assert isinstance(answer, dict) and set(answer) == {"UserId", "Account", "Arn"}
