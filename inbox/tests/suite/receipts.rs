//! What is stored before the answer, and what the answer is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use http::{HeaderMap, Request};
use http_body_util::Full;
use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
use moneyhub_webhooks::{ErrorKind, EventType, KeySet, Receiver, RemoteKeys};
use moneyhub_webhooks_inbox::{Quota, Quotas, Received, Store};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use crate::handlers::{Hangs, Says};
use crate::stage::{Place, Stage, on_both_stores, post, until};

on_both_stores! {
    accepted_webhooks_are_stored_once_and_handled_once
    copies_that_arrive_together_are_stored_once
    a_webhook_is_stored_although_its_sender_hangs_up
    bodies_with_a_fault_are_answered_with_the_status_of_their_error
    compressed_and_oversized_bodies_are_rejected
    bodies_without_keys_are_kept_once_and_verified_as_of_their_receipt
    bodies_that_no_key_could_make_acceptable_are_not_kept
    tokens_with_a_new_key_within_the_cooldown_are_all_kept_until_it_is_known
    a_body_that_cannot_be_filed_holds_up_no_other
    kept_bodies_that_the_policy_of_a_worker_does_not_fit_are_rejected_and_stay
    a_token_that_was_not_yet_valid_is_accepted_once_it_is
    a_rejected_body_that_waits_for_its_verification_too_stays_when_it_is_to_be_verified_again
    signed_bodies_that_were_rejected_are_kept_once_and_verified_again_on_request
    id_tokens_and_forgeries_are_not_kept
    unsigned_webhooks_have_a_quota_and_signed_ones_have_none
    late_tokens_are_accepted_only_if_the_store_has_remembered_since_before_they_were_issued
    late_tokens_are_dead_letters_if_the_store_has_lost_its_memory_before_it_takes_them
    late_tokens_without_their_key_are_kept_too
    late_tokens_are_dead_letters_once_the_key_of_a_copy_may_be_forgotten
    tokens_of_any_age_are_accepted_if_the_receiver_says_so
    a_pause_of_the_store_is_a_gap
    keys_are_forgotten_after_30_days_but_not_while_their_webhook_waits
    keys_are_remembered_as_long_as_a_copy_is_accepted_if_that_ends
    many_keys_are_forgotten_soon
    of_plain_json_the_newest_keys_are_remembered
    receipts_go_on_while_handlers_hang
}

async fn accepted_webhooks_are_stored_once_and_handled_once<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    let body = stage.body();
    assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    assert_eq!(post(&inbox, body.clone()).await, Received::Duplicate);

    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 1);
    let [webhook] = &handler.seen()[..] else {
        panic!("{:?}", handler.seen())
    };
    let sent = stage.moneyhub.receiver();
    let sent = sent.parse_at(body.as_bytes(), stage.clock.now()).unwrap();
    assert_eq!(webhook.text(), sent.text());
    assert_eq!(webhook.authenticity(), sent.authenticity());
    assert_eq!(webhook.received_at(), stage.clock.now());

    // Its row is gone, and its key is not.
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 0);
}

async fn copies_that_arrive_together_are_stored_once<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    let bodies: Vec<String> = (0..40).map(|_| stage.body()).collect();
    let posts = (0..5).flat_map(|_| bodies.iter().map(|body| post(&inbox, body.clone())));
    let outcomes = join_all(posts).await;
    let count = |outcome| outcomes.iter().filter(|of| **of == outcome).count();
    assert_eq!(
        (count(Received::Stored), count(Received::Duplicate)),
        (40, 160)
    );

    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 40);
    let mut ids = handler.ids();
    ids.dedup();
    assert_eq!(ids.len(), 40);
}

