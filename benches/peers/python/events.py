"""The types of the bodies, as a service would write them with msgspec, and how they are read from plain JSON."""

from datetime import datetime

import msgspec


class Payment(msgspec.Struct, rename="camel"):
    payment_id: str
    payment_submission_id: str
    submitted_at: datetime
    status: str
    reference: str | None = None
    end_to_end_id: str | None = None


class Account(msgspec.Struct):
    id: str
    transactions: list[str]


class Transactions(msgspec.Struct):
    accounts: list[Account]


class Webhook(msgspec.Struct, rename="camel"):
    id: str
    event_type: str
    payload: msgspec.Raw
    user_id: str | None = None


ENVELOPE = msgspec.json.Decoder(Webhook)
PAYLOADS = {
    "paymentCompleted": msgspec.json.Decoder(Payment),
    "newTransactions": msgspec.json.Decoder(Transactions),
}


def read(body):
    webhook = ENVELOPE.decode(body)
    return webhook, PAYLOADS[webhook.event_type].decode(webhook.payload)
