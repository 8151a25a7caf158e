"""Customers, their subscriptions and what they earn."""

from decimal import Decimal

from corehttp.exceptions import ResourceExistsError, ResourceNotFoundError
from credytapi import models
from support import Conformance, Page, later, operation, recurring_price, today, unique, unit_price


class Subscribing(Conformance):
    def subscribe(self, customer_id, *codes, **more):
        products = [models.CustomerSubscriptionProduct(code=code) for code in codes]
        body = models.CreateCustomerSubscription(products=products, **more)
        return self.client.customers.create_subscription(customer_id, body)

    def fees(self, customer_id):
        """What one call costs this customer now, and by which version."""
        event = self.recorded(self.send(customer_id, self.event()))
        return [(Decimal(one.amount), one.product_version) for one in event.fees]

    def status(self, customer_id, subscription_id):
        subscriptions = self.client.customers.get(customer_id).subscriptions
        return next(one.status for one in subscriptions if one.id == subscription_id)


class Customers(Conformance):
    @operation("POST /customers")
    def test_post_customers(self):
        """Opens a wallet with a subscription; again it is one customer, and 409 with other details under the same
        external_id.
        """
        product = self.product()
        external = unique("customer")
        subscription = models.CreateCustomerSubscription(
            products=[models.CustomerSubscriptionProduct(code=product.code)]
        )
        body = models.CreateCustomerRequest(
            name="Acme",
            external_id=external,
            email="billing@acme.example",
            metadata={"tier": "gold"},
            subscriptions=[subscription],
            external_accounts=[models.ExternalAccount(provider="stripe", provider_id="cus_1")],
        )
        created = self.client.customers.create(body)
        self.assertRegex(created.id, r"^cust_")
        (subscribed,) = created.subscriptions
        self.assertRegex(subscribed.id, r"^sub_")
        self.assertEqual(subscribed.status, models.SubscriptionStatus.ACTIVE)
        self.assertEqual((subscribed.products[0].id, subscribed.products[0].code), (product.id, product.code))
        self.assertEqual(subscribed.products[0].version, 1)
        self.assertEqual(self.client.customers.create(body).subscriptions[0].id, subscribed.id)
        with self.assert_refused(409, ResourceExistsError, "already_exists") as refused:
            self.client.customers.create(models.CreateCustomerRequest(name="Other", external_id=external))
        self.assertIn(created.id, refused.problem["detail"])
        with self.assert_refused(422, code="validation_failed") as refused:
            self.client.customers.create({"external_id": external})
        self.assertEqual(set(refused.model.errors), {"name"})

    @operation("GET /customers")
    def test_get_customers(self):
        """Filters by id, external_id, email, name and status; one found by external_id also stands beside `items`,
        which serves callers of the redirect.
        """
        word = unique("word")
        product = self.product()
        has = self.customer(product.code, email=f"{word}@acme.example")
        has_not = self.customer(email=f"{word}@acme.example")
        both = {has.id, has_not.id}

        def found(**filters):
            page = self.client.customers.list(**filters)
            self.assertEqual(page.total_count, len(page.items_property))
            return {one.id for one in page.items_property}

        self.assertEqual(found(email=f"{word}@acme.example"), both)
        self.assertEqual(found(email=f"{word}@acme.example", status="active"), {has.id})
        self.assertEqual(found(email=f"{word}@acme.example", status="inactive"), {has_not.id})
        self.assertEqual(found(customer_id=has.id), {has.id})
        self.assertEqual(found(email=f"nobody-{word}@acme.example"), set())
        shown = self.client.customers.get(has.id)
        self.assertEqual(found(name=shown.name), {has.id})
        self.assertEqual(found(external_id=shown.external_id), {has.id})
        self.assertEqual((self.reply["id"], self.reply["name"]), (has.id, shown.name))
        self.assertEqual(self.reply["items"][0]["active_subscription_count"], 1)
        page = self.client.customers.list(email=f"{word}@acme.example", limit=1, offset=1)
        self.assertEqual((page.total_count, len(page.items_property)), (2, 1))

    @operation("GET /customers/{id}")
    def test_get_customer(self):
        """Shows all that was said of a customer, and what is subscribed to."""
        product = self.product()
        accounts = [models.ExternalAccount(provider="stripe", provider_id="cus_2")]
        made = self.customer(
            product.code, email="a@acme.example", metadata={"tier": "gold"}, external_accounts=accounts
        )
        shown = self.client.customers.get(made.id)
        self.assertEqual((shown.id, shown.email, shown.metadata), (made.id, "a@acme.example", {"tier": "gold"}))
        self.assertEqual(shown.active_subscription_count, 1)
        self.assertEqual(shown.subscriptions[0].id, made.subscriptions[0].id)
        self.assertEqual(
            (shown.external_accounts[0].provider, shown.external_accounts[0].provider_id), ("stripe", "cus_2")
        )
        self.assert_now(shown.created_at)
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.customers.get("cust_nowhere")

    @operation("PATCH /customers/{id}")
    def test_patch_customer(self):
        """Changes what is said and nothing else; a new external_id finds the same wallet, the old one none, and one
        in use is 409.
        """
        product = self.product()
        customer = self.customer(product.code, credit="10", email="old@acme.example")
        before = self.client.customers.get(customer.id)
        other = self.client.customers.get(self.customer().id)
        body = models.UpdateCustomerRequest(name="New", email="new@acme.example")
        self.assertIsNone(self.client.customers.update(customer.id, body))
        shown = self.client.customers.get(customer.id)
        self.assertEqual((shown.name, shown.email, shown.external_id), ("New", "new@acme.example", before.external_id))
        renamed = unique("customer")
        self.client.customers.update(customer.id, models.UpdateCustomerRequest(external_id=renamed))
        usage = models.UsageRequest(customer_external_id=renamed, events=[self.event()])
        self.client.events.send_usage(usage)
        self.assertEqual(self.available(customer.id), Decimal("9.5"))
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.events.send_usage(
                models.UsageRequest(customer_external_id=before.external_id, events=[self.event()])
            )
        with self.assert_refused(409, ResourceExistsError):
            self.client.customers.update(customer.id, models.UpdateCustomerRequest(external_id=other.external_id))

    @operation("GET /customers/stats")
    def test_get_customers_stats(self):
        """Fees less costs of every customer in a period, and a summary that is exactly their sum."""
        customer = self.spent()

        def exact():
            offset, items = 0, []
            while True:
                page = self.client.customers.list_stats(period_from=today(), period_to=today(), offset=offset, limit=50)
                items += page.items_property
                offset += 50
                if offset >= page.total_count:
                    break
            (mine,) = [one for one in items if one.id == customer.id]
            self.assert_stats(mine.stats)
            self.assertEqual((page.period_from, page.period_to), (today(), today()))
            for name in ("gross_revenue", "total_costs", "net_revenue"):
                parts = [Decimal(one.stats[name]) for one in items if one.stats.currency == page.summary.currency]
                self.assert_amount(page.summary[name], sum(parts))

        self.eventually(exact)

    @operation("GET /customers/{id}/stats")
    def test_get_customer_stats(self):
        """Fees of usage and charges less the costs that were sent with the events, and the margin in per cent."""
        customer = self.spent()
        self.eventually(lambda: self.assert_stats(self.client.customers.get_stats(customer.id)))
        with self.assert_refused(404, ResourceNotFoundError):
            self.client.customers.get_stats("cust_nowhere")

    def spent(self):
        """A customer who was charged 1.25 in all for work that cost 0.5."""
        product = self.product(unit_price("call", "0.5"))
        customer = self.customer(product.code, credit="10")
        costs = [cost("c1", "0.2"), cost("c2", "0.1")]
        self.send(customer.id, self.event(costs=costs), self.event(costs=[cost("c1", "0.2")]))
        charge = models.CreateChargeRequest(transaction_id=unique("charge"), asset="USD", amount="0.25")
        self.wallets.create_charge(customer.id, charge)
        return customer

    def assert_stats(self, stats):
        self.assertEqual(stats.currency, "USD")
        self.assert_amount(stats.gross_revenue, "1.25")
        self.assert_amount(stats.total_costs, "0.5")
        self.assert_amount(stats.net_revenue, "0.75")
        self.assert_amount(stats.margin, "60")