async fn a_webhook_is_stored_although_its_sender_hangs_up<S: Store>(stage: Stage<S>) {
    // It hangs up while keys are fetched.
    let (fetches, mut fetching) = mpsc::unbounded_channel();
    let (go_on, jwks) = (Arc::new(Notify::new()), stage.moneyhub.jwks());
    let may_go_on = Arc::clone(&go_on);
    let fetch = move || {
        let (fetches, may_go_on, jwks) = (fetches.clone(), Arc::clone(&may_go_on), jwks.clone());
        async move {
            fetches.send(()).unwrap();
            may_go_on.notified().await;
            Ok::<_, String>(jwks.into_bytes())
        }
    };
    let keys = RemoteKeys::from_fn([stage.moneyhub.issuer()], fetch);
    let receiver = stage.moneyhub.receiver().with_keys(keys.build().unwrap());
    let inbox = stage.open(stage.builder(receiver)).await;
    let body = stage.body();
    tokio::select! {
        outcome = post(&inbox, body.clone()) => panic!("{outcome:?}"),
        _ = fetching.recv() => {}
    }
    go_on.notify_one();
    let handler = Says::done();
    until(async || inbox.work_once(&handler).await.unwrap() == 1).await;
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
}

async fn bodies_with_a_fault_are_answered_with_the_status_of_their_error<S: Store>(
    stage: Stage<S>,
) {
    let inbox = stage.inbox().await;
    for fault in Fault::ALL {
        let event = samples::of(EventType::DeletedAccount);
        let body = stage.moneyhub.delivery(&event).faulty(*fault);
        let outcome = post(&inbox, body).await;
        assert_eq!(
            outcome.status(),
            fault.error_kind().http_status(),
            "{fault}"
        );
        match &outcome {
            Received::TooLarge => assert_eq!(*fault, Fault::Oversized),
            Received::Rejected(error) => assert_eq!(error.kind(), fault.error_kind(), "{fault}"),
            _ => panic!("{fault}: {outcome:?}"),
        }
    }
    assert_eq!(inbox.backlog().await.unwrap().waiting, 0);
}

async fn compressed_and_oversized_bodies_are_rejected<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    let mut headers = HeaderMap::new();
    headers.insert("content-encoding", "identity, gzip".parse().unwrap());
    let outcome = inbox.receive(&headers, stage.body()).await;
    assert_eq!(
        (outcome.status().as_u16(), outcome),
        (415, Received::Encoded)
    );
    headers.insert("content-encoding", "Identity".parse().unwrap());
    let outcome = inbox.receive(&headers, stage.body()).await;
    assert_eq!(
        (outcome.status().as_u16(), outcome),
        (202, Received::Stored)
    );

    let most = Receiver::DEFAULT_MAX_BODY;
    let request = |size| Request::new(Full::new(bytes::Bytes::from(vec![b'x'; size])));
    let outcome = inbox.receive_request(request(most + 1)).await;
    assert_eq!(
        (outcome.status().as_u16(), outcome),
        (413, Received::TooLarge)
    );
    let outcome = inbox.receive_request(request(most)).await;
    assert_eq!(outcome.status().as_u16(), 400);
    let outcome = post(&inbox, vec![b'x'; most + 1]).await;
    assert_eq!(outcome, Received::TooLarge);

    // The limit is that of the receiver.
    let receiver = stage.moneyhub.receiver().max_body(10);
    let folder = stage.folder.0.join("small");
    let inbox = stage.open(stage.builder(receiver).spill(folder)).await;
    let outcome = inbox.receive_request(request(11)).await;
    assert_eq!(outcome, Received::TooLarge);
    let outcome = inbox.receive_request(request(10)).await;
    assert_eq!(outcome.status().as_u16(), 400);
}

