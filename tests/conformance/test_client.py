"""The client itself: what it can call, and what it does with a refusal."""

import inspect
import re
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from corehttp.exceptions import ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from credytapi import models
from credytapi.operations import _operations
from support import KEY, URL, Conformance, unique


class Client(Conformance):
    def test_every_operation(self):
        """Every call that the client can make has exactly one test, and there are 54 of them."""
        made = sorted(
            request(build)
            for name, build in inspect.getmembers(_operations, inspect.isfunction)
            if name.startswith("build_")
        )
        self.assertEqual(len(made), 54)
        self.assertEqual(sorted(re.sub(r"\{\w+\}", "{}", name) for name in tested()), made)

    def test_refusals(self):
        """401, 404 and 409 are the client's own exceptions; 400 and 422 carry the problem; none is sent again."""
        patient, stranger = self.connect(retry_total=3), self.connect(key="nothing", retry_total=3)
        known = self.asset()
        for status, kind, call in [
            (401, ClientAuthenticationError, lambda: stranger.assets.list()),
            (404, ResourceNotFoundError, lambda: patient.customers.get("cust_nowhere")),
            (409, ResourceExistsError, lambda: patient.assets.create({"code": known, "name": "Other"})),
            (400, HttpResponseError, lambda: patient.customers.create(b"{")),
            (422, HttpResponseError, lambda: patient.customers.create({"name": 7})),
        ]:
            with self.subTest(status=status):
                before = len(self.recorder.exchanges)
                with self.assert_refused(status, kind) as refused:
                    call()
                self.assertEqual(len(self.recorder.exchanges), before + 1)
                self.assertTrue(refused.problem["detail"] and refused.problem["request_id"])
                if status == 400:
                    self.assertIsInstance(refused.model, models.ProblemDetails)
                if status == 422:
                    self.assertIsInstance(refused.model, models.ValidationProblem)
                    self.assertEqual(list(refused.model.errors), ["name"])

    def test_headers(self):
        """`Prefer: return=representation` brings the fees of an event in the same call, in what the client raises."""
        product = self.product()
        customer = self.customer(product.code, credit="1")
        usage = models.UsageRequest(customer_id=customer.id, events=[self.event()])
        with self.assertRaises(HttpResponseError) as raised:
            self.client.events.send_usage(usage, headers={"Prefer": "return=representation"})
        self.assertEqual(raised.exception.status_code, 200)
        self.assert_amount(raised.exception.response.json()["fees"][0]["amount"], "0.5")

    def test_document(self):
        """The first screen of docs/credyt.md does what it says."""
        page = (Path(__file__).parents[2] / "docs" / "credyt.md").read_text()
        code = re.search(r"```python\n(.*?)```", page, re.DOTALL).group(1)
        for written, meant in [("http://127.0.0.1:8787", URL), ("sk_test_local", KEY), ("acme-calls", unique("acme"))]:
            code = code.replace(written, meant)
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(code, "docs/credyt.md", "exec"), {})
        self.assertEqual(printed.getvalue().strip(), re.search(r"# → (\S+)$", code, re.MULTILINE).group(1))


def request(build):
    """The call that a builder of the client makes, with {} for every part of its path."""
    needed = [one for one in inspect.signature(build).parameters.values() if one.kind == one.POSITIONAL_OR_KEYWORD]
    given = {one.name: 987 if one.name == "version" else "part987" for one in needed}
    made = build(**given, **({"content_type": "application/json"} if "_test_" in build.__name__ else {}))
    return f"{made.method} {re.sub(r'(part)?987', '{}', made.url)}"


def tested():
    """The operation of every test that has one."""
    names, suites = (
        [],
        [unittest.defaultTestLoader.discover(inspect.getfile(Client).rpartition("/")[0], pattern="test_*.py")],
    )
    while suites:
        part = suites.pop()
        if isinstance(part, unittest.TestSuite):
            suites.extend(part)
        else:
            method = getattr(part, part._testMethodName)
            names.extend([method.operation] if hasattr(method, "operation") else [])
    return names
