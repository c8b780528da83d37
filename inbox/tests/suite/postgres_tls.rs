//! TLS to the database: of every connection, and only to a server with the right certificate.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use moneyhub_webhooks_inbox::{InboxBuilder, Postgres, Received};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use sqlx::PgPool;

use crate::folder::Folder;
use crate::handlers::Says;
use crate::postgres_server::{self, Server};
use crate::stage::{Place, Stage, post, until};

/// An authority, and a server that it vouches for under its address.
struct Certified {
    authority: String,
    certificate: String,
    key: String,
}

fn certified(authority_name: &str) -> Certified {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority
        .distinguished_name
        .push(DnType::CommonName, authority_name);
    let authority_key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &issuer).unwrap();
    Certified {
        authority: root.pem(),
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

/// A database whose server has a certificate, the authority of that in `right.pem`, and another one in `wrong.pem`.
async fn stage() -> Option<Stage<Postgres>> {
    let mut server = Server::without_data()?;
    server.initdb(&[]);
    let Certified {
        authority,
        certificate,
        key,
    } = certified("right");
    for (name, text) in [("server.crt", certificate), ("server.key", key)] {
        let path = server.data.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        server.own(&path);
    }
    server.set("ssl=on");
    server.restart().await;
    let database = postgres_server::create(Arc::new(server)).await;
    let stage = Stage::postgres_in(Place::Database(database), Folder::new());
    fs::write(stage.folder.0.join("right.pem"), authority).unwrap();
    fs::write(
        stage.folder.0.join("wrong.pem"),
        certified("wrong").authority,
    )
    .unwrap();
    Some(stage)
}

fn pool(stage: &Stage<Postgres>, authority: &Path) -> PgPool {
    let url = stage.database().url();
    let authority = authority.display();
    let tls = format!("sslmode=verify-full&sslrootcert={authority}&application_name=inbox");
    PgPool::connect_lazy(&format!("{url}?{tls}")).unwrap()
}

fn builder(stage: &Stage<Postgres>) -> InboxBuilder {
    stage.builder(stage.moneyhub.receiver())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_connection_uses_tls_with_a_certificate_that_is_verified() {
    let Some(stage) = stage().await else {
        return;
    };
    let right = pool(&stage, &stage.folder.0.join("right.pem"));
    let inbox = builder(&stage).postgres(right).await.unwrap();
    let handler = Says::done();
    let workers = inbox.work(2, handler.clone());
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    until(async || handler.seen().len() == 1).await;
    let database = stage.database();
    let connections = async |which: &str| {
        let of_inbox = "SELECT count(*) FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
            WHERE application_name = 'inbox'";
        database.count(&format!("{of_inbox} AND {which}")).await
    };
    // That of the workers which waits for news.
    until(async || connections("ssl AND query LIKE 'LISTEN%'").await == 1).await;
    // That of receipts, and those of the pool.
    assert!(connections("ssl AND query LIKE '%COMMIT%'").await >= 1);
    assert!(connections("ssl").await >= 3);
    assert_eq!(connections("NOT ssl").await, 0);
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_certificate_of_another_authority_gets_nothing() {
    let Some(stage) = stage().await else {
        return;
    };
    let wrong = stage.folder.0.join("wrong.pem");
    let error = builder(&stage).postgres(pool(&stage, &wrong)).await;
    let error = error.unwrap_err().to_string();
    let message = "error communicating with database: invalid peer certificate: UnknownIssuer";
    assert_eq!(error, message);

    // As any database that can't be reached: with a spill folder the inbox opens, and receives into that.
    let spill = builder(&stage).spill(stage.folder.0.join("spill"));
    let inbox = spill.postgres(pool(&stage, &wrong)).await.unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert!(!inbox.health().is_store_up);
    assert!(inbox.health().spilled_bytes > 0);
    // The file gets the right authority, which is read for each connection.
    fs::copy(stage.folder.0.join("right.pem"), wrong).unwrap();
    until(async || inbox.health().spilled_bytes == 0).await;
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
}
