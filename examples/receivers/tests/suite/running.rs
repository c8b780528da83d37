//! Each receiver, started on a socket of its own, with a handler that keeps account.

mod handler;
pub(crate) mod tables;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moneyhub_webhooks::{MemoryReplayGuard, Receiver};
use moneyhub_webhooks_receivers::channel::{Channel, Limits, Report, channel};
use moneyhub_webhooks_receivers::gateway;
use moneyhub_webhooks_receivers::intake::{HandOver, Intake};
use moneyhub_webhooks_receivers::queue::{Caps, Names, Queue};
use moneyhub_webhooks_receivers::worker::{Settings, Worker};
use moneyhub_webhooks_receivers::{actix, axum};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, block_in_place};
use tokio::time::timeout;

use crate::bodies::clock;
use crate::harness::client::{self, Way};
use crate::harness::patience::{PATIENCE, until};
use crate::harness::postgres_server::{PostgresServer, on_disk};
use crate::harness::redis_server::{self, RedisServer};
use handler::{Handler, line};

/// Runs a program on a runtime of its own, and crashes it then: its tasks end wherever they are.
pub(crate) fn until_crash<T>(program: impl Future<Output = T>) -> T {
    block_in_place(|| Runtime::new().unwrap().block_on(program))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Axum,
    Actix,
    Lambda,
    Queue,
    Postgres,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Axum,
        Self::Actix,
        Self::Lambda,
        Self::Queue,
        Self::Postgres,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Axum => "axum",
            Self::Actix => "actix",
            Self::Lambda => "lambda",
            Self::Queue => "queue",
            Self::Postgres => "postgres",
        }
    }
}

pub(crate) fn limits() -> Limits {
    Limits {
        judge_every: Duration::from_millis(50),
        pause: Duration::from_millis(1),
        attempts: 2,
        ..Limits::default()
    }
}

pub(crate) fn worker_settings() -> Settings {
    Settings {
        take_over_after: Duration::from_millis(100),
        deliveries: 2,
        ..Settings::default()
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) handler: Arc<Handler>,
    pub(crate) names: Names,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
    back: Back,
}

enum Back {
    Channel(JoinHandle<Report>),
    Queue {
        stop: Arc<AtomicBool>,
        worker: JoinHandle<()>,
        redis: String,
        spill: PathBuf,
    },
    Postgres(tables::Back),
}

/// What there was in the end.
pub(crate) struct Outcome {
    /// A line for each time: the id, and whether it was signed.
    pub(crate) handled: Vec<String>,
    pub(crate) report: Option<Report>,
}

pub(crate) struct Options {
    pub(crate) receiver: Receiver,
    pub(crate) limits: Limits,
    pub(crate) caps: Caps,
    /// For the body of a request.
    pub(crate) read_limit: Duration,
}

impl Options {
    pub(crate) fn new(receiver: Receiver) -> Self {
        Self {
            receiver,
            limits: limits(),
            caps: Caps::default(),
            read_limit: PATIENCE,
        }
    }
}

/// What the receivers need that hand over to a server, and a name for what is theirs in it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Servers<'a> {
    pub(crate) redis: Option<&'a RedisServer>,
    pub(crate) postgres: Option<&'a PostgresServer>,
    pub(crate) tag: &'a str,
}

pub(crate) async fn start(kind: Kind, options: Options, servers: Servers<'_>) -> Running {
    let Options {
        receiver,
        limits,
        caps,
        read_limit,
    } = options;
    let handler = Handler::new();
    let tag = servers.tag;
    if kind == Kind::Postgres {
        let postgres = servers.postgres.expect("a PostgreSQL");
        let (tables, back) =
            tables::start(postgres, tag, receiver.clone(), caps, Arc::clone(&handler)).await;
        let (address, stop, server) =
            serve(kind, read_limit, Intake::new(receiver, clock, tables)).await;
        let names = Names::default();
        return Running {
            address,
            handler,
            names,
            stop,
            server,
            back: Back::Postgres(back),
        };
    }
    if kind == Kind::Queue {
        let redis = servers.redis.expect("a Redis");
        let names = Names::new(tag);
        let spill = redis.folder(&format!("spill-{tag}"));
        let queue = Queue::new(&redis.url(), &names, &spill, caps).expect("a queue");
        let effects = {
            let (handler, names) = (Arc::clone(&handler), names.clone());
            move |webhook| Arc::clone(&handler).effects(names.clone(), webhook)
        };
        let worker = Worker::new(
            &redis.url(),
            &names,
            "1",
            receiver.clone(),
            clock,
            worker_settings(),
            effects,
        )
        .expect("a worker");
        let stop_worker = worker.stop_flag();
        let worker = tokio::spawn(worker.run());
        let (address, stop, server) =
            serve(kind, read_limit, Intake::new(receiver, clock, queue)).await;
        let back = Back::Queue {
            stop: stop_worker,
            worker,
            redis: redis.url(),
            spill,
        };
        return Running {
            address,
            handler,
            names,
            stop,
            server,
            back,
        };
    }
    let handle = {
        let handler = Arc::clone(&handler);
        move |webhook| Arc::clone(&handler).handle(webhook)
    };
    let (channel, worker): (Channel, _) =
        channel(&receiver, MemoryReplayGuard::new(), clock, limits, handle);
    let worker = tokio::spawn(worker.run());
    let (address, stop, server) =
        serve(kind, read_limit, Intake::new(receiver, clock, channel)).await;
    Running {
        address,
        handler,
        names: Names::default(),
        stop,
        server,
        back: Back::Channel(worker),
    }
}

