//! The table of answers, row by row.

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
use moneyhub_webhooks::{Error, ErrorKind, KeyCache};
use moneyhub_webhooks_receivers::answer::Answer;
use moneyhub_webhooks_receivers::encoding::Coding;

fn refused(fault: Fault) -> Error {
    let issuer = TestIssuer::at(crate::bodies::clock());
    let body = issuer
        .delivery(&samples::of(EventType::PaymentError))
        .faulty(fault);
    issuer
        .receiver()
        .parse_at(&body, crate::bodies::clock())
        .unwrap_err()
}

#[test]
fn what_is_ours_now_is_202_and_what_we_could_not_take_is_503() {
    let rows = [
        (Answer::Accepted, 202),
        (Answer::Duplicate, 202),
        (Answer::Stored, 202),
        (Answer::NoRoom, 503),
        (Answer::TooLarge, 413),
        (Answer::Encoded(Coding::first([&b"gzip"[..]]).unwrap()), 415),
        (Answer::TooSlow, 408),
        (Answer::CutOff, 400),
        (Answer::Failed, 500),
    ];
    for (answer, status) in rows {
        assert_eq!(answer.status().as_u16(), status, "{answer:?}");
    }
}

#[test]
fn a_refusal_is_answered_by_its_kind() {
    let rows = [
        (Fault::Oversized, ErrorKind::TooLarge, 413),
        (Fault::CutOff, ErrorKind::Body, 400),
        (Fault::NotUtf8, ErrorKind::Body, 400),
        (Fault::Unsigned, ErrorKind::FormatRejected, 401),
        (Fault::CriticalExtension, ErrorKind::Header, 400),
        (Fault::AlgorithmNone, ErrorKind::Algorithm, 401),
        (Fault::NoKeyId, ErrorKind::KeyId, 401),
        (Fault::UnknownKey, ErrorKind::UnknownKey, 401),
        (Fault::Forged, ErrorKind::Signature, 401),
        (Fault::IdToken, ErrorKind::Claims, 400),
        (Fault::WrongIssuer, ErrorKind::Issuer, 401),
        (Fault::WrongAudience, ErrorKind::Audience, 401),
        (Fault::Expired, ErrorKind::Expired, 401),
        (Fault::NotYetValid, ErrorKind::NotYetValid, 401),
    ];
    assert_eq!(rows.map(|(fault, ..)| fault), Fault::ALL);
    for (fault, kind, status) in rows {
        let error = refused(fault);
        assert_eq!(
            (error.kind(), Answer::Refused(error).status().as_u16()),
            (kind, status),
            "{fault}"
        );
    }
    // The only kind that is our own fault, where it could not be kept.
    let issuer = TestIssuer::at(crate::bodies::clock());
    let without_keys = issuer
        .receiver()
        .with_keys(KeyCache::new([issuer.issuer()]).keys_at(crate::bodies::clock()));
    let body = issuer.sign(&samples::of(EventType::PaymentError));
    let error = without_keys
        .parse_at(body.as_bytes(), crate::bodies::clock())
        .unwrap_err();
    assert_eq!(
        (error.kind(), Answer::Refused(error).status().as_u16()),
        (ErrorKind::KeysUnavailable, 503)
    );
}