/// A receiver whose keys can be fetched only while the switch is on.
pub(crate) fn with_keys_on<S: Store>(stage: &Stage<S>) -> (Receiver, Arc<AtomicBool>) {
    let is_on = Arc::new(AtomicBool::new(false));
    let (switch, jwks) = (Arc::clone(&is_on), stage.moneyhub.jwks());
    let fetch = move || {
        let jwks = switch.load(Ordering::SeqCst).then(|| jwks.clone());
        async move { jwks.map(String::into_bytes).ok_or("no network") }
    };
    let keys = RemoteKeys::from_fn([stage.moneyhub.issuer()], fetch);
    // The quota of the inbox counts, and not the number that the keys defer.
    let keys = keys.cooldown(Duration::ZERO).max_deferred_in_outage(1);
    let keys = keys.build().unwrap();
    (stage.moneyhub.receiver().with_keys(keys), is_on)
}

async fn bodies_without_keys_are_kept_once_and_verified_as_of_their_receipt<S: Store>(
    stage: Stage<S>,
) {
    let (receiver, keys) = with_keys_on(&stage);
    let inbox = stage.open(stage.builder(receiver)).await;
    let body = stage.body();
    let wrapped = format!("token={body}");
    for body in [&body, &wrapped] {
        let outcome = post(&inbox, body.clone()).await;
        assert_eq!(
            (outcome.status().as_u16(), outcome),
            (202, Received::Unverified)
        );
    }
    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 0);
    assert_eq!(inbox.backlog().await.unwrap().unverified, 1);

    // Long after the token has expired.
    keys.store(true, Ordering::SeqCst);
    stage.clock.advance(TimeDelta::days(2));
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 1);
    let received_at = stage.clock.now() - TimeDelta::days(2);
    assert_eq!(handler.seen()[0].received_at(), received_at);
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.unverified, backlog.waiting), (0, 0));
}

async fn bodies_that_no_key_could_make_acceptable_are_not_kept<S: Store>(stage: Stage<S>) {
    let (receiver, _) = with_keys_on(&stage);
    let inbox = stage.open(stage.builder(receiver)).await;
    let event = samples::of(EventType::DeletedAccount);
    let theirs = stage.moneyhub.delivery(&event).audience("another").token();
    let Received::Rejected(error) = post(&inbox, theirs).await else {
        panic!("it may be kept")
    };
    assert_eq!(error.kind(), ErrorKind::UnknownKey);
    assert_eq!(inbox.backlog().await.unwrap().unverified, 0);
}

/// More than the ten that the keys defer.
async fn tokens_with_a_new_key_within_the_cooldown_are_all_kept_until_it_is_known<S: Store>(
    stage: Stage<S>,
) {
    let new = TestIssuer::at(stage.clock.now()).with_key_id("new");
    let published = Arc::new(Mutex::new(stage.moneyhub.jwks()));
    let fetch = {
        let published = Arc::clone(&published);
        move || {
            let jwks = published.lock().unwrap().clone().into_bytes();
            async move { Ok::<_, String>(jwks) }
        }
    };
    let clock = stage.clock.clone();
    let keys = RemoteKeys::from_fn([new.issuer()], fetch).clock(move || clock.now());
    let keys = keys.build().unwrap();
    keys.warm_up().await.unwrap();
    let receiver = stage.moneyhub.receiver().with_keys(keys);
    let inbox = stage.open(stage.builder(receiver)).await;
    let event = samples::of(EventType::DeletedAccount);
    let forged = TestIssuer::at(stage.clock.now()).with_key_id("made up");
    for _ in 0..12 {
        for issuer in [&new, &forged] {
            let outcome = post(&inbox, issuer.sign(&event)).await;
            assert_eq!(outcome, Received::Unverified);
        }
    }
    *published.lock().unwrap() = new.jwks();
    stage.clock.advance(TimeDelta::seconds(30));
    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 12);
    assert_eq!(inbox.backlog().await.unwrap().unverified, 12);
    // By then the others have no such key.
    stage.clock.advance(TimeDelta::minutes(5));
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 0);
    assert_eq!(inbox.backlog().await.unwrap().unverified, 0);
}

