//! Every published example parses to the same event with the published values, as JSON and as a signed token.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use moneyhub_webhooks::event::{
    Payment, PaymentStatus, ProcessingStatus, RegularTransactions, ReportStatus, ThresholdType,
    Transactions,
};
use moneyhub_webhooks::money::{Amount, Currency, MinorUnits};
use moneyhub_webhooks::{Authenticity, ErrorKind, Event, EventType, Receiver};
use serde_json::json;
use serde_json::value::RawValue;

use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, KEY_ID, assert_rejected, at, base64url_decode, fixture,
    fixture_path, json_fixture, parse_json, parse_token, sign_parts, signed_receiver, test_keys,
    token,
};

/// Signs the JSON fixture of an event: a token with the same id, user and payload text.
fn signed_from_json(event_type: EventType) -> String {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Envelope {
        id: String,
        user_id: String,
        payload: Box<RawValue>,
    }

    let Envelope {
        id,
        user_id,
        payload,
    } = serde_json::from_str(&json_fixture(event_type)).unwrap();
    token()
        .claim("jti", json!(id))
        .claim("sub", json!(user_id))
        .event(event_type.urn(), payload)
        .signed()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn every_token_fixture_is_its_json_fixture_signed() {
    for event_type in EventType::ALL {
        let name = format!("tokens/{event_type}.jwt");
        let signed = signed_from_json(*event_type);
        if std::env::var_os("UPDATE_FIXTURES").is_some() {
            std::fs::write(fixture_path(&name), &signed).unwrap();
        }
        assert_eq!(
            fixture(&name),
            signed,
            "{name}: run the tests with UPDATE_FIXTURES=1 to sign it again"
        );
    }
}

#[test]
fn every_fixture_gives_the_same_event_as_json_and_as_token() {
    for event_type in EventType::ALL {
        let from_json = parse_json(&json_fixture(*event_type)).unwrap();
        let from_token = parse_token(&fixture(&format!("tokens/{event_type}.jwt"))).unwrap();

        assert_eq!(from_json.event().event_type(), Some(*event_type));
        assert!(
            !matches!(from_json.event(), Event::Malformed(_)),
            "{event_type}"
        );
        assert_eq!(from_json.event(), from_token.event());
        assert_eq!(from_json.id(), from_token.id());
        assert_eq!(from_json.user_id().unwrap(), "5c79210bbac25ecb5e71ac40");
        assert_eq!(from_json.user_id(), from_token.user_id());
        assert_eq!(*from_json.authenticity(), Authenticity::Unsigned);
        assert!(from_token.authenticity().is_signed());
    }
}

#[test]
fn a_webhook_serializes_as_the_fixture_that_it_was_parsed_from() {
    for event_type in EventType::ALL {
        let fixture = json_fixture(*event_type);
        let body = serde_json::to_string(&parse_json(&fixture).unwrap()).unwrap();
        assert_eq!(body, fixture.trim_end());
    }
}

#[test]
fn a_signed_webhook_serializes_as_the_json_envelope() {
    let webhook = parse_token(&fixture("tokens/newTransactions.jwt")).unwrap();
    assert_eq!(
        serde_json::to_string(&webhook).unwrap(),
        fixture("json/newTransactions.json").trim_end()
    );
}

#[test]
fn each_event_has_one_json_and_one_token_fixture() {
    for (folder, extension) in [("json", "json"), ("tokens", "jwt")] {
        let mut found: Vec<_> = std::fs::read_dir(fixture_path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        let mut expected: Vec<_> = EventType::ALL
            .iter()
            .map(|event_type| format!("{event_type}.{extension}"))
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
    }
}

/// The event of a JSON fixture. A test above shows that the token has the same.
fn event(name: &str) -> Event {
    parse_json(&fixture(&format!("json/{name}.json")))
        .unwrap()
        .into_event()
}

fn assert_published_transactions(transactions: &Transactions) {
    let [account] = &transactions.accounts[..] else {
        panic!("{transactions:?}")
    };
    assert_eq!(account.id, "6d0baf11-248e-4c11-9c04-97b7758b4e04");
    assert_eq!(
        account.transactions,
        [
            "d520402a-d982-43ee-b1d1-bdfd282249ea",
            "613586bf-dac9-4996-9c03-7194a7d62297"
        ]
    );
}

#[test]
fn the_webhook_of_new_transactions_has_the_published_id() {
    let webhook = parse_json(&fixture("json/newTransactions.json")).unwrap();
    assert_eq!(*webhook.id(), "abe168ce-1b2f-4c38-9c92-db5730485cb3");
}

#[test]
fn transactions_have_the_published_values() {
    let Event::NewTransactions(new) = event("newTransactions") else {
        panic!()
    };
    let Event::UpdatedTransactions(updated) = event("updatedTransactions") else {
        panic!()
    };
    let Event::DeletedTransactions(deleted) = event("deletedTransactions") else {
        panic!()
    };
    let Event::RestoredTransactions(restored) = event("restoredTransactions") else {
        panic!()
    };
    for transactions in [new, updated, deleted, restored] {
        assert_published_transactions(&transactions);
    }
}

#[test]
fn a_deleted_account_has_the_published_values() {
    let Event::DeletedAccount(deleted) = event("deletedAccount") else {
        panic!()
    };
    assert_eq!(deleted.account_id, "6d0baf11-248e-4c11-9c04-97b7758b4e04");
}

#[test]
fn a_completed_sync_has_the_published_values() {
    let Event::SyncCompleted(sync) = event("syncCompleted") else {
        panic!()
    };
    assert_eq!(sync.completed_at, Some(instant("2022-04-12T10:22:40.573Z")));
    assert_eq!(sync.processing_status, ProcessingStatus::Success);
    assert_eq!(
        *sync.sync_id.as_ref().unwrap(),
        "7f3ef231-e9bf-4345-af1a-d1e9e727382f"
    );
    assert_eq!(
        sync.connection_id,
        "1ffe704d39629a929c8e293880fb449a:cb126400-1d69-4242-b188-fc8b5c22783b"
    );
}

#[test]
fn a_completed_enrichment_has_the_inferred_connection() {
    let Event::PostConnectionEnrichmentCompleted(enrichment) =
        event("postConnectionEnrichmentCompleted")
    else {
        panic!()
    };
    let connection_id = "1ffe704d39629a929c8e293880fb449a:cb126400-1d69-4242-b188-fc8b5c22783b";
    assert_eq!(enrichment.connection_id.as_ref().unwrap(), connection_id);
}

#[test]
fn regular_transactions_have_the_published_values() {
    let Event::NewRegularTransactions(new) = event("newRegularTransactions") else {
        panic!()
    };
    let Event::UpdatedRegularTransactions(updated) = event("updatedRegularTransactions") else {
        panic!()
    };
    for RegularTransactions { series_ids, .. } in [new, updated] {
        assert_eq!(series_ids, ["032378eb-e335-5919-8f75-d833a5e4bff9"]);
    }
}

#[test]
fn payments_have_the_published_values() {
    let Event::PaymentCompleted(completed) = event("paymentCompleted") else {
        panic!()
    };
    let Event::PaymentPending(pending) = event("paymentPending") else {
        panic!()
    };
    let Event::PaymentError(error) = event("paymentError") else {
        panic!()
    };
    for (payment, status) in [
        (completed, PaymentStatus::Completed),
        (pending, PaymentStatus::Pending),
        (error, PaymentStatus::Rejected),
    ] {
        assert_eq!(payment.payment_id, "68ef34e0-b8a7-4aa2-ad0a-b3cef33f8e36");
        assert_eq!(
            *payment.payment_submission_id.as_ref().unwrap(),
            "pv3-966167ee-a63e-464b-90ed-d779fa90c246"
        );
        assert_eq!(
            payment.submitted_at,
            Some(instant("2020-09-21T15:41:20.500Z"))
        );
        assert_eq!(payment.status, status);
        assert_eq!(payment.reference.as_deref(), Some("0019f234124a5f70"));
        assert_eq!(payment.end_to_end_id.as_deref(), Some("1b63a27a"));
        assert_eq!(payment.updated_at, None);
    }
}

#[test]
fn reports_have_the_published_and_the_inferred_values() {
    let report_id = "21403405-47d3-4da8-a56a-7e39c27d4395";
    let Event::AffordabilityReportSuccess(success) = event("affordabilityReportSuccess") else {
        panic!()
    };
    assert_eq!(success.report_id.as_ref().unwrap(), report_id);

    let Event::AffordabilityReportFailure(failure) = event("affordabilityReportFailure") else {
        panic!()
    };
    assert_eq!(failure.report_id, report_id);
    assert_eq!(failure.failed_at, Some(instant("2024-07-30T15:08:01Z")));
    assert_eq!(failure.status, ReportStatus::Failed);
}

#[test]
fn a_first_connection_nudge_has_the_published_values() {
    let Event::AddFirstConnection(nudge) = event("addFirstConnection") else {
        panic!()
    };
    assert_eq!(
        nudge.user_activated_at,
        Some(instant("2025-04-30T10:22:25Z"))
    );
}

#[test]
fn a_balance_threshold_has_the_published_values_in_their_units() {
    let Event::BalanceThreshold(crossed) = event("balanceThreshold") else {
        panic!()
    };
    assert_eq!(crossed.account_uid, "6d0baf11-248e-4c11-9c04-97b7758b4e04");
    assert_eq!(crossed.account_name.as_deref(), Some("Test Account"));

    let balance = &crossed.balance_at_time_generation;
    assert_eq!(balance.date, NaiveDate::from_ymd_opt(2020, 1, 10).unwrap());
    assert_eq!(balance.amount, Amount::from_str("50").unwrap());
    assert_eq!(balance.currency, Currency::Gbp);
    assert_eq!(balance.to_minor_units(), Some(MinorUnits(5000)));

    let [threshold] = &crossed.matched_thresholds[..] else {
        panic!("{crossed:?}")
    };
    assert_eq!(threshold.threshold_type, ThresholdType::LessThan);
    assert_eq!(threshold.value, MinorUnits(100));
}

#[test]
fn reminders_have_the_published_values() {
    let connection_id = "1ffe704d39629a929c8e293880fb449a:7d235ab0-e951-487f-acde-73cae1a18be0";
    let Event::ReauthReminder(reauth) = event("reauthReminder") else {
        panic!()
    };
    assert_eq!(reauth.connection_id, connection_id);
    assert_eq!(reauth.bank_name.as_deref(), Some("Test Bank"));
    assert_eq!(reauth.time_until_reauthorization_in_days, 5);
    assert_eq!(reauth.tpp_consent, Some(false));

    let Event::RefreshReminder(refresh) = event("refreshReminder") else {
        panic!()
    };
    assert_eq!(refresh.connection_id, connection_id);
    assert_eq!(refresh.bank_name.as_deref(), Some("Test Bank"));
    assert_eq!(refresh.period_since_last_update_in_days, Some(27));
}

mod published_sample {
    use super::*;

    /// Its `iat`: 2020-10-01T10:06:21Z.
    const SAMPLE_ISSUED_AT: i64 = 1_601_546_781;
    /// The issuer in the encoded token. The decoded claims on the same page show another.
    const SAMPLE_ISSUER: &str = "https://identity-dev.moneyhub.co.uk";

    fn sample() -> String {
        fixture("published-sample.jwt")
    }

    /// The claims of the sample, byte for byte, signed by the test key.
    fn signed_by_the_test_key() -> String {
        let claims = sample().split('.').nth(1).map(str::to_owned).unwrap();
        let claims = base64url_decode(&claims);
        sign_parts(format!(r#"{{"kid":"{KEY_ID}","alg":"RS256"}}"#), claims)
    }

    #[test]
    fn is_rejected_with_the_test_keys() {
        let receiver = signed_receiver().issuers([SAMPLE_ISSUER]);
        assert_rejected(
            receiver.parse_at(sample().as_bytes(), at(SAMPLE_ISSUED_AT)),
            ErrorKind::UnknownKey,
        );
    }

    #[test]
    fn has_claims_that_give_the_published_payment() {
        let receiver = Receiver::signed(test_keys(), CLIENT_ID).issuers([SAMPLE_ISSUER]);
        let webhook = receiver
            .parse_at(signed_by_the_test_key().as_bytes(), at(SAMPLE_ISSUED_AT))
            .unwrap();

        assert_eq!(*webhook.id(), "c9d133e0-e708-402d-a6b7-dc8ff9c29a1c");
        assert_eq!(webhook.user_id().unwrap(), "5f75a9f947f9bd74d921a6c9");
        let Authenticity::Signed {
            issuer,
            client_id,
            key_id,
            issued_at,
            ..
        } = webhook.authenticity()
        else {
            panic!("{webhook:?}")
        };
        assert_eq!(issuer, SAMPLE_ISSUER);
        assert_eq!(client_id, CLIENT_ID);
        assert_eq!(key_id, KEY_ID);
        assert_eq!(*issued_at, at(SAMPLE_ISSUED_AT));

        let Event::PaymentCompleted(Payment {
            payment_id,
            payment_submission_id,
            submitted_at,
            status,
            reference,
            end_to_end_id,
            updated_at,
            ..
        }) = webhook.event()
        else {
            panic!("{:?}", webhook.event())
        };
        assert_eq!(*payment_id, "dc9446ee-afc1-4b47-bab5-2b01c7da09e3");
        assert_eq!(
            *payment_submission_id.as_ref().unwrap(),
            "2be8cbe5-e138-43c5-bc58-760cefa89248"
        );
        assert_eq!(*submitted_at, Some(instant("2020-10-01T10:05:45.374Z")));
        assert_eq!(*status, PaymentStatus::Completed);
        assert_eq!(
            (reference, end_to_end_id, updated_at),
            (&None, &None, &None)
        );
    }

    #[test]
    fn has_an_issuer_that_is_not_a_default() {
        assert_rejected(
            signed_receiver().parse_at(signed_by_the_test_key().as_bytes(), at(SAMPLE_ISSUED_AT)),
            ErrorKind::Issuer,
        );
    }
}

#[test]
fn the_default_issuers_are_the_documented_and_the_discovered_one() {
    for issuer in [ISSUER, "https://identity.moneyhub.co.uk/oidc"] {
        let token = token().claim("iss", json!(issuer)).signed();
        let webhook = signed_receiver()
            .parse_at(token.as_bytes(), at(ISSUED_AT))
            .unwrap();
        assert!(
            matches!(webhook.authenticity(), Authenticity::Signed { issuer: named, .. } if named == issuer)
        );
    }
}
