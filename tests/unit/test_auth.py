"""Credentials: what a JWT must be, and when the issuer is asked for its keys."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from flowgen_core.model.errors import FlowGenError, Reason
from flowgen_core.model.project import Scope
from flowgen_core.runtime.auth import Authenticator
from flowgen_core.runtime.callers import CallerCache
from flowgen_core.runtime.jwks import COOLDOWN, MAX_AGE, Jwks, from_file, from_url
from flowgen_core.runtime.keys import KeyFactory
from flowgen_core.runtime.keytext import hasher, key_maker
from flowgen_core.runtime.projects import ProjectDraft, Projects
from flowgen_core.runtime.tokens import TokenVerifier
from flowgen_core.store.store import Store

ISSUER, AUDIENCE, PROJECT = "https://issuer.test", "flowgen", "7d1c0f3e-0000-4000-8000-000000000001"
RSA_KEY = rsa.generate_private_key(65537, 2048)
OTHER_RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC_PEM = RSA_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def jwk(key, kid: str, **more) -> dict:
    algorithm = (
        jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    )
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig", **more}


KEYS = {"keys": [jwk(RSA_KEY, "r1", alg="RS256"), jwk(EC_KEY, "e1")]}
GOOD = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "project_id": PROJECT, "scope": "read write"}


def claims(**changes) -> dict:
    now = int(time.time())
    given = {**GOOD, "iat": now, "exp": now + 86_400, **changes}
    return {name: value for name, value in given.items() if value is not ...}


def signed(payload: dict | None = None, key=RSA_KEY, alg="RS256", **header) -> str:
    header = {"kid": "r1", **header}
    return jwt.encode(payload or claims(), key, alg, {k: v for k, v in header.items() if v is not ...})


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def by_hand(header: object, payload: object, signature: bytes = b"") -> str:
    parts = [
        b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, payload)
    ]
    return ".".join([*parts, b64(signature)])


def rsa_signed(header: dict, payload: bytes) -> str:
    """Signs any bytes as a payload, also such as no library would write."""
    text = f"{b64(json.dumps(header).encode())}.{b64(payload)}"
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    return f"{text}.{b64(algorithm.sign(text.encode(), RSA_KEY))}"


def hmac_signed(secret: bytes) -> str:
    header = b'{"alg":"HS256","kid":"r1"}'
    text = f"{b64(header)}.{b64(json.dumps(claims()).encode())}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def payload_with(number: str) -> bytes:
    return json.dumps(claims(exp="@")).replace('"@"', number).encode()


class Keys:
    """A key set that counts how often it is asked for, and can be down."""

    def __init__(self) -> None:
        self.asked, self.body, self.down = 0, json.dumps(KEYS).encode(), False
        self.time = 1000.0

    async def load(self) -> bytes:
        self.asked += 1
        if self.down:
            raise OSError("no route")
        return self.body

    def verifier(self) -> TokenVerifier:
        jwks = Jwks(self.load, lambda: self.time)
        return TokenVerifier(jwks, ISSUER, AUDIENCE, ["RS256", "ES256"], 60)


async def refused(verifier: TokenVerifier, token: str) -> FlowGenError:
    with pytest.raises(FlowGenError) as caught:
        await verifier.verify(token)
    return caught.value


@pytest.mark.parametrize(
    "token",
    [
        signed(),
        signed(key=EC_KEY, alg="ES256", kid="e1"),
        signed(typ="at+jwt"),
        signed(typ="application/at+jwt"),
        signed(claims(aud=["another", AUDIENCE])),
        signed(claims(scope=["read", "write"])),
        signed(claims(scope="openid read profile write")),
        signed(claims(scope="read write operator")),
    ],
)
async def test_a_good_token_is_taken(token):
    found = await Keys().verifier().verify(token)
    assert (found.project_id, found.subject, found.scopes) == (PROJECT, "user-1", {Scope.READ, Scope.WRITE})


@pytest.mark.parametrize("skewed", [{"exp": -30}, {"iat": 30}])
async def test_clocks_may_differ_by_less_than_a_minute(skewed):
    now = int(time.time())
    token = signed(claims(**{name: now + seconds for name, seconds in skewed.items()}))
    assert (await Keys().verifier().verify(token)).subject == "user-1"


async def test_a_token_without_scopes_is_valid_for_nothing_in_particular():
    assert (await Keys().verifier().verify(signed(claims(scope=...)))).scopes == frozenset()


FORGED = {
    "empty": "",
    "one part": "abc",
    "two parts": "abc.def",
    "five parts": "a.b.c.d.e",
    "not base64": "!!.!!.!!",
    "binary header": by_hand(b"\xff\xfe", claims()),
    "header is a list": by_hand([], claims()),
    "header is deep": by_hand(b"[" * 5000, claims()),
    "alg none": by_hand({"alg": "none", "kid": "r1"}, claims()),
    "alg None": by_hand({"alg": "None", "kid": "r1"}, claims()),
    "alg missing": by_hand({"kid": "r1"}, claims(), b"x"),
    "alg empty": by_hand({"alg": "", "kid": "r1"}, claims(), b"x"),
    "alg a list": by_hand({"alg": ["RS256"], "kid": "r1"}, claims(), b"x"),
    "alg null": by_hand({"alg": None, "kid": "r1"}, claims(), b"x"),
    "no signature": by_hand({"alg": "RS256", "kid": "r1"}, claims()),
    "wrong signature": by_hand({"alg": "RS256", "kid": "r1"}, claims(), b"x" * 256),
    "signed with the public key": hmac_signed(PUBLIC_PEM),
    "signed with nothing": hmac_signed(b""),
    "signed by another key": signed(key=OTHER_RSA_KEY),
    "RS512": signed(alg="RS512"),
    "PS256": signed(alg="PS256"),
    "ES256 by an RSA key's id": signed(key=EC_KEY, alg="ES256", kid="r1"),
    "RS256 by an EC key's id": signed(kid="e1"),
    "unknown kid": signed(kid="r2"),
    "no kid among two keys": signed(kid=...),
    "kid a path": signed(kid="../../dev/null"),
    "kid SQL": signed(kid="r1' OR '1'='1"),
    "kid a number": rsa_signed({"alg": "RS256", "kid": 1}, json.dumps(claims()).encode()),
    "kid a list": rsa_signed({"alg": "RS256", "kid": ["r1"]}, json.dumps(claims()).encode()),
    "key in the header": signed(key=OTHER_RSA_KEY, jwk=jwk(OTHER_RSA_KEY, "r1")),
    "key set in the header": signed(key=OTHER_RSA_KEY, jku="http://127.0.0.1:1/keys"),
    "certificate in the header": signed(key=OTHER_RSA_KEY, x5u="http://127.0.0.1:1/cert"),
    "unknown critical header": signed(crit=["exotic"], exotic=True),
    "log-out token": signed(typ="logout+jwt"),
    "type a number": rsa_signed({"alg": "RS256", "kid": "r1", "typ": 7}, json.dumps(claims()).encode()),
    "changed payload": ".".join([signed().split(".")[0], b64(json.dumps(claims()).encode()), "AAAA"]),
    "wrong issuer": signed(claims(iss="https://evil.test")),
    "issuer with a slash": signed(claims(iss=ISSUER + "/")),
    "issuer a list": rsa_signed({"alg": "RS256", "kid": "r1"}, json.dumps(claims(iss=[ISSUER])).encode()),
    "no issuer": signed(claims(iss=...)),
    "wrong audience": signed(claims(aud="another")),
    "audience a part": signed(claims(aud="flow")),
    "no audience": signed(claims(aud=...)),
    "audience a number": signed(claims(aud=1)),
    "no expiry": signed(claims(exp=...)),
    "expired": signed(claims(exp=int(time.time()) - 61)),
    "expiry a word": signed(claims(exp="never")),
    "expiry null": signed(claims(exp=None)),
    "expiry infinite": rsa_signed({"alg": "RS256", "kid": "r1"}, payload_with("1e999")),
    "expiry no number": rsa_signed({"alg": "RS256", "kid": "r1"}, payload_with("NaN")),
    "expiry of 5000 digits": rsa_signed({"alg": "RS256", "kid": "r1"}, payload_with("9" * 5000)),
    "no issue time": signed(claims(iat=...)),
    "issued in the future": signed(claims(iat=int(time.time()) + 36_000)),
    "not yet valid": signed(claims(nbf=int(time.time()) + 36_000)),
    "no subject": signed(claims(sub=...)),
    "subject empty": signed(claims(sub="")),
    "subject a number": rsa_signed({"alg": "RS256", "kid": "r1"}, json.dumps(claims(sub=1)).encode()),
    "subject with NUL": signed(claims(sub="a\0b")),
    "subject a lone surrogate": signed(claims(sub="\ud800")),
    "subject too long": signed(claims(sub="x" * 256)),
    "no project": signed(claims(project_id=...)),
    "project a list": signed(claims(project_id=[PROJECT])),
    "project null": signed(claims(project_id=None)),
    "scope a number": signed(claims(scope=7)),
    "payload a list": rsa_signed({"alg": "RS256", "kid": "r1"}, b"[]"),
    "payload no JSON": rsa_signed({"alg": "RS256", "kid": "r1"}, b"{"),
    "payload no UTF-8": rsa_signed({"alg": "RS256", "kid": "r1"}, b"\xff"),
    "payload deep": rsa_signed({"alg": "RS256", "kid": "r1"}, b"[" * 100_000),
    "detached payload": signed(b64=False, crit=["b64"]),
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_is_refused(token):
    keys = Keys()
    error = await refused(keys.verifier(), token)
    assert (error.reason, error.metadata) == (Reason.UNAUTHENTICATED, {"credential": "invalid"})
    assert keys.asked <= 1


async def test_a_key_for_encryption_signs_nothing():
    keys = Keys()
    keys.body = json.dumps({"keys": [jwk(RSA_KEY, "r1", use="enc"), jwk(EC_KEY, "e1")]}).encode()
    await refused(keys.verifier(), signed())


async def test_a_symmetric_key_among_the_published_ones_signs_nothing():
    keys = Keys()
    shared = {"kty": "oct", "kid": "r1", "k": b64(b"x" * 32), "alg": "HS256"}
    keys.body = json.dumps({"keys": [shared, jwk(EC_KEY, "e1")]}).encode()
    await refused(keys.verifier(), jwt.encode(claims(), b"x" * 32, "HS256", {"kid": "r1"}))


async def test_a_token_without_kid_is_judged_by_the_only_key():
    keys = Keys()
    keys.body = json.dumps({"keys": [jwk(RSA_KEY, "r1")]}).encode()
    assert await keys.verifier().verify(signed(kid=...))


async def test_unknown_key_ids_ask_the_issuer_once_in_thirty_seconds():
    keys = Keys()
    verifier = keys.verifier()
    await verifier.verify(signed())
    for number in range(100):
        await refused(verifier, signed(kid=f"k{number}"))
    assert keys.asked == 1
    keys.time += COOLDOWN
    await asyncio.gather(*(refused(verifier, signed(kid=f"k{number}")) for number in range(10)))
    assert keys.asked == 2


async def test_a_new_key_of_the_issuer_is_found():
    keys = Keys()
    verifier = keys.verifier()
    await verifier.verify(signed())
    keys.body = json.dumps({"keys": [jwk(OTHER_RSA_KEY, "r9")]}).encode()
    keys.time += COOLDOWN
    assert await verifier.verify(signed(key=OTHER_RSA_KEY, kid="r9"))
    await refused(verifier, signed())


async def test_the_last_good_keys_count_while_the_issuer_is_down():
    keys = Keys()
    verifier = keys.verifier()
    await verifier.verify(signed())
    keys.down = True
    for body in (b"", b"{", b"[]", b"{}", b'{"keys": 1}', b'{"keys": [1]}', b'{"keys": []}'):
        keys.body, keys.time = body, keys.time + MAX_AGE + 1
        assert await verifier.verify(signed())
        await asyncio.sleep(0)
        keys.down = False
    assert keys.asked > 5
    assert await verifier.verify(signed())


async def test_old_keys_are_read_again_without_keeping_a_call_waiting():
    keys = Keys()
    verifier = keys.verifier()
    await verifier.verify(signed())
    keys.body = json.dumps({"keys": [jwk(EC_KEY, "e1")]}).encode()
    keys.time += MAX_AGE + 1
    assert await verifier.verify(signed())
    await asyncio.sleep(0.01)
    await refused(verifier, signed())


async def test_without_any_keys_the_answer_is_to_come_back():
    keys = Keys()
    keys.down = True
    verifier = keys.verifier()
    for _ in range(5):
        error = await refused(verifier, signed())
        assert (error.reason, error.retry_after) == (Reason.UNAVAILABLE, COOLDOWN)
    assert keys.asked == 1


@pytest.fixture
async def issuer():
    """A JWKS server on loopback: the path says how it answers, `asked` what it was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path == "/redirect":
            raise web.HTTPFound("/keys")
        if request.path == "/broken":
            return web.Response(status=500)
        if request.path == "/large":
            return web.Response(body=b" " * 1_000_000 + json.dumps(KEYS).encode())
        return web.json_response(KEYS)

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    await runner.cleanup()