async fn a_body_that_cannot_be_filed_holds_up_no_other<S: Store>(stage: Stage<S>) {
    let (receiver, _) = with_keys_on(&stage);
    let event = samples::of(EventType::DeletedAccount);
    {
        let receiver = receiver.and_client_id("another");
        let inbox = stage.open(stage.builder(receiver)).await;
        for client_id in ["another", stage.moneyhub.client_id()] {
            let body = stage.moneyhub.delivery(&event).audience(client_id).token();
            assert_eq!(post(&inbox, body).await, Received::Unverified);
            stage.clock.advance(TimeDelta::seconds(1));
        }
    }
    // The first one is another client's by now, and there is no room for it.
    let mut quotas = Quotas::default();
    quotas.rejected.rows = 0;
    let builder = stage.builder(stage.moneyhub.receiver()).quotas(quotas);
    let folder = stage.folder.0.join("other-spill");
    let inbox = stage.open(builder.spill(folder)).await;
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
    assert_eq!(inbox.backlog().await.unwrap().unverified, 1);
}

async fn kept_bodies_that_the_policy_of_a_worker_does_not_fit_are_rejected_and_stay<S: Store>(
    stage: Stage<S>,
) {
    let (receiver, keys) = with_keys_on(&stage);
    let open = |receiver| stage.open(stage.builder(receiver).without_spill());
    let down = RemoteKeys::from_fn([stage.moneyhub.issuer()], async || {
        Err::<Vec<u8>, _>("no network")
    });
    let of_another = Receiver::signed(down.build().unwrap(), "another");
    // Their key set has no such key.
    let jwks = TestIssuer::at(stage.clock.now())
        .with_key_id("another")
        .jwks();
    let clock = stage.clock.clone();
    let another = RemoteKeys::from_fn(["https://another.example"], move || {
        let jwks = jwks.clone().into_bytes();
        async { Ok::<_, String>(jwks) }
    });
    let another = another.clock(move || clock.now()).build().unwrap();
    let policies = [
        receiver
            .with_keys(another)
            .issuers(["https://another.example"]),
        receiver.clone().issuers(["https://another.example"]),
        of_another.issuers([stage.moneyhub.issuer()]),
        // Static keys, and none of that id.
        receiver.with_keys(KeySet::default()),
        Receiver::unsigned_json(),
        receiver.clone().max_body(1),
    ];
    let event = samples::of(EventType::DeletedAccount);
    let forged = stage.moneyhub.delivery(&event).faulty(Fault::Forged);
    {
        let inbox = open(receiver.clone()).await;
        assert_eq!(post(&inbox, forged).await, Received::Unverified);
    }
    for (n, policy) in (2..).zip(policies) {
        {
            let inbox = open(receiver.clone()).await;
            assert_eq!(
                post(&inbox, stage.body_of_now()).await,
                Received::Unverified
            );
        }
        stage.clock.advance(TimeDelta::minutes(6));
        let inbox = open(policy).await;
        assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 0);
        let backlog = inbox.backlog().await.unwrap();
        assert_eq!((backlog.unverified, backlog.rejected), (0, n), "{n}");
    }
    let says_why = "body WHERE kind = 1 AND reason NOT LIKE '%was not available'";
    assert_eq!(stage.rows(says_why).await, 7);
    // Of one that was signed, the reason does not say that nobody knows.
    {
        let inbox = open(receiver.clone()).await;
        let outcome = post(&inbox, stage.body_of_now()).await;
        assert_eq!(outcome, Received::Unverified);
    }
    keys.store(true, Ordering::SeqCst);
    let inbox = open(receiver.clone().issuers(["https://another.example"])).await;
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 0);
    let was_signed = "body WHERE kind = 1 AND reason NOT LIKE 'its key was not available%'";
    assert_eq!(stage.rows(was_signed).await, 1);

    let inbox = open(receiver).await;
    assert_eq!(inbox.reverify().await.unwrap(), 8);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 7);
    // Nothing is left of the forged one.
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.unverified, backlog.rejected), (0, 0));
}

