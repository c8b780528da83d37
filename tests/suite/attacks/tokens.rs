//! Signed tokens: each check has its kind, the first failing one wins, and bounds are exact.

use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Authenticity, Error, ErrorKind, Event, EventType, Receiver, Webhook};
use serde_json::json;

use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, KEY_ID, PREFIX, assert_refused, assert_token_refused, at, base64url,
    parse_token, receivers, sign_parts, signed_receiver, test_keys, token,
};

fn is_accepted(token: &str) -> bool {
    parse_token(token).is_ok()
}

#[test]
fn a_good_token_says_who_signed_it_for_whom_and_when() {
    let webhook = parse_token(&token().signed()).unwrap();
    let Authenticity::Signed { issuer, client_id, key_id, issued_at, .. } = webhook.authenticity() else {
        panic!("{webhook:?}")
    };
    assert_eq!((&**issuer, &**client_id, &**key_id), (ISSUER, CLIENT_ID, KEY_ID));
    assert_eq!(*issued_at, at(ISSUED_AT));
    let (id, user_id, event, authenticity) = webhook.clone().into_parts();
    assert_eq!(id, "c9d133e0-e708-402d-a6b7-dc8ff9c29a1c");
    assert_eq!(user_id.unwrap(), "5f75a9f947f9bd74d921a6c9");
    assert_eq!(event.event_type(), Some(EventType::PaymentCompleted));
    assert!(authenticity.is_signed());
}

mod form {
    use super::*;

    #[test]
    fn one_line_end_after_a_token_is_taken_and_no_other_white_space() {
        let token = token().signed();
        for good in [format!("{token}\n"), format!("{token}\r\n")] {
            assert!(is_accepted(&good));
        }
        for bad in [
            format!("{token}\n\n"),
            format!("{token}\r"),
            format!("{token} "),
            format!(" {token}"),
            format!("\n{token}"),
            format!("{token}\0"),
            format!("\u{feff}{token}"),
            format!("\"{token}\""),
            format!("Bearer {token}"),
        ] {
            assert_token_refused(&bad, ErrorKind::Body);
        }
    }

    #[test]
    fn a_token_has_three_parts_of_strict_base64url() {
        let token = token().signed();
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        for bad in [
            header.to_owned(),
            format!("{header}.{claims}"),
            format!("{token}.{signature}"),
            format!("{token}.{signature}.{signature}"),
            "..".to_owned(),
            format!("{header}..{signature}"),
            format!(".{claims}.{signature}"),
            format!("{header}=.{claims}.{signature}"),
            format!("{header}.{claims}.{signature}=="),
            format!("{header}.{}+.{signature}", &claims[..claims.len() - 1]),
            format!("{header}.{}/.{signature}", &claims[..claims.len() - 1]),
            format!("{header}.{claims}\n.{signature}"),
            format!("{header}.{claims}.{}+", &signature[..signature.len() - 1]),
            // 256 bytes leave four bits of the last digit, which must be zero.
            format!("{header}.{claims}.{}B", &signature[..signature.len() - 1]),
        ] {
            assert_token_refused(&bad, ErrorKind::Body);
        }
        assert_token_refused(&format!("{header}.{claims}."), ErrorKind::Signature);
    }

    #[test]
    fn each_part_is_base64url_without_padding_line_ends_or_spare_bits() {
        let token = token().signed();
        let parts: Vec<&str> = token.split('.').collect();
        for at in 0..parts.len() {
            let part = parts[at];
            let mut spare = part.to_owned();
            // Digits that leave bits over: A is 0, so B sets a bit that belongs to no byte.
            match part.len() % 4 {
                2 | 3 => {
                    let last = spare.pop().unwrap();
                    let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
                    let place = digits.find(last).unwrap();
                    spare.push(digits.as_bytes()[place | 1].into());
                }
                _ => spare.push('A'),
            }
            for bad in [
                format!("{part}="),
                format!("{part}=="),
                format!("{}+", &part[1..]),
                format!("{}/", &part[1..]),
                format!("{}\r\n{}", &part[..8], &part[8..]),
                format!("{} {}", &part[..8], &part[8..]),
                format!("{part}\0"),
                spare,
            ] {
                let mut edited = parts.clone();
                edited[at] = &bad;
                assert_token_refused(&edited.join("."), ErrorKind::Body);
            }
        }
    }

