"""Webhooks, with a receiver that checks what it gets."""

import json
from datetime import timedelta

from corehttp.exceptions import ResourceNotFoundError
from credytapi import models
from support import Conformance, Receiver, credyt_signature, later, operation, standard_signature, unique

TOPIC = "subscription.activated"


class Webhooks(Conformance):
    def receiver(self, status=204):
        receiver = Receiver(status)
        self.addCleanup(receiver.close)
        return receiver

    def destination(self, url, **more):
        made = self.webhooks.create_webhook_destination(models.CreateWebhookDestinationRequest(url=url, **more))
        self.addCleanup(self.gone, made.id)
        return made

    def gone(self, destination_id):
        """Nothing of a test may be told of the others' events."""
        try:
            self.webhooks.delete_webhook_destination(destination_id)
        except ResourceNotFoundError:
            pass

    def account(self):
        return self.client.accounts.create(models.CreateAccountRequest(name="Connected")).id

    def delivered(self, receiver, secret, data, topic=TOPIC):
        """The one delivery, with a valid signature of either kind and the data that was sent."""
        self.eventually(lambda: self.assertEqual(len(receiver.deliveries), 1))
        ((path, headers, body),) = receiver.deliveries
        self.assertEqual(path, "/hook")
        self.assertIn(standard_signature(secret, headers, body), headers["webhook-signature"].split(" "))
        self.assertEqual(headers["credyt-signature"], credyt_signature(secret, headers, body))
        message = json.loads(body)
        self.assertEqual((message["type"], message["live_mode"], message["data"]), (topic, False, data))
        return message

    @operation("POST /webhooks")
    def test_post_webhooks(self):
        """A destination with a secret, for all topics of its own account unless it says otherwise; 422 for what is
        no address.
        """
        made = self.destination("https://acme.example/hook")
        self.assertRegex(made.id, r"^whd_")
        self.assertRegex(made.secret, r"^whsec_")
        self.assert_now(made.created_at)
        shown = self.webhooks.get_webhook_destination(made.id)
        self.assertEqual((shown.topics, shown.connect, shown.enabled), (["*"], False, True))
        self.assertNotEqual(self.destination("https://acme.example/other").secret, made.secret)
        with self.assert_refused(422, code="validation_failed") as refused:
            self.webhooks.create_webhook_destination({"url": "nowhere", "topics": []})
        self.assertEqual(set(refused.model.errors), {"url", "topics"})

    @operation("GET /webhooks")
    def test_get_webhooks(self):
        """Lists without secrets, by being enabled and by being for connected accounts."""
        own = self.destination("https://acme.example/own")
        connected = self.destination("https://acme.example/connected", connect=True)
        off = self.destination("https://acme.example/off")
        self.webhooks.update_webhook_destination(off.id, models.UpdateWebhookDestinationRequest(enabled=False))

        def listed(**filters):
            page = self.webhooks.list_webhook_destinations(**filters)
            self.assertEqual(page.total_count, len(page.items_property))
            self.assertNotIn("secret", str(self.reply))
            return {one.id for one in page.items_property} & {own.id, connected.id, off.id}

        self.assertEqual(listed(), {own.id, connected.id, off.id})
        self.assertEqual(listed(enabled=False), {off.id})
        self.assertEqual(listed(connect=True), {connected.id})
        self.assertEqual(listed(enabled=True, connect=False), {own.id})

    @operation("GET /webhooks/{id}")
    def test_get_webhook(self):
        """Shows a destination, without the secret that was shown once, and 404 for an unknown id."""
        made = self.destination("https://acme.example/hook", topics=[TOPIC], connect=True)
        shown = self.webhooks.get_webhook_destination(made.id)
        self.assertEqual((shown.url, shown.topics, shown.connect), ("https://acme.example/hook", [TOPIC], True))
        self.assertEqual((shown.id, shown.secret, shown.created_at), (made.id, None, made.created_at))
        with self.assert_refused(404, ResourceNotFoundError):
            self.webhooks.get_webhook_destination("whd_nowhere")

    @operation("PATCH /webhooks/{id}")
    def test_patch_webhook(self):
        """Changes what is said and answers with the whole; what is switched off hears nothing."""
        receiver = self.receiver()
        made = self.destination(f"{receiver.url}/hook")
        body = models.UpdateWebhookDestinationRequest(topics=[TOPIC], enabled=False)
        changed = self.webhooks.update_webhook_destination(made.id, body)
        self.assertEqual((changed.url, changed.topics, changed.enabled), (f"{receiver.url}/hook", [TOPIC], False))
        self.assertEqual((changed.id, changed.secret), (made.id, None))
        self.assertGreaterEqual(changed.updated_at, changed.created_at)
        self.webhooks.test_webhook_destinations(TOPIC, {"n": 1})
        self.webhooks.update_webhook_destination(made.id, models.UpdateWebhookDestinationRequest(enabled=True))
        self.webhooks.test_webhook_destinations(TOPIC, {"n": 2})
        self.delivered(receiver, made.secret, {"n": 2})

    @operation("DELETE /webhooks/{id}")
    def test_delete_webhook(self):
        """Gone, and told of nothing any more."""
        receiver = self.receiver()
        made, stays = self.destination(f"{receiver.url}/gone"), self.destination(f"{receiver.url}/hook")
        self.assertIsNone(self.webhooks.delete_webhook_destination(made.id))
        with self.assert_refused(404, ResourceNotFoundError):
            self.webhooks.get_webhook_destination(made.id)
        self.webhooks.test_webhook_destinations(TOPIC, {})
        self.delivered(receiver, stays.secret, {})

    @operation("POST /webhooks/{id}/test/{topic}")
    def test_test_destination(self):
        """Delivers to this one, signed as Standard Webhooks and as Credyt say, whatever JSON it is."""
        receiver = self.receiver()
        made = self.destination(f"{receiver.url}/hook", topics=["another.topic"])
        self.destination(f"{receiver.url}/other")
        data = {"text": "ü", "list": [1, None, True], "nested": {"amount": "0.10"}}
        tested = self.webhooks.test_webhook_destination(made.id, TOPIC, data)
        message = self.delivered(receiver, made.secret, data)
        self.assertEqual(message["id"], tested.id)
        with self.assert_refused(404, ResourceNotFoundError):
            self.webhooks.test_webhook_destination("whd_nowhere", TOPIC, data)

    @operation("POST /webhooks/{id}/test/{topic}/{account}")
    def test_test_connected_destination(self):
        """Delivers to this one as an event of a connected account."""
        receiver, account = self.receiver(), self.account()
        made = self.destination(f"{receiver.url}/hook", connect=True)
        self.assertTrue(self.webhooks.test_connected_webhook_destination(made.id, TOPIC, account, {"n": 1}).id)
        self.assertEqual(self.delivered(receiver, made.secret, {"n": 1})["account"], account)
        with self.assert_refused(404, ResourceNotFoundError):
            self.webhooks.test_connected_webhook_destination(made.id, TOPIC, "acc_nowhere", {})

    @operation("POST /webhooks/test/{topic}")
    def test_test_destinations(self):
        """Delivers to everyone who listens to the topic, and to nobody else."""
        listening, deaf, connected = self.receiver(), self.receiver(), self.receiver()
        made = self.destination(f"{listening.url}/hook", topics=[TOPIC])
        self.destination(f"{deaf.url}/hook", topics=["another.topic"])
        self.destination(f"{connected.url}/hook", connect=True)
        self.assertTrue(self.webhooks.test_webhook_destinations(TOPIC, {"n": 1}).id)
        self.delivered(listening, made.secret, {"n": 1})
        self.assertEqual((deaf.deliveries, connected.deliveries), ([], []))

    @operation("POST /webhooks/test/{topic}/{account}")
    def test_test_connected_destinations(self):
        """Delivers to everyone who listens to connected accounts, and to nobody else."""
        own, connected, account = self.receiver(), self.receiver(), self.account()
        self.destination(f"{own.url}/hook")
        made = self.destination(f"{connected.url}/hook", connect=True)
        self.assertTrue(self.webhooks.test_connected_webhook_destinations(TOPIC, account, {"n": 1}).id)
        self.assertEqual(self.delivered(connected, made.secret, {"n": 1})["account"], account)
        self.assertEqual(own.deliveries, [])

    @operation("GET /webhooks/events")
    def test_get_events(self):
        """What was sent where and how it went, newest first, by cursor, destination, status and time."""
        works, fails = self.receiver(), self.receiver(status=500)
        good, bad = self.destination(f"{works.url}/hook"), self.destination(f"{fails.url}/hook")
        topics = [f"{unique('topic')}.happened" for _ in range(3)]
        for place, topic in enumerate(topics):
            self.webhooks.test_webhook_destination(good.id, topic, {"place": place})
        self.webhooks.test_webhook_destination(bad.id, topics[0], {"place": 9})

        def listed(**filters):
            return self.webhooks.list_events(**filters).models

        self.eventually(
            lambda: self.assertEqual(
                [one.topic for one in listed(destination_id=good.id, status="Success")], topics[::-1]
            )
        )
        (failed,) = self.eventually(lambda: self.single(listed(destination_id=bad.id, status="Failed")))
        self.assertEqual((failed.destination_id, failed.data, failed.successful_at), (bad.id, {"place": 9}, None))
        self.assert_now(failed.failed_at)
        newest = listed(destination_id=good.id)[0]
        self.assert_now(newest.time)
        self.assert_now(newest.successful_at)
        self.assertEqual(len(listed(destination_id=f"{good.id},{bad.id}")), 4)
        self.assertEqual(listed(destination_id=good.id, time_lte=later(hours=-1)), [])
        self.assertEqual(len(listed(destination_id=good.id, time_gte=newest.time - timedelta(minutes=5))), 3)
        page = self.webhooks.list_events(destination_id=good.id, limit=2)
        self.assertEqual((page.pagination.limit, len(page.models)), (2, 2))
        rest = self.webhooks.list_events(destination_id=good.id, limit=2, next=page.pagination.next)
        self.assertEqual([one.topic for one in rest.models], topics[:1])
        self.assertIsNone(rest.pagination.next)
        back = self.webhooks.list_events(destination_id=good.id, limit=2, prev=rest.pagination.prev)
        self.assertEqual([one.id for one in back.models], [one.id for one in page.models])

    def single(self, events):
        self.assertEqual(len(events), 1)
        return events