async fn a_token_that_was_not_yet_valid_is_accepted_once_it_is<S: Store>(stage: Stage<S>) {
    let (receiver, keys) = with_keys_on(&stage);
    let inbox = stage.open(stage.builder(receiver)).await;
    let event = samples::of(EventType::DeletedAccount);
    let ahead = || {
        let time = stage.clock.now() + TimeDelta::minutes(2);
        stage.moneyhub.delivery(&event).issued_at(time).token()
    };
    assert_eq!(post(&inbox, ahead()).await, Received::Unverified);
    keys.store(true, Ordering::SeqCst);
    let outcome = post(&inbox, ahead()).await;
    let Received::Rejected(error) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(error.kind(), ErrorKind::NotYetValid);
    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 0);
    assert_eq!(inbox.backlog().await.unwrap().rejected, 2);

    // The clock is corrected. By then both are late, but the store would recognize a copy.
    stage.clock.advance(TimeDelta::minutes(10));
    stage.confirm_memory().await;
    assert_eq!(inbox.reverify().await.unwrap(), 2);
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 2);
    let received_at = handler
        .seen()
        .into_iter()
        .map(|webhook| webhook.received_at());
    assert_eq!(received_at.collect::<Vec<_>>(), [stage.clock.now(); 2]);
}

async fn a_rejected_body_that_waits_for_its_verification_too_stays_when_it_is_to_be_verified_again<
    S: Store,
>(
    stage: Stage<S>,
) {
    let inbox = stage.inbox().await;
    let event = samples::of(EventType::DeletedAccount);
    let body = stage.moneyhub.delivery(&event).audience("new").token();
    assert_eq!(post(&inbox, body).await.status(), 401);
    // A worker has rejected it, and is about to remove this row.
    let other =
        "INSERT INTO body SELECT 0, hash, received_at, body, size, due_at, reason FROM body";
    stage.execute(other).await;
    assert_eq!(inbox.reverify().await.unwrap(), 0);
    assert_eq!(stage.rows("body").await, 2);
    assert_eq!(inbox.backlog().await.unwrap().rejected, 1);
}

async fn signed_bodies_that_were_rejected_are_kept_once_and_verified_again_on_request<S: Store>(
    stage: Stage<S>,
) {
    let event = samples::of(EventType::DeletedAccount);
    let body = stage.moneyhub.delivery(&event).audience("new").token();
    let handler = Says::done();
    {
        let inbox = stage.inbox().await;
        for _ in 0..2 {
            let outcome = post(&inbox, body.clone()).await;
            assert_eq!(outcome.status().as_u16(), 401);
        }
        assert_eq!(inbox.backlog().await.unwrap().rejected, 1);

        // Under the same policy it is rejected again, and stays.
        assert_eq!(inbox.reverify().await.unwrap(), 1);
        assert_eq!(inbox.work_once(&handler).await.unwrap(), 0);
        let backlog = inbox.backlog().await.unwrap();
        assert_eq!(
            (backlog.rejected, backlog.unverified, backlog.dead),
            (1, 0, 0)
        );
    }
    stage.clock.advance(TimeDelta::days(1));
    let receiver = stage.moneyhub.receiver().and_client_id("new");
    let folder = stage.folder.0.join("other-spill");
    let inbox = stage.open(stage.builder(receiver).spill(folder)).await;
    assert_eq!(inbox.reverify().await.unwrap(), 1);
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 1);
    assert_eq!(inbox.backlog().await.unwrap().rejected, 0);
}

async fn id_tokens_and_forgeries_are_not_kept<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    for fault in [
        Fault::IdToken,
        Fault::Forged,
        Fault::UnknownKey,
        Fault::AlgorithmNone,
    ] {
        let event = samples::of(EventType::DeletedAccount);
        let body = stage.moneyhub.delivery(&event).faulty(fault);
        assert!(!post(&inbox, body).await.status().is_success(), "{fault}");
    }
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.rejected, backlog.unverified), (0, 0));
}

