//! Two gateways behind nginx, set up as the README says: each restarts alone, and no sender notices.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs};

use reqwest::Client;
use tokio::net::TcpStream;

use crate::gateway::{Gateway, configure_at, source};
use crate::kills::Accepted;
use crate::postgres_server;
use crate::stage::{Folder, eventually};
use crate::target::Target;

/// nginx with the settings of the README, in a folder. It is killed when it is dropped.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    /// `None`: it is not installed, and `NGINX_REQUIRED` is not set.
    async fn start(folder: &Folder, gateways: [SocketAddr; 2]) -> Option<Self> {
        let address = free_address();
        let [one, two] = gateways.map(|address| address.to_string());
        let http = settings_of_the_readme()
            .replace("10.0.0.1:8080", &one)
            .replace("10.0.0.2:8080", &two)
            .replace("listen 80;", &format!("listen {address};"));
        folder.write(
            "nginx.conf",
            &format!(
                "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {{}}\n\
                 http {{\naccess_log off;\nclient_body_temp_path body;\nproxy_temp_path proxy;\n\
                 fastcgi_temp_path fastcgi;\nuwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n{http}}}\n"
            ),
        );
        // Debian installs it where only root's shell looks.
        let path = env::var("PATH").unwrap_or_default() + ":/usr/sbin";
        let child = Command::new("nginx")
            .env("PATH", path)
            .arg("-p")
            .arg(&folder.0)
            .args(["-e", "stderr", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .spawn();
        let child = match child {
            Ok(child) => child,
            Err(_) if env::var_os("NGINX_REQUIRED").is_none() => {
                println!("SKIPPED: no nginx");
                return None;
            }
            Err(error) => panic!("nginx: {error}"),
        };
        let nginx = Self { child, address };
        eventually("nginx", async || TcpStream::connect(address).await.ok()).await;
        Some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The block of the README that begins with `upstream`.
fn settings_of_the_readme() -> String {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, rest) = readme.split_once("```nginx\n").unwrap();
    let (settings, _) = rest.split_once("```").unwrap();
    assert!(settings.starts_with("upstream"), "{settings}");
    settings.to_owned()
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_behind_nginx_restart_one_by_one_without_a_lost_webhook_or_an_error() {
    let Some(database) = postgres_server::own_database().await else {
        return;
    };
    let target = Target::start().await;
    let folders = [Folder::new(), Folder::new()];
    let addresses = [free_address(), free_address()];
    let store = format!("timeout = 1\nstore = {:?}", database.url());
    for (folder, address) in folders.iter().zip(addresses) {
        configure_at(folder, address, &source("moneyhub", &target.url, &store));
    }
    let mut gateways = [
        Gateway::start(&folders[0]).await,
        Gateway::start(&folders[1]).await,
    ];
    let folder = Folder::new();
    let Some(nginx) = Nginx::start(&folder, addresses).await else {
        return;
    };

    // Four senders, for as long as gateways restart.
    let is_over = Arc::new(AtomicBool::new(false));
    let url = format!("http://{}/webhooks", nginx.address);
    let senders: Vec<_> = (0..4)
        .map(|_| {
            let (is_over, url) = (Arc::clone(&is_over), url.clone());
            tokio::spawn(async move {
                let client = Client::builder().no_proxy().build().unwrap();
                let mut accepted = Accepted::default();
                while !is_over.load(Ordering::Relaxed) {
                    accepted.post_to(&client, &url).await;
                }
                accepted
            })
        })
        .collect();
    for signal in ["-TERM", "-KILL", "-TERM", "-KILL"] {
        for (gateway, folder) in gateways.iter_mut().zip(&folders) {
            gateway.signal(signal);
            gateway.ended().await;
            *gateway = Gateway::start(folder).await;
        }
    }
    is_over.store(true, Ordering::Relaxed);

    let (mut posted, mut again) = (0, 0);
    for sender in senders {
        let accepted = sender.await.unwrap();
        posted += accepted.len();
        again += accepted.delivered(&target).await;
    }
    for gateway in &gateways {
        gateway.counts("moneyhub", "waiting", 0).await;
    }
    assert!(posted > 8, "{posted}");
    println!("{posted} posted through 8 restarts, each answered 202, 0 lost, {again} again");
}