async def test_keys_are_fetched_over_http(issuer):
    base, asked = issuer
    verifier = TokenVerifier(Jwks(from_url(f"{base}/keys"), lambda: 0.0), ISSUER, AUDIENCE, ["RS256"], 60)
    await asyncio.gather(*(verifier.verify(signed()) for _ in range(20)))
    assert asked == ["/keys"]


@pytest.mark.parametrize("path", ["redirect", "broken", "large"])
async def test_an_issuer_that_misbehaves_gives_no_keys(issuer, path):
    base, asked = issuer
    verifier = TokenVerifier(Jwks(from_url(f"{base}/{path}"), lambda: 0.0), ISSUER, AUDIENCE, ["RS256"], 60)
    assert (await refused(verifier, signed())).reason is Reason.UNAVAILABLE
    assert asked == [f"/{path}"]


async def test_an_issuer_that_is_down_gives_no_keys():
    verifier = TokenVerifier(
        Jwks(from_url("http://127.0.0.1:1/"), lambda: 0.0), ISSUER, AUDIENCE, ["RS256"], 60
    )
    assert (await refused(verifier, signed())).reason is Reason.UNAVAILABLE


async def test_keys_are_read_from_a_file(tmp_path):
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps(KEYS))
    verifier = TokenVerifier(Jwks(from_file(path), lambda: 0.0), ISSUER, AUDIENCE, ["RS256"], 60)
    assert await verifier.verify(signed())