async fn unsigned_webhooks_have_a_quota_and_signed_ones_have_none<S: Store>(stage: Stage<S>) {
    let mut quotas = Quotas::default();
    quotas.unsigned = Quota {
        rows: 2,
        bytes: 10_000,
    };
    let receiver = stage.moneyhub.receiver().and_unsigned_json();
    let inbox = stage.open(stage.builder(receiver).quotas(quotas)).await;
    let event = samples::of(EventType::DeletedAccount);
    let unsigned = || post(&inbox, stage.moneyhub.json(&event));
    assert_eq!(unsigned().await, Received::Stored);
    assert_eq!(unsigned().await, Received::Stored);
    assert_eq!(unsigned().await, Received::Unavailable);
    for _ in 0..5 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    // Handling makes room.
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 7);
    assert_eq!(unsigned().await, Received::Stored);

    quotas.unsigned.rows = 0;
    let receiver = stage.moneyhub.receiver().and_unsigned_json();
    let builder = stage.builder(receiver).quotas(quotas);
    let inbox = stage.open(builder.spill(stage.folder.0.join("none"))).await;
    let unsigned = post(&inbox, stage.moneyhub.json(&event));
    assert_eq!(unsigned.await, Received::Unavailable);
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
}

async fn late_tokens_are_accepted_only_if_the_store_has_remembered_since_before_they_were_issued<
    S: Store,
>(
    stage: Stage<S>,
) {
    let (early, handled) = (stage.body(), stage.body());
    stage.clock.advance(TimeDelta::minutes(2));
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, handled.clone()).await, Received::Stored);
    stage.clock.advance(TimeDelta::minutes(2));
    let late = stage.body_of_now();

    // The store was made after the first one was issued, and before the second one.
    stage.clock.advance(TimeDelta::days(2));
    let outcome = post(&inbox, early).await;
    let Received::Rejected(error) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(error.kind(), ErrorKind::Expired);
    stage.confirm_memory().await;
    assert_eq!(post(&inbox, late.clone()).await, Received::Stored);
    assert_eq!(post(&inbox, late.clone()).await, Received::Duplicate);
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (2, 0));

    // Keys are forgotten after 30 days: by then no token is accepted.
    stage
        .clock
        .advance(TimeDelta::days(27) + TimeDelta::seconds(1));
    assert_eq!(post(&inbox, late).await.status(), 401);
}

async fn late_tokens_without_their_key_are_kept_too<S: Store>(stage: Stage<S>) {
    let (receiver, keys) = with_keys_on(&stage);
    let inbox = stage.open(stage.builder(receiver)).await;
    let early = stage.body();
    stage.clock.advance(TimeDelta::minutes(2));
    let late = stage.body_of_now();
    stage.clock.advance(TimeDelta::days(2));
    stage.confirm_memory().await;
    for body in [early, late] {
        assert_eq!(post(&inbox, body).await, Received::Unverified);
    }
    keys.store(true, Ordering::SeqCst);
    stage.clock.advance(TimeDelta::minutes(2));
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
    // The first one was issued before the store was made.
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.unverified, backlog.rejected), (0, 1));
}

