//! Receipts: the inbox beside a server that stores each webhook with a statement of its own, and one that only verifies.

use std::ops::Range;
use std::time::Duration;

use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks::{Event, EventType};

use crate::Limit::{self, AtLeast, AtMost};
use crate::client::{Bodies, Pace, Sent, send, sign};
use crate::folder::Folder;
use crate::server::Server;
use crate::{database, median, ratio, row};

const CONNECTIONS: usize = 64;

/// The servers take turns, so that whatever else the machine does meets all of them.
const ROUNDS: usize = 3;

pub(crate) async fn sqlite() {
    let folder = Folder::new();
    let path = |name| folder.0.join(name).to_str().unwrap().to_owned();
    let servers = [
        Server::start("verify", ""),
        Server::start("plain-sqlite", &path("plain.db")),
        Server::start("sqlite", &path("inbox.db")),
    ];
    compare(&servers, AtLeast(5.0), Limit::None).await;
}

pub(crate) async fn postgres() {
    let (plain, inbox) = (database().await, database().await);
    let servers = [
        Server::start("verify", ""),
        Server::start("plain-postgres", &plain.url()),
        Server::start("postgres", &inbox.url()),
    ];
    compare(&servers, AtLeast(2.2), AtLeast(0.45)).await;
}

async fn compare(servers: &[Server; 3], many: Limit, share: Limit) {
    let figures = measure(servers).await;
    for (name, figures) in ["only verifies", "one by one", "inbox"]
        .iter()
        .zip(&figures)
    {
        let Figures { many, alone } = figures;
        let Sent {
            per_second,
            p50,
            p99,
        } = many;
        println!(
            "  {name:<13} {per_second:>6.0}/s, p50 {p50:.1?}, p99 {p99:.1?}, over one connection p50 {alone:.1?}"
        );
    }
    let [verify, one, inbox] = figures;
    let per_second = |to: &Figures| inbox.many.per_second / to.many.per_second;
    row(
        "requests/s, inbox ÷ one statement a webhook",
        per_second(&one),
        many,
    );
    row(
        "p99, the same",
        ratio(inbox.many.p99, one.many.p99),
        AtMost(0.6),
    );
    row(
        "p50 over one connection, the same",
        ratio(inbox.alone, one.alone),
        AtMost(1.2),
    );
    row(
        "requests/s, inbox ÷ a server that only verifies",
        per_second(&verify),
        share,
    );
    row("memory, MiB", servers[2].peak_memory(), AtMost(64.0));
}

/// The medians of a server.
struct Figures {
    many: Sent,
    /// The p50 over a single connection.
    alone: Duration,
}

async fn measure(servers: &[Server; 3]) -> [Figures; 3] {
    const FEW: usize = 300;
    const MANY: usize = 8000;
    let small = |_| samples::of(EventType::DeletedAccount);
    let bodies = sign((ROUNDS + 1) * (FEW + MANY), small);
    let mut rounds = [const { Vec::new() }; 3];
    // The first round is for connections, prepared statements, and the first pages of files.
    for round in 0..=ROUNDS {
        let start = round * (FEW + MANY);
        let (few, many) = (start..start + FEW, start + FEW..start + FEW + MANY);
        for (server, rounds) in servers.iter().zip(&mut rounds) {
            let alone = full(server, &bodies, few.clone(), 1).await.p50;
            let many = full(server, &bodies, many.clone(), CONNECTIONS).await;
            if round > 0 {
                rounds.push(Figures { many, alone });
            }
        }
    }
    rounds.map(|rounds| Figures {
        many: medians(rounds.iter().map(|round| &round.many)),
        alone: median(rounds.iter().map(|round| round.alone)),
    })
}

fn medians<'a>(sent: impl Iterator<Item = &'a Sent> + Clone) -> Sent {
    Sent {
        per_second: median(sent.clone().map(|sent| sent.per_second)),
        p50: median(sent.clone().map(|sent| sent.p50)),
        p99: median(sent.map(|sent| sent.p99)),
    }
}

async fn full(server: &Server, bodies: &Bodies, range: Range<usize>, connections: usize) -> Sent {
    send(server.address, bodies, range, connections, Pace::Full).await
}

/// One webhook in ten with 6000 ids: 313 KB.
pub(crate) async fn mix() {
    const COUNT: usize = 500;
    let bodies = sign((ROUNDS + 1) * COUNT, |number| match number % 10 {
        0 => large(),
        _ => samples::of(EventType::DeletedAccount),
    });
    let folder = Folder::new();
    let path = |name| folder.0.join(name).to_str().unwrap().to_owned();
    let (plain, inbox) = (database().await, database().await);
    let places = [
        ("sqlite", path("plain.db"), path("inbox.db")),
        ("postgres", plain.url(), inbox.url()),
    ];
    for (kind, plain, place) in places {
        let one = Server::start(&format!("plain-{kind}"), &plain);
        let inbox = Server::start(kind, &place);
        let (mut ones, mut inboxes) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let range = round * COUNT..(round + 1) * COUNT;
            ones.push(full(&one, &bodies, range.clone(), CONNECTIONS).await);
            inboxes.push(full(&inbox, &bodies, range, CONNECTIONS).await);
        }
        let [one, sent] = [&ones, &inboxes].map(|sent| medians(sent[1..].iter()));
        let (per_second, p99) = (sent.per_second, sent.p99);
        println!("  {kind}: {per_second:.0}/s, p99 {p99:.1?}");
        row(
            "requests/s, inbox ÷ one statement a webhook",
            per_second / one.per_second,
            Limit::None,
        );
        row("p99, the same", ratio(p99, one.p99), Limit::None);
        row("memory, MiB", inbox.peak_memory(), Limit::None);
    }
}

fn large() -> Event {
    let id = |number| format!(r#""d520402a-d982-43ee-b1d1-{number:012x}""#);
    let ids = (0..6000).map(id).collect::<Vec<_>>().join(",");
    let account = r#""6d0baf11-248e-4c11-9c04-97b7758b4e04""#;
    let payload = format!(r#"{{"accounts":[{{"id":{account},"transactions":[{ids}]}}]}}"#);
    let event = format!(r#"{{"eventType":"newTransactions","payload":{payload}}}"#);
    serde_json::from_str(&event).unwrap()
}