class Reads:
    """A store that counts what it is asked."""

    def __init__(self, store: Store) -> None:
        self._store, self.count = store, 0

    async def read(self, fn):
        self.count += 1
        return await self._store.read(fn)


@pytest.fixture
async def store(tmp_path: Path):
    store = Store(tmp_path)
    store.open()
    yield store
    store.close()


@pytest.fixture
async def project_and_key(store):
    cache = CallerCache(lambda: 0.0)
    factory = KeyFactory(key_maker(), hasher(b"p"), lambda: datetime.now(UTC), lambda: "00000000-key")
    projects = Projects(store, factory, cache, lambda: datetime.now(UTC), lambda: PROJECT)
    return await projects.create(ProjectDraft("Test"))


def authenticator(store, clock=lambda: 0.0) -> Authenticator:
    return Authenticator(store, hasher(b"p"), CallerCache(clock), Keys().verifier())


async def test_a_token_acts_for_its_project(store, project_and_key):
    caller = await authenticator(store).caller(f"Bearer {signed()}")
    assert (caller.project, caller.subject) == (project_and_key[0], "user-1")


async def test_a_token_for_an_unknown_project_is_refused(store, project_and_key):
    with pytest.raises(FlowGenError):
        await authenticator(store).caller(f"Bearer {signed(claims(project_id='unknown'))}")