async fn late_tokens_are_dead_letters_once_the_key_of_a_copy_may_be_forgotten<S: Store>(
    stage: Stage<S>,
) {
    let event = samples::of(EventType::DeletedAccount);
    stage.clock.advance(TimeDelta::minutes(2));
    let issuer = TestIssuer::at(stage.clock.now());
    let copies = [(); 2].map(|()| issuer.delivery(&event).audience("new").token());
    // Rejected, and kept, when they are 6 days old.
    let inbox = stage.inbox().await;
    stage.clock.advance(TimeDelta::days(6));
    for body in copies {
        assert_eq!(post(&inbox, body).await.status(), 401);
    }
    drop(inbox);
    // By then a copy that came in time would have been forgotten.
    stage.clock.advance(TimeDelta::days(25));
    let memory = "UPDATE memory SET since = 0";
    let memory = match &stage.place {
        Place::File(_) => memory.to_owned(),
        Place::Database(_) => memory.replace('0', "to_timestamp(0)"),
    };
    stage.execute(&memory).await;
    stage.confirm_memory().await;
    let receiver = stage.moneyhub.receiver().and_client_id("new");
    let folder = stage.folder.0.join("other-spill");
    let inbox = stage.open(stage.builder(receiver).spill(folder)).await;
    assert_eq!(inbox.reverify().await.unwrap(), 2);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 0);
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (0, 2));
}

/// It was restored from a copy in between: a copy of the token may have been handled since then.
async fn late_tokens_are_dead_letters_if_the_store_has_lost_its_memory_before_it_takes_them<
    S: Store,
>(
    stage: Stage<S>,
) {
    let inbox = stage.inbox().await;
    stage.clock.advance(TimeDelta::minutes(2));
    let late = [stage.body_of_now(), stage.body_of_now()];
    stage.clock.advance(TimeDelta::days(2));
    for (body, dead) in late.into_iter().zip([1, 2]) {
        if dead == 2 {
            // The newer server has noticed that already.
            stage.confirm_memory().await;
            stage.execute("UPDATE memory SET since = alive_at").await;
        }
        assert_eq!(post(&inbox, body).await, Received::Stored);
        let backlog = inbox.backlog().await.unwrap();
        assert_eq!((backlog.waiting, backlog.dead), (0, dead));
    }
    let [letter, _] = &inbox.dead_letters(2).await.unwrap()[..] else {
        panic!("two dead letters")
    };
    let reason = "it was stored after its replay key may have been forgotten";
    assert_eq!(letter.reason, reason);
}

async fn tokens_of_any_age_are_accepted_if_the_receiver_says_so<S: Store>(stage: Stage<S>) {
    let body = stage.body();
    stage.clock.advance(TimeDelta::days(100));
    let (receiver, keys) = with_keys_on(&stage);
    keys.store(true, Ordering::SeqCst);
    let inbox = stage.open(stage.builder(receiver.max_age(None))).await;
    assert_eq!(post(&inbox, body).await, Received::Stored);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
}

async fn a_pause_of_the_store_is_a_gap<S: Store>(stage: Stage<S>) {
    drop(stage.inbox().await);
    stage.clock.advance(TimeDelta::minutes(3));
    let body = stage.body_of_now();
    stage.clock.advance(TimeDelta::minutes(3));
    // Restored from a copy, perhaps: what was accepted meanwhile may not be remembered.
    let folder = stage.folder.0.join("other-spill");
    let builder = stage.builder(stage.moneyhub.receiver()).spill(folder);
    let inbox = stage.open(builder).await;
    stage.clock.advance(TimeDelta::minutes(3));
    assert_eq!(post(&inbox, body).await.status(), 401);
}

async fn keys_are_forgotten_after_30_days_but_not_while_their_webhook_waits<S: Store>(
    stage: Stage<S>,
) {
    let inbox = stage.inbox().await;
    for _ in 0..3 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 3);
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let reopen = async |name: &str| {
        let builder = stage.builder(stage.moneyhub.receiver());
        stage.open(builder.spill(stage.folder.0.join(name))).await
    };
    // An inbox forgets when it opens, and from time to time.
    stage.clock.advance(TimeDelta::days(30));
    let early = reopen("early").await;
    until(async || early.health().is_store_up && stage.rows("remembered").await == 4).await;
    stage.clock.advance(TimeDelta::seconds(1));
    let _late = reopen("late").await;
    until(async || stage.rows("remembered").await == 1).await;
    assert_eq!(stage.rows("webhook").await, 1);
}