class Subscriptions(Subscribing):
    @operation("POST /customers/{id}/subscriptions")
    def test_post_subscriptions(self):
        """Active at once, or scheduled and without fees before its start; a recurring fee is taken exactly, or asks
        for payment when the wallet cannot cover it.
        """
        product, plan = self.product(), self.product(recurring_price("9.99"), unit_price("call", "0.5"))
        customer = self.customer(credit="20")
        self.assertEqual(self.fees(customer.id), [])
        made = self.subscribe(customer.id, product.code)
        self.assertEqual((made.status, made.products[0].code), ("active", product.code))
        self.assert_now(made.started_at)
        self.assertEqual(self.fees(customer.id), [(Decimal("0.5"), 1)])

        scheduled_for = self.customer(credit="20")
        start = later(days=3)
        scheduled = self.subscribe(scheduled_for.id, product.code, starts_at=start)
        self.assertEqual((scheduled.status, scheduled.started_at), ("scheduled", start))
        self.assertEqual(self.fees(scheduled_for.id), [])

        urls = {"return_url": "https://acme.example/ok", "failure_url": "https://acme.example/no"}
        payer = self.customer(credit="20")
        paid = self.subscribe(payer.id, plan.code, **urls)
        self.assertEqual(paid.status, "active")
        self.assertEqual(self.available(payer.id), Decimal("10.01"))
        self.assertIn((paid.renews_at - paid.started_at).days, range(28, 32))

        poor = self.customer(credit="5")
        asked = self.subscribe(poor.id, plan.code, **urls)
        self.assertEqual(asked.status, models.SubscriptionStatus.ACTION_REQUIRED)
        self.assertEqual(asked.required_actions[0].type, models.RequiredActionType.PAYMENT)
        self.assertEqual(self.fees(poor.id), [])
        self.assertEqual(self.available(poor.id), 5)
        link = Page(asked.required_actions[0].redirect_url)
        self.assertEqual(Page(link.headers["location"]).press("pay").headers["location"], urls["return_url"])
        self.assertEqual(self.client.customers.get(poor.id).subscriptions[0].status, "active")
        self.assertEqual(self.available(poor.id), 0)

    @operation("PATCH /customers/{id}/subscriptions/{sub}")
    def test_patch_subscription(self):
        """Inactive: no fees from then on, and not counted any more; active: as before."""
        product = self.product()
        customer = self.customer(product.code, credit="10")
        subscription = customer.subscriptions[0].id

        def become(status):
            body = models.UpdateCustomerSubscriptionRequest(status=status)
            self.assertIsNone(self.client.customers.update_subscription(customer.id, subscription, body))
            self.assertEqual(self.status(customer.id, subscription), status)

        become("inactive")
        self.assertEqual(self.fees(customer.id), [])
        self.eventually(lambda: self.assertEqual(self.client.customers.get(customer.id).active_subscription_count, 0))
        become("active")
        self.assertEqual(self.fees(customer.id), [(Decimal("0.5"), 1)])
        with self.assert_refused(404, ResourceNotFoundError):
            body = models.UpdateCustomerSubscriptionRequest(status="inactive")
            self.client.customers.update_subscription(customer.id, "sub_nowhere", body)

    @operation("PATCH /customers/{id}/subscriptions/{sub}/products/{product}")
    def test_patch_subscription_product(self):
        """Moves one customer to another version, or to the default; what was charged before stays as it was."""
        product = self.product()
        customer, bystander = self.customer(product.code, credit="10"), self.customer(product.code, credit="10")
        subscription = customer.subscriptions[0].id
        for price in ("0.7", "0.9"):
            body = models.CreateProductVersionRequest(prices=[unit_price("call", price)], publish=True)
            self.client.products.create_version(product.id, body)
        self.client.products.update_version(product.id, 3, models.UpdateProductVersionRequest(make_default=True))
        first = self.send(customer.id, self.event())
        for version, fee in [(2, (Decimal("0.7"), 2)), ("default", (Decimal("0.9"), 3))]:
            body = models.UpdateCustomerSubscriptionProductRequest(version=version)
            moved = self.client.customers.update_subscription_product(customer.id, subscription, product.id, body)
            self.assertIsNone(moved)
            self.assertEqual(self.fees(customer.id), [fee])
        shown = self.client.customers.get(customer.id).subscriptions[0]
        self.assertEqual((shown.id, shown.products[0].version), (subscription, 3))
        self.assertEqual(self.recorded(first).fees[0].product_version, 1)
        self.assertEqual(self.fees(bystander.id), [(Decimal("0.5"), 1)])
        self.assertEqual(self.available(customer.id), Decimal("7.9"))


def cost(id, amount):
    return models.CostData(id=id, vendor_external_id="model-host", amount=amount)
