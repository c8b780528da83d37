//! Who may see the page, and who may send deliveries.
//!
//! The page needs a secret of this start, which only its link contains: a tunnel or a reverse proxy brings strangers, and
//! other users of this machine can connect too. Deliveries need none, but never come from a web page: a browser says
//! which site asks.

use std::net::IpAddr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};
use subtle::ConstantTimeEq as _;

/// Why a request is rejected.
pub(super) type Rejection = (StatusCode, &'static str);

pub(super) struct Secret(String);

impl Secret {
    /// 122 random bits of the operating system.
    pub(super) fn new() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string())
    }

    /// The query of the page's link.
    pub(super) fn query(&self) -> String {
        format!("token={}", self.0)
    }

    /// Admits the page's own requests.
    pub(super) fn admit(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Rejection> {
        let query = uri.query().unwrap_or_default();
        if !bool::from(query.as_bytes().ct_eq(self.query().as_bytes())) {
            return Err((
                StatusCode::FORBIDDEN,
                "open the link that `listen` printed\n",
            ));
        }
        if !is_local_name(headers) {
            return Err((
                StatusCode::FORBIDDEN,
                "open this page under localhost or an IP address\n",
            ));
        }
        Ok(())
    }
}

/// Rejects what the page of another site sends, and deliveries from any page. Browsers add these headers, and no script
/// can remove them.
pub(super) fn no_site(headers: &HeaderMap) -> Result<(), Rejection> {
    let mut sites = headers.get_all("sec-fetch-site").iter();
    let is_ours = sites.all(|site| site == "none" || site == "same-origin");
    if is_ours && !headers.contains_key(ORIGIN) {
        Ok(())
    } else {
        Err((StatusCode::FORBIDDEN, "a web page sent this\n"))
    }
}

/// Protects against DNS rebinding: another site can point its own name at this machine, and would then have the same
/// origin as the page. It cannot do so with `localhost` or an IP address.
fn is_local_name(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::HOST};

    use super::is_local_name;

    #[test]
    fn the_page_is_served_only_under_localhost_and_ip_addresses() {
        let is_local = |host: &'static str| {
            is_local_name(&HeaderMap::from_iter([(
                HOST,
                HeaderValue::from_static(host),
            )]))
        };
        for local in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "192.168.1.5",
            "[::1]:80",
            "[::1]",
        ] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
        ] {
            assert!(!is_local(other), "{other}");
        }
        assert!(!is_local_name(&HeaderMap::new()));
    }
}
