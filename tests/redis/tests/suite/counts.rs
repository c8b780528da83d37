//! What the feature `metrics` counts of the guard.

use std::collections::BTreeMap;

use metrics::with_local_recorder;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use moneyhub_webhooks::ReplayGuard;
use moneyhub_webhooks::metrics::REPLAY_ADMISSIONS;
use tokio::runtime::Builder;

use crate::support::{Server, guard, key, now, soon};

#[test]
fn fresh_webhooks_duplicates_and_questions_without_an_answer_are_counted() {
    let Some(mut server) = Server::start() else { return };
    // Before, since to make a key is to judge a body.
    let [one, other] = [1, 2].map(key);
    let recorder = DebuggingRecorder::new();
    // The recorder is this thread's, and so is the runtime.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let guard = guard(&server);
            for _ in 0..3 {
                assert!(guard.admit(&one, now(), soon()).await.is_ok());
            }
            server.stop();
            assert!(guard.admit(&other, now(), soon()).await.is_err());
        });
    });
    let series = recorder.snapshotter().snapshot().into_vec().into_iter();
    let counted: BTreeMap<_, _> = series
        .map(|(key, _, _, value)| {
            let key = key.key();
            assert_eq!(key.name(), REPLAY_ADMISSIONS);
            let labels: Vec<_> = key.labels().map(|label| label.value().to_owned()).collect();
            (labels.join(" "), value)
        })
        .collect();
    let expected = [("redis duplicate", 2), ("redis failed", 1), ("redis fresh", 1)];
    assert_eq!(
        counted,
        expected.map(|(labels, count)| (labels.to_owned(), DebugValue::Counter(count))).into()
    );
}
