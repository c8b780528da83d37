"""The types of the bodies, as a service would write them with msgspec, and how plain JSON is read."""

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


class Webhook(msgspec.Struct, rename="camel", tag_field="eventType"):
    id: str
    user_id: str | None = None


class PaymentCompleted(Webhook, rename="camel", tag="paymentCompleted", kw_only=True):
    payload: Payment


class NewTransactions(Webhook, rename="camel", tag="newTransactions", kw_only=True):
    payload: Transactions


read = msgspec.json.Decoder(PaymentCompleted | NewTransactions).decode