async def test_without_an_issuer_no_token_is_valid(store, project_and_key):
    auth = Authenticator(store, hasher(b"p"), CallerCache(lambda: 0.0))
    with pytest.raises(FlowGenError):
        await auth.caller(f"Bearer {signed()}")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_may_be_written_in_any_case(store, project_and_key, scheme):
    assert await authenticator(store).caller(f"{scheme} {project_and_key[1].key}")


@pytest.mark.parametrize(
    ("authorization", "credential"),
    [
        ("", "missing"),
        ("Bearer", "invalid"),
        ("Bearer ", "invalid"),
        ("Basic dXNlcjpwYXNz", "invalid"),
        ("Ticket abc", "invalid"),
        ("Bearer fg_test_" + "0" * 36, "invalid"),
        ("Bearer é", "invalid"),
        ("Bearer " + "x" * 1_000_000, "invalid"),
        ("Bearer " + "eyJ." * 250_000, "invalid"),
        (" " * 1_000_000, "invalid"),
    ],
    ids=str,
)
async def test_what_is_no_credential_is_refused_without_asking_the_database(store, authorization, credential):
    reads = Reads(store)
    started = time.perf_counter()
    with pytest.raises(FlowGenError) as caught:
        await authenticator(reads).caller(authorization)
    assert caught.value.reason is Reason.UNAUTHENTICATED
    assert caught.value.metadata == {"credential": credential}
    assert reads.count == 0
    assert time.perf_counter() - started < 0.05


async def test_many_calls_ask_the_database_once_in_half_a_second(store, project_and_key):
    reads, now = Reads(store), [0.0]
    auth = authenticator(reads, lambda: now[0])
    for _ in range(50):
        await auth.caller(f"Bearer {project_and_key[1].key}")
    assert reads.count == 1
    now[0] = 0.5
    await auth.caller(f"Bearer {project_and_key[1].key}")
    assert reads.count == 2