    #[test]
    fn a_token_in_json_serialisation_is_no_token() {
        let token = token().signed();
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let flattened = json!({"payload": claims, "protected": header, "signature": signature});
        let general =
            json!({"payload": claims, "signatures": [{"protected": header, "signature": signature}]});
        for body in [flattened, general] {
            assert_token_refused(&body.to_string(), ErrorKind::FormatRefused);
            assert_refused(
                signed_receiver().and_unsigned_json().parse_at(body.to_string().as_bytes(), at(ISSUED_AT)),
                ErrorKind::Body,
            );
        }
    }

    #[test]
    fn a_message_says_which_part_is_no_token() {
        for (token, message) in [
            ("YQ", "neither a JSON object nor a token"),
            ("YQ.YQ", "a token has three parts, this has two"),
            ("YQ..YQ", "the token's header or claims are empty"),
            ("Y.YQ.YQ", "the token's header is not base64url"),
            ("YQ.Y.YQ", "the token's claims are not base64url"),
            ("YQ.YQ.Y", "the token's signature is not base64url"),
            ("YQ.YQ.YQ.YQ", "a token has three parts, this has more"),
            ("YQ.YQ.YQ.YQ.YQ", "five parts: encrypted tokens are not supported"),
            ("YQ.YQ.YQ.YQ.YQ.YQ", "a token has three parts, this has more"),
        ] {
            assert_eq!(parse_token(token).unwrap_err().to_string(), format!("unreadable body: {message}"));
        }
    }

