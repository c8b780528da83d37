//! A name server that never answers. The test runs itself once more, as a program whose `/etc/resolv.conf` names it; where
//! that can't be done, which takes root and `unshare`, it says so and is over.

use std::env;
use std::net::UdpSocket;
use std::process::Command;
use std::time::{Duration, Instant};

use moneyhub_webhooks::RemoteKeys;

use crate::support::IMPATIENT;
use crate::support::tokens::ISSUER;

/// Port 53 of an address that nothing else uses.
const NAME_SERVER: &str = "127.63.0.53";

/// How long the system waits for it: far longer than the test.
const RESOLV_CONF: &str = "nameserver 127.63.0.53\noptions timeout:30 attempts:1\n";

const IS_CHILD: &str = "MONEYHUB_NAMES_CHILD";

#[test]
fn a_look_up_that_hangs_ends_with_the_deadline_and_holds_up_no_shutdown() {
    if env::var_os(IS_CHILD).is_some() {
        return look_up();
    }
    let _silent = match UdpSocket::bind((NAME_SERVER, 53)) {
        Ok(socket) => socket,
        Err(error) => return println!("SKIPPED: no name server at {NAME_SERVER}: {error}"),
    };
    let path = env::temp_dir().join(format!("moneyhub-resolv-{}.conf", std::process::id()));
    std::fs::write(&path, RESOLV_CONF).unwrap();

    let begin = Instant::now();
    let child = Command::new("unshare")
        .args(["--mount", "sh", "-c", r#"mount --bind "$0" /etc/resolv.conf || exit 77; exec "$@""#])
        .arg(&path)
        .arg(env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("names::a_look_up_that_hangs_ends_with_the_deadline_and_holds_up_no_shutdown")
        .env(IS_CHILD, "1")
        .env_remove("HTTPS_PROXY")
        .env_remove("https_proxy")
        .env_remove("ALL_PROXY")
        .env_remove("all_proxy")
        .output();
    let took = begin.elapsed();
    std::fs::remove_file(&path).unwrap();
    let Ok(output) = child else { return println!("SKIPPED: no unshare") };
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() && !said.contains("running 1 test") {
        return println!("SKIPPED: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    assert!(output.status.success(), "{said}");
    assert!(said.contains("keys unavailable: no key set within the deadline"), "{said}");
    assert!(took < Duration::from_secs(15), "{took:?}");
}

/// Has a runtime of its own, which is gone when this returns.
fn look_up() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let keys =
        RemoteKeys::from_url("https://keys.example/jwks", [ISSUER]).deadline(IMPATIENT).build().unwrap();
    println!("{}", runtime.block_on(keys.warm_up()).unwrap_err());
}