async fn keys_are_remembered_as_long_as_a_copy_is_accepted_if_that_ends<S: Store>(stage: Stage<S>) {
    let open = async |name: &str, max_age| {
        let receiver = stage.moneyhub.receiver().max_age(max_age);
        let builder = stage.builder(receiver);
        stage.open(builder.spill(stage.folder.0.join(name))).await
    };
    let body = stage.body();
    let days = Duration::from_secs(60 * 24 * 60 * 60);
    let inbox = open("60-days", days).await;
    assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    let for_ever = open("for-ever", Duration::MAX).await;
    assert_eq!(post(&for_ever, stage.body()).await, Received::Stored);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 2);
    assert_eq!(stage.rows("remembered").await, 2);

    stage.clock.advance(TimeDelta::days(31));
    let _prunes = open("prunes", days).await;
    until(async || stage.rows("remembered").await == 1).await;
    assert_eq!(post(&inbox, body.clone()).await, Received::Duplicate);
    stage.clock.advance(TimeDelta::days(30));
    assert_eq!(post(&inbox, body).await.status(), 401);
    let _prunes = open("prunes-again", days).await;
    until(async || stage.rows("remembered").await == 0).await;
}

async fn many_keys_are_forgotten_soon<S: Store>(stage: Stage<S>) {
    drop(stage.inbox().await);
    match &stage.place {
        Place::File(path) => {
            let many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12000)
                INSERT INTO remembered (key, until, received_at, signed) SELECT CAST(n AS BLOB), 0, 0, 1 FROM n";
            rusqlite::Connection::open(path)
                .unwrap()
                .execute(many, [])
                .unwrap();
        }
        Place::Database(database) => {
            let many = "INSERT INTO moneyhub_inbox.remembered
                SELECT sha256(n::text::bytea), to_timestamp(0), true FROM generate_series(1, 12000) AS n";
            database.execute(many).await;
        }
    }
    let builder = stage.builder(stage.moneyhub.receiver());
    let folder = stage.folder.0.join("other-spill");
    let _inbox = stage.open(builder.spill(folder)).await;
    // In less than the minute from one look for such keys to the next.
    let forgotten = until(async || stage.rows("remembered").await == 0);
    timeout(Duration::from_secs(45), forgotten).await.unwrap();
}

async fn of_plain_json_the_newest_keys_are_remembered<S: Store>(stage: Stage<S>) {
    let open = async |folder: &str| {
        let receiver = stage.moneyhub.receiver().and_unsigned_json();
        let mut quotas = Quotas::default();
        quotas.unsigned_keys = 2;
        let builder = stage.builder(receiver).quotas(quotas);
        stage.open(builder.spill(stage.folder.0.join(folder))).await
    };
    let plain = |id| format!(r#"{{"id":"{id}","eventType":"x","payload":{{}}}}"#);
    let inbox = open("spill").await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    for id in 0..5 {
        stage.clock.advance(TimeDelta::seconds(1));
        assert_eq!(post(&inbox, plain(id)).await, Received::Stored);
    }
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 6);
    // An inbox forgets when it opens, and from time to time.
    let inbox = open("other-spill").await;
    until(async || stage.rows("remembered").await == 3).await;
    for (id, outcome) in [
        (4, Received::Duplicate),
        (3, Received::Duplicate),
        (2, Received::Stored),
    ] {
        assert_eq!(post(&inbox, plain(id)).await, outcome);
    }
}

async fn receipts_go_on_while_handlers_hang<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    let (hangs, mut began) = Hangs::new();
    let workers = inbox.work(3, hangs);
    for _ in 0..3 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        began.recv().await.unwrap();
    }
    let outcomes = join_all((0..50).map(|_| post(&inbox, stage.body()))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Received::Stored));
    assert!(inbox.health().is_store_up);
    assert_eq!(inbox.health().spilled_bytes, 0);
    drop(workers);
}