    #[test]
    fn a_widgets_body_is_the_token_it_carries() {
        let token = token().signed();
        let expected = parse_token(&token).unwrap();
        for wrapped in [
            format!(r#"{{"token":"{token}"}}"#),
            format!(r#" {{ "other": {{"id":1}}, "\u0074oken" : "{token}", "other": 2 }} "#),
            format!(r#"{{"token":"{}"}}"#, token.replacen('.', "\\u002e", 1)),
            format!("token={token}"),
            format!("token={token}\n"),
        ] {
            assert_eq!(parse_token(&wrapped).unwrap(), expected, "{wrapped}");
            assert_refused(
                Receiver::unsigned_json().parse_at(wrapped.as_bytes(), at(ISSUED_AT)),
                ErrorKind::FormatRefused,
            );
        }
    }

    #[test]
    fn what_is_almost_a_widgets_body_is_none() {
        let token = token().signed();
        for wrapped in [
            format!("token={token}&x=y"),
            format!("token=token={token}"),
            format!("x=y&token={token}"),
            format!("token={}", token.replacen('.', "%2E", 1)),
            format!("Token={token}"),
            format!(r#"{{"token":"{token}","token":"{token}"}}"#),
            format!(r#"{{"token":["{token}"]}}"#),
            format!(r#"{{"token":{{"token":"{token}"}}}}"#),
            format!(r#"{{"token":"token={token}"}}"#),
            format!(r#"{{"token":"{token}\n"}}"#),
            format!(r#"{{"token":" {token}"}}"#),
            format!(r#"{{"token":"{token}"}} x"#),
            format!(r#"["{token}"]"#),
        ] {
            for receiver in receivers() {
                let kind = receiver.parse_at(wrapped.as_bytes(), at(ISSUED_AT)).map_err(|error| error.kind());
                assert_eq!(kind, Err(ErrorKind::Body), "{wrapped}");
            }
        }
        let mut not_utf_8 = format!(r#"{{"x":"?","token":"{token}"}}"#).into_bytes();
        not_utf_8[6] = 0xff;
        for receiver in receivers() {
            assert_refused(receiver.parse_at(&not_utf_8, at(ISSUED_AT)), ErrorKind::Body);
        }
    }

    #[test]
    fn a_token_beside_a_member_of_the_envelope_is_not_looked_at() {
        let token = token().signed();
        for member in [
            r#""id":"w""#,
            r#""id":null"#,
            r#""eventType":"x""#,
            r#""userId":"u""#,
            r#""userid":"u""#,
            r#""payload":{}"#,
        ] {
            for body in
                [format!(r#"{{{member},"token":"{token}"}}"#), format!(r#"{{"token":"{token}",{member}}}"#)]
            {
                assert_token_refused(&body, ErrorKind::FormatRefused);
                assert_refused(
                    signed_receiver().and_unsigned_json().parse_at(body.as_bytes(), at(ISSUED_AT)),
                    ErrorKind::Body,
                );
            }
        }
    }

    #[test]
    fn a_whole_envelope_with_a_token_in_it_is_an_envelope() {
        let body = format!(r#"{{"id":"w","eventType":"x","payload":1,"token":"{}"}}"#, token().signed());
        let webhook = signed_receiver().and_unsigned_json().parse_at(body.as_bytes(), at(ISSUED_AT)).unwrap();
        assert_eq!(*webhook.authenticity(), Authenticity::Unsigned);
        assert_token_refused(&body, ErrorKind::FormatRefused);
    }

    #[test]
    fn a_token_is_refused_where_plain_json_is_asked_for() {
        let token = token().signed();
        assert_refused(
            Receiver::unsigned_json().parse_at(token.as_bytes(), at(ISSUED_AT)),
            ErrorKind::FormatRefused,
        );
    }
}

mod header {
    use super::*;

    #[test]
    fn a_type_is_that_of_a_security_event_token_or_absent() {
        for typ in
            ["JWT", "jwt", "secevent+jwt", "SecEvent+JWT", "application/secevent+jwt", "APPLICATION/jwt"]
        {
            assert!(is_accepted(&token().header("typ", json!(typ)).signed()), "{typ}");
        }
        for typ in [json!("at+jwt"), json!(7), json!(null), json!(""), json!("application/"), json!("jwtx")] {
            assert_token_refused(&token().header("typ", typ).signed(), ErrorKind::Header);
        }
    }

    #[test]
    fn extensions_are_refused_whatever_they_hold() {
        for name in ["crit", "b64", "zip", "enc"] {
            for value in [
                json!(null),
                json!([]),
                json!(["alg"]),
                json!(["b64"]),
                json!(["x"]),
                json!(false),
                json!("DEF"),
            ] {
                assert_token_refused(&token().header(name, value).signed(), ErrorKind::Header);
            }
        }
    }

    #[test]
    fn a_payload_that_is_not_encoded_is_refused() {
        // RFC 7797: with `b64` false the payload stands as it is.
        for token in [
            token().header("b64", json!(false)),
            token().header("b64", json!(false)).header("crit", json!(["b64"])),
        ] {
            assert_token_refused(&token.signed(), ErrorKind::Header);
            let header = base64url(token.header_text());
            let claims = token.claims_text();
            let signing_input = format!("{header}.{claims}");
            let signature = crate::support::signer::rs256(
                &crate::support::fixture("keys/test-rsa-2048.pem"),
                signing_input.as_bytes(),
            );
            // JSON is no base64url: it falls with the form of the body already.
            assert_token_refused(&format!("{signing_input}.{}", base64url(signature)), ErrorKind::Body);
        }
    }

    #[test]
    fn a_header_is_one_object_that_names_each_member_once() {
        let claims = token().claims_text();
        let good = token().header_text();
        let long = format!(r#"{{"x":"{}",{}"#, "x".repeat(8 * 1024), &good[1..]);
        for header in [
            format!(r#"{{"alg":"RS256",{}"#, &good[1..]),
            format!(r#"{{"\u0061lg":"RS256",{}"#, &good[1..]),
            format!(r#"{{"x":1,"x":1,{}"#, &good[1..]),
            r#"{"kid":"\ud800","alg":"none"}"#.to_owned(),
            format!(r#"{{"\ud800":1,{}"#, &good[1..]),
            format!("{good} {good}"),
            format!("{good}x"),
            format!("[{good}]"),
            good.replacen('{', r#"{"x":NaN,"#, 1),
            good.replacen('{', "{/**/", 1),
            long,
            "null".to_owned(),
            "7".to_owned(),
            "{".to_owned(),
        ] {
            assert_token_refused(&sign_parts(&header, &claims), ErrorKind::Header);
        }
        assert_token_refused(&sign_parts([0xff, 0xfe], &claims), ErrorKind::Header);
    }

    #[test]
    fn a_header_of_exactly_the_limit_is_read() {
        let good = token().header_text();
        let padding = 8 * 1024 - good.len() - r#""x":"","#.len();
        let header = format!(r#"{{"x":"{}",{}"#, "x".repeat(padding), &good[1..]);
        assert_eq!(header.len(), 8 * 1024);
        assert!(is_accepted(&sign_parts(header, token().claims_text())));
    }

    #[test]
    fn the_key_id_is_a_string_of_some_length() {
        for kid in [json!(null), json!(""), json!(7), json!([KEY_ID]), json!("x".repeat(257))] {
            assert_token_refused(&token().header("kid", kid).signed(), ErrorKind::KeyId);
        }
        assert_token_refused(&token().without_header("kid").signed(), ErrorKind::KeyId);
    }

    #[test]
    fn an_unknown_key_id_is_never_a_guess() {
        let nearly = [format!("{KEY_ID} "), format!("{KEY_ID}\n"), KEY_ID.to_lowercase(), "x".repeat(256)];
        for kid in
            ["other", "\0", "\n", "../../dev/null", "' OR 1=1", "*"].map(str::to_owned).iter().chain(&nearly)
        {
            assert_token_refused(&token().header("kid", json!(kid)).signed(), ErrorKind::UnknownKey);
        }
    }

    #[test]
    fn keys_in_the_token_are_of_no_matter() {
        let token = token().header("jwk", json!({"kty": "RSA"})).header("jku", json!("https://example.com"));
        assert!(is_accepted(&token.signed()));
    }
}

mod signature {
    use super::*;

    #[test]
    fn other_claims_under_a_good_signature_are_refused() {
        let token = token().signed();
        let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let claims = super::token().claim("sub", json!("another")).claims_text();
        assert_token_refused(&format!("{header}.{}.{signature}", base64url(claims)), ErrorKind::Signature);
    }

    #[test]
    fn claims_are_not_looked_at_before_the_signature() {
        let token = token().signed();
        let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!() };
        assert_token_refused(
            &format!("{header}.{}.{signature}", base64url("no claims")),
            ErrorKind::Signature,
        );
    }

    #[test]
    fn a_failure_says_no_more_than_that() {
        let token = token().signed();
        let (signing_input, _) = token.rsplit_once('.').unwrap();
        let error = parse_token(&format!("{signing_input}.")).unwrap_err();
        assert_eq!(error.to_string(), "bad signature: it does not verify");
    }
}

mod claims {
    use super::*;

    #[test]
    fn claims_are_one_object() {
        let header = token().header_text();
        let good = token().claims_text();
        for claims in [format!("[{good}]"), format!("{good}{good}"), "null".to_owned(), good[1..].to_owned()]
        {
            assert_token_refused(&sign_parts(&header, &claims), ErrorKind::Claims);
        }
        assert_token_refused(&sign_parts(&header, b"{\"iss\":\"\xff\"}"), ErrorKind::Claims);
    }

    #[test]
    fn the_claims_that_are_read_stand_once() {
        let good = token().claims_text();
        for twice in [
            r#""iss":"x""#,
            r#""aud":"x""#,
            r#""jti":"x""#,
            r#""sub":"x""#,
            r#""iat":1"#,
            r#""events":{}"#,
            r#""\u0065vents":{}"#,
        ] {
            let claims = format!("{{{twice},{}", &good[1..]);
            assert_token_refused(&sign_parts(token().header_text(), claims), ErrorKind::Claims);
        }
        let claims = format!(r#"{{"x":1,"x":"\ud800",{}"#, &good[1..]);
        assert!(is_accepted(&sign_parts(token().header_text(), claims)));
    }

    #[test]
    fn the_token_id_is_a_string_that_is_not_empty() {
        for jti in [json!(""), json!(7), json!(null)] {
            assert_token_refused(&token().claim("jti", jti).signed(), ErrorKind::Claims);
        }
        let long = token().claim("jti", json!("x".repeat(1_000_000))).signed();
        assert_token_refused(&long, ErrorKind::TooLarge);
        assert_token_refused(&token().without_claim("jti").signed(), ErrorKind::Claims);
    }

    #[test]
    fn the_subject_is_a_string_or_null_or_absent() {
        for token in [token().claim("sub", json!(null)), token().without_claim("sub")] {
            assert_eq!(parse_token(&token.signed()).unwrap().user_id(), None);
        }
        for sub in [json!(7), json!(["u"]), json!({})] {
            assert_token_refused(&token().claim("sub", sub).signed(), ErrorKind::Claims);
        }
    }

    #[test]
    fn there_is_exactly_one_event_and_its_value_is_an_object() {
        let urn = format!("{PREFIX}payment-completed");
        for events in [
            json!(null),
            json!([]),
            json!([urn]),
            json!({}),
            json!({ &urn: {}, "urn:other": {} }),
            json!({ &urn: null }),
            json!({ &urn: [] }),
            json!({ &urn: "x" }),
            json!({ "urn:unknown": 7 }),
            json!({ format!("{PREFIX}affordability-report-success"): [] }),
        ] {
            assert_token_refused(&token().claim("events", &events).signed(), ErrorKind::Claims);
        }
        assert_token_refused(
            &token().claim("events", format!(r#"{{"{urn}":{{}},"{urn}":{{}}}}"#)).signed(),
            ErrorKind::Claims,
        );
        assert_token_refused(&token().without_claim("events").signed(), ErrorKind::Claims);
    }

    #[test]
    fn the_marks_of_other_tokens_are_refused() {
        for name in ["nonce", "at_hash", "c_hash", "s_hash"] {
            for value in [json!("x"), json!(null)] {
                assert_token_refused(&token().claim(name, value).signed(), ErrorKind::Claims);
            }
        }
        let logout = token().event("http://schemas.openid.net/event/backchannel-logout", json!({}));
        assert_token_refused(&logout.signed(), ErrorKind::Claims);
        // An access token: no event at all.
        assert_token_refused(
            &token().without_claim("events").claim("exp", ISSUED_AT + 60).signed(),
            ErrorKind::Claims,
        );
    }

    #[test]
    fn a_lone_surrogate_in_a_claim_that_is_read_is_refused_before_what_it_says() {
        for (name, value) in [
            ("iss", r#""\ud800""#),
            ("aud", r#""\ud800""#),
            ("aud", r#"["\ud800"]"#),
            ("jti", r#""\ud800""#),
            ("sub", r#""\ud800""#),
        ] {
            assert_token_refused(&token().claim(name, value).signed(), ErrorKind::Claims);
        }
        assert!(is_accepted(&token().claim("other", r#""\ud800""#).signed()));
    }

    #[test]
    fn the_issuer_is_one_of_ours_byte_for_byte() {
        for iss in [
            json!(null),
            json!(7),
            json!([ISSUER]),
            json!(""),
            json!(format!("{ISSUER}/")),
            json!(ISSUER.to_uppercase()),
            json!(ISSUER.replace('o', "ο")),
            json!("https://identity-dev.moneyhub.co.uk"),
        ] {
            assert_token_refused(&token().claim("iss", iss).signed(), ErrorKind::Issuer);
        }
        assert_token_refused(&token().without_claim("iss").signed(), ErrorKind::Issuer);
    }

    #[test]
    fn no_issuer_or_an_empty_one_matches_nothing() {
        for (issuers, iss) in [(vec![], ISSUER), (vec![], ""), (vec![""], "")] {
            let receiver = signed_receiver().issuers(issuers);
            let token = token().claim("iss", json!(iss)).signed();
            assert_refused(receiver.parse_at(token.as_bytes(), at(ISSUED_AT)), ErrorKind::Issuer);
        }
    }

    #[test]
    fn the_audience_names_our_client_id() {
        for aud in [json!(CLIENT_ID), json!([CLIENT_ID]), json!(["other", CLIENT_ID])] {
            assert!(is_accepted(&token().claim("aud", aud).signed()));
        }
        for aud in [
            json!(null),
            json!(7),
            json!([]),
            json!([1, CLIENT_ID]),
            json!({}),
            json!("other"),
            json!(["other"]),
            json!([[CLIENT_ID]]),
            json!(format!("{CLIENT_ID}\0")),
            json!(CLIENT_ID.to_uppercase()),
        ] {
            assert_token_refused(&token().claim("aud", aud).signed(), ErrorKind::Audience);
        }
        assert_token_refused(&token().without_claim("aud").signed(), ErrorKind::Audience);
    }

    #[test]
    fn an_empty_client_id_matches_nothing() {
        let receiver = Receiver::signed(test_keys(), "");
        for aud in [json!(""), json!([""]), json!([])] {
            let token = token().claim("aud", aud).signed();
            assert_refused(receiver.parse_at(token.as_bytes(), at(ISSUED_AT)), ErrorKind::Audience);
        }
    }
}

mod time {
    use super::*;

    fn judge(token: &str, now: DateTime<Utc>) -> Result<Webhook, Error> {
        signed_receiver().parse_at(token.as_bytes(), now)
    }

    #[test]
    fn exactly_the_maximum_age_is_good_and_the_skew_does_not_widen_it() {
        let token = token().signed();
        assert!(judge(&token, at(ISSUED_AT + 300)).is_ok());
        assert_refused(judge(&token, at(ISSUED_AT + 301)), ErrorKind::Expired);
        let just_over = at(ISSUED_AT + 300) + Duration::from_millis(1);
        assert_refused(judge(&token, just_over), ErrorKind::Expired);
    }

    #[test]
    fn exactly_the_skew_ahead_is_good() {
        let token = token().signed();
        assert!(judge(&token, at(ISSUED_AT - 60)).is_ok());
        assert_refused(judge(&token, at(ISSUED_AT - 61)), ErrorKind::NotYetValid);
    }

    #[test]
    fn an_expiry_and_a_beginning_hold_within_the_skew() {
        let expires = token().claim("exp", ISSUED_AT).signed();
        assert!(judge(&expires, at(ISSUED_AT + 60)).is_ok());
        assert_refused(judge(&expires, at(ISSUED_AT + 61)), ErrorKind::Expired);
        let begins = token().claim("nbf", ISSUED_AT + 60).signed();
        assert!(judge(&begins, at(ISSUED_AT)).is_ok());
        assert_refused(judge(&begins, at(ISSUED_AT - 1)), ErrorKind::NotYetValid);
    }

    #[test]
    fn the_bounds_are_the_receivers() {
        let receiver = signed_receiver().max_age(Duration::from_secs(10)).clock_skew(Duration::ZERO);
        let token = token().signed();
        assert!(receiver.parse_at(token.as_bytes(), at(ISSUED_AT + 10)).is_ok());
        assert_refused(receiver.parse_at(token.as_bytes(), at(ISSUED_AT + 11)), ErrorKind::Expired);
        assert_refused(receiver.parse_at(token.as_bytes(), at(ISSUED_AT - 1)), ErrorKind::NotYetValid);
    }

    #[test]
    fn times_are_numbers_of_any_form_that_the_calendar_holds() {
        for iat in
            ["1735689600.5", "1735689600.0", "1.7356896e9", "17356896E+2", "1735689600.123456789012345"]
        {
            assert!(judge(&token().claim("iat", iat).signed(), at(ISSUED_AT)).is_ok(), "{iat}");
        }
        for name in ["iat", "exp", "nbf"] {
            for value in [r#""1735689600""#, "null", "[]", "1e400", "-1e400", "1e18", "-9223372036854775808"]
            {
                assert_token_refused(&token().claim(name, value).signed(), ErrorKind::Claims);
            }
        }
        assert_token_refused(&token().without_claim("iat").signed(), ErrorKind::Claims);
        assert_token_refused(&token().claim("iat", "-1").signed(), ErrorKind::Expired);
    }

    #[test]
    fn a_fraction_of_a_second_is_kept_to_the_microsecond() {
        let webhook = judge(&token().claim("iat", "1735689600.123456").signed(), at(ISSUED_AT)).unwrap();
        let Authenticity::Signed { issued_at, .. } = webhook.authenticity() else { panic!() };
        assert_eq!(*issued_at, "2025-01-01T00:00:00.123456Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn no_bound_and_no_clock_panics() {
        let token = token().signed();
        for now in [DateTime::<Utc>::MIN_UTC, at(ISSUED_AT), DateTime::<Utc>::MAX_UTC] {
            let endless = signed_receiver().max_age(Duration::MAX).clock_skew(Duration::MAX);
            assert!(endless.parse_at(token.as_bytes(), now).is_ok());
            assert!(endless.max_age(None).parse_at(token.as_bytes(), now).is_ok());
        }
        assert_refused(judge(&token, DateTime::<Utc>::MIN_UTC), ErrorKind::NotYetValid);
        assert_refused(judge(&token, DateTime::<Utc>::MAX_UTC), ErrorKind::Expired);
    }

    #[test]
    fn parse_reads_the_clock_of_the_system() {
        let old = signed_receiver().parse(token().signed().as_bytes());
        assert_refused(old, ErrorKind::Expired);
        let endless = signed_receiver().max_age(None);
        assert!(endless.parse(token().signed().as_bytes()).is_ok());
    }
}

#[test]
fn the_first_failing_check_is_the_one_reported() {
    // Everything is wrong at first; each step mends the check that was reported.
    let mut token = token()
        .header("typ", json!("at+jwt"))
        .header("alg", json!("none"))
        .header("kid", json!(""))
        .claim("iss", json!("https://other"))
        .claim("aud", json!("other"))
        .claim("iat", 0)
        .claim("nbf", ISSUED_AT + 1000)
        .claim("events", json!({}));
    let mut step = |kind: ErrorKind, mend: &dyn Fn(crate::support::Token) -> crate::support::Token| {
        assert_token_refused(&token.signed(), kind);
        token = mend(token.clone());
    };
    step(ErrorKind::Header, &|token| token.without_header("typ"));
    step(ErrorKind::Algorithm, &|token| token.header("alg", json!("RS256")));
    step(ErrorKind::KeyId, &|token| token.header("kid", json!("other")));
    step(ErrorKind::UnknownKey, &|token| token.header("kid", json!(KEY_ID)));
    step(ErrorKind::Claims, &|token| token.event("urn:x", json!({})));
    step(ErrorKind::Issuer, &|token| token.claim("iss", json!(ISSUER)));
    step(ErrorKind::Audience, &|token| token.claim("aud", json!(CLIENT_ID)));
    step(ErrorKind::Expired, &|token| token.claim("iat", ISSUED_AT));
    step(ErrorKind::NotYetValid, &|token| token.without_claim("nbf"));
    assert!(matches!(parse_token(&token.signed()).unwrap().event(), Event::Unknown(_)));
}