async fn serve<H: HandOver>(
    kind: Kind,
    read_limit: Duration,
    intake: Arc<Intake<H>>,
) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    const GRACE: Duration = Duration::from_secs(2);
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        let _ = stopped.await;
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = match kind {
        Kind::Actix => {
            let listener = listener.into_std().expect("a socket");
            let server = actix::serve(listener, intake, read_limit, GRACE).expect("a server");
            let handle = server.handle();
            tokio::spawn(async move {
                stopped.await;
                handle.stop(true).await;
            });
            tokio::spawn(async { server.await.expect("it serves") })
        }
        Kind::Lambda => {
            let router = gateway::router(intake);
            tokio::spawn(async move {
                axum::serve(listener, router, stopped, GRACE)
                    .await
                    .expect("it serves");
            })
        }
        Kind::Axum | Kind::Queue | Kind::Postgres => {
            let router = axum::router(intake, read_limit);
            tokio::spawn(async move {
                axum::serve(listener, router, stopped, GRACE)
                    .await
                    .expect("it serves");
            })
        }
    };
    (address, stop, server)
}

impl Running {
    /// The status of the answer to a body; 0 if there is none.
    pub(crate) async fn post(&self, body: impl AsRef<[u8]>) -> u16 {
        self.send(body, Way::Whole).await
    }

    pub(crate) async fn send(&self, body: impl AsRef<[u8]>, way: Way) -> u16 {
        let answer = timeout(PATIENCE, client::post(self.address, body.as_ref(), way)).await;
        answer.ok().flatten().unwrap_or(0)
    }

    /// Stops it as an orchestrator does, and waits until all is handled.
    pub(crate) async fn finish(self) -> Outcome {
        // What a slow Redis or PostgreSQL did not take is handed on by the receiver, and by none after it here.
        let spill = match &self.back {
            Back::Channel(_) => None,
            Back::Queue { spill, .. } => Some(spill),
            Back::Postgres(back) => Some(&back.spill),
        };
        if let Some(spill) = spill {
            assert!(
                until(async || on_disk(spill) == 0).await,
                "something stays on the disk"
            );
        }
        let _ = self.stop.send(());
        self.server.await.expect("the server ends");
        match self.back {
            Back::Channel(worker) => {
                let report = timeout(PATIENCE, worker)
                    .await
                    .expect("it ends")
                    .expect("no panic");
                let handled = self.handler.handled();
                Outcome {
                    handled,
                    report: Some(report),
                }
            }
            Back::Postgres(back) => Outcome {
                handled: back.finish().await,
                report: None,
            },
            Back::Queue {
                stop,
                worker,
                redis,
                spill: _,
            } => {
                let mut redis = redis_server::connect(&redis).await.expect("a Redis");
                let all_handled = until(async || {
                    let (accepted, unjudged): (u64, u64) = redis::pipe()
                        .xlen(self.names.accepted())
                        .xlen(self.names.unjudged())
                        .query_async(&mut redis)
                        .await
                        .expect("lengths");
                    accepted + unjudged == 0
                });
                assert!(all_handled.await, "something waits still");
                stop.store(true, Ordering::Relaxed);
                worker.await.expect("no panic");
                let handled: Vec<String> = redis::cmd("LRANGE")
                    .arg(self.names.key("handled-by-test"))
                    .arg(&["0", "-1"])
                    .query_async(&mut redis)
                    .await
                    .expect("a list");
                Outcome {
                    handled,
                    report: None,
                }
            }
        }
    }
}
