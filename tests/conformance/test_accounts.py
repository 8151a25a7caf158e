"""Vendors, who are paid for what usage costs, and platform accounts."""

from datetime import timedelta

from corehttp.exceptions import ClientAuthenticationError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from credytapi import models
from support import Conformance, operation, today, unique


class Vendors(Conformance):
    def vendor(self, external_id=None):
        external_id = external_id or unique("vendor")
        created = self.vendors.create_vendor(models.CreateVendorRequest(name="Model host", external_id=external_id))
        return created.id, external_id

    @operation("POST /vendors")
    def test_post_vendors(self):
        """An id of its own; again it is one vendor, and 409 with another name."""
        body = models.CreateVendorRequest(name="Model host", external_id=unique("vendor"))
        created = self.vendors.create_vendor(body)
        self.assertRegex(created.id, r"^vnd_")
        self.assert_now(created.created_at)
        self.assertEqual(self.vendors.create_vendor(body).id, created.id)
        with self.assert_refused(409, ResourceExistsError, "already_exists"):
            self.vendors.create_vendor({**body, "name": "Other"})
        with self.assert_refused(422, code="validation_failed") as refused:
            self.vendors.create_vendor({})
        self.assertEqual(set(refused.model.errors), {"name"})

    @operation("GET /vendors")
    def test_get_vendors(self):
        """Lists by pages, and finds one by its external_id."""
        (first, external), _ = self.vendor(), self.vendor()
        page = self.vendors.list_vendors(external_id=external)
        self.assertEqual(
            [(one.id, one.external_id, one.name) for one in page.items_property], [(first, external, "Model host")]
        )
        self.assertEqual(page.total_count, 1)
        everything = self.vendors.list_vendors(limit=1)
        self.assertEqual(len(everything.items_property), 1)
        self.assertGreaterEqual(everything.total_count, 2)

    @operation("GET /vendors/{id}")
    def test_get_vendor(self):
        """Shows what was said, and 404 for an unknown id."""
        made, external = self.vendor()
        shown = self.vendors.get_vendor(made)
        self.assertEqual((shown.id, shown.external_id, shown.name), (made, external, "Model host"))
        self.assert_now(shown.created_at)
        with self.assert_refused(404, ResourceNotFoundError):
            self.vendors.get_vendor("vnd_nowhere")

    @operation("GET /vendors/{id}/stats")
    def test_get_vendor_stats(self):
        """Exactly the costs that name the vendor by either id, by category, in a period."""
        made, external = self.vendor()
        _, other = self.vendor()
        customer = self.customer()
        costs = [
            models.CostData(id="c1", vendor_id=made, category="inference", amount="0.1"),
            models.CostData(id="c2", vendor_external_id=external, category="inference", amount="0.2"),
            models.CostData(id="c3", vendor_external_id=external, category="storage", amount="0.000001"),
            models.CostData(id="c4", vendor_external_id=other, category="inference", amount="5"),
        ]
        self.send(customer.id, self.event(costs=costs))

        def stats(expected, **filters):
            shown = self.vendors.get_vendor_stats(made, **filters)
            self.assertEqual(sorted((one.category, str(one.cost)) for one in shown.categories), expected)
            return shown.total_costs

        both = [("inference", "0.3"), ("storage", "0.000001")]
        self.eventually(lambda: self.assert_amount(stats(both), "0.300001"))
        self.assert_amount(stats(both, period_from=today(), period_to=today()), "0.300001")
        self.assert_amount(stats([], period_to=today() - timedelta(days=1)), "0")
        self.assert_amount(stats([("storage", "0.000001")], category="storage"), "0.000001")
        with self.assert_refused(404, ResourceNotFoundError):
            self.vendors.get_vendor_stats("vnd_nowhere")


class Accounts(Conformance):
    def account(self, **more):
        more = {"external_id": unique("account"), "metadata": {"plan": "team"}, **more}
        return self.client.accounts.create(models.CreateAccountRequest(name="Platform", **more)).id

    @operation("POST /accounts")
    def test_post_accounts(self):
        """An account of its own: who acts for it sees nothing of the platform's, and the platform nothing of its."""
        made = self.account()
        self.assertRegex(made, r"^acc_")
        own = self.customer()
        inside = self.connect(headers={"X-CREDYT-ACCOUNT": made})
        self.assertEqual(inside.customers.list().total_count, 0)
        there = inside.customers.create(models.CreateCustomerRequest(name="Theirs", external_id=unique("customer")))
        self.assertEqual([one.id for one in inside.customers.list().items_property], [there.id])
        with self.assert_refused(404, ResourceNotFoundError):
            inside.customers.get(own.id)
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.customers.get(there.id)
        with self.assert_refused(403, HttpResponseError, "forbidden"):
            self.connect(headers={"X-CREDYT-ACCOUNT": "acc_nowhere"}).customers.list()
        with self.assert_refused(401, ClientAuthenticationError, "unauthorized"):
            self.connect(key="sk_test_nobody").customers.list()

    @operation("GET /accounts")
    def test_get_accounts(self):
        """Lists by pages, and finds one by its external_id."""
        external = unique("account")
        made = self.account(external_id=external)
        self.account()
        page = self.client.accounts.list(external_id=external)
        self.assertEqual(
            [(one.id, one.external_id, one.name) for one in page.items_property], [(made, external, "Platform")]
        )
        self.assertEqual(page.total_count, 1)
        self.assertEqual(len(self.client.accounts.list(limit=1).items_property), 1)
        self.assertGreaterEqual(self.client.accounts.list().total_count, 2)

    @operation("GET /accounts/{id}")
    def test_get_account(self):
        """Shows what was said, and 404 for an account that somebody else may have."""
        made = self.account()
        shown = self.client.accounts.get(made)
        self.assertEqual((shown.id, shown.name, shown.metadata), (made, "Platform", {"plan": "team"}))
        self.assert_now(shown.created_at)
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.accounts.get("acc_nowhere")

    @operation("GET /accounts/self")
    def test_get_own_account(self):
        """Says for which account and on which side a key acts, also where it acts for another."""
        shown = self.client.accounts.get_context()
        self.assertEqual(shown.environment, "test")
        self.assertTrue(shown.account_id)
        made = self.account()
        inside = self.connect(headers={"X-CREDYT-ACCOUNT": made}).accounts.get_context()
        self.assertEqual((inside.account_id, inside.environment), (made, "test"))
        with self.assert_refused(401, ClientAuthenticationError, "unauthorized"):
            self.connect(key="sk_test_nobody").accounts.get_context()
