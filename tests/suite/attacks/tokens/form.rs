//! The outer form of a token: three parts of strict base64url, bare or wrapped as payment widgets send them.

use moneyhub_webhooks::{Authenticity, ErrorKind, Receiver};
use serde_json::json;

use super::is_accepted;
use crate::support::{
    ISSUED_AT, assert_rejected, assert_token_rejected, at, parse_token, receivers, signed_receiver,
    token,
};

#[test]
fn one_line_break_after_a_token_is_accepted_and_other_white_space_is_rejected() {
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
        assert_token_rejected(&bad, ErrorKind::Body);
    }
}

#[test]
fn a_token_has_three_parts_of_strict_base64url() {
    let token = token().signed();
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
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
        // In 256 bytes, the last four bits of the last digit are unused. They must be zero.
        format!("{header}.{claims}.{}B", &signature[..signature.len() - 1]),
    ] {
        assert_token_rejected(&bad, ErrorKind::Body);
    }
    assert_token_rejected(&format!("{header}.{claims}."), ErrorKind::Signature);
}

#[test]
fn padding_line_breaks_and_trailing_bits_in_token_parts_are_rejected() {
    let token = token().signed();
    let parts: Vec<&str> = token.split('.').collect();
    for at in 0..parts.len() {
        let part = parts[at];
        let mut spare = part.to_owned();
        // Set the lowest bit of the last digit, where it belongs to no byte. A complete part gets a digit too many.
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
            assert_token_rejected(&edited.join("."), ErrorKind::Body);
        }
    }
}

#[test]
fn the_json_serialization_of_a_token_is_rejected() {
    let token = token().signed();
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let flattened = json!({"payload": claims, "protected": header, "signature": signature});
    let general =
        json!({"payload": claims, "signatures": [{"protected": header, "signature": signature}]});
    for body in [flattened, general] {
        for receiver in receivers() {
            assert_rejected(
                receiver.parse_at(body.to_string().as_bytes(), at(ISSUED_AT)),
                ErrorKind::Body,
            );
        }
    }
}

#[test]
fn messages_say_which_part_of_a_token_is_malformed() {
    for (token, message) in [
        ("", "the body is empty"),
        ("YQ", "neither a JSON object nor a token"),
        ("YQ.YQ", "a token has three parts, this one has two"),
        ("YQ..YQ", "the token's header or claims are empty"),
        ("Y.YQ.YQ", "the token's header is not base64url"),
        ("YQ.Y.YQ", "the token's claims are not base64url"),
        ("YQ.YQ.Y", "the token's signature is not base64url"),
        ("YQ.YQ.YQ.YQ", "a token has three parts, this one has more"),
        (
            "YQ.YQ.YQ.YQ.YQ",
            "five parts: encrypted tokens are not supported",
        ),
        (
            "YQ.YQ.YQ.YQ.YQ.YQ",
            "a token has three parts, this one has more",
        ),
    ] {
        assert_eq!(
            parse_token(token).unwrap_err().to_string(),
            format!("unreadable body: {message}")
        );
    }
}

#[test]
fn a_wrapped_token_is_parsed_like_the_bare_token() {
    let token = token().signed();
    let expected = parse_token(&token).unwrap();
    for wrapped in [
        format!(r#"{{"token":"{token}"}}"#),
        format!(r#" {{ "other": {{"id":1}}, "\u0074oken" : "{token}", "other": 2 }} "#),
        format!(r#"{{"token":"{}"}}"#, token.replacen('.', "\\u002e", 1)),
        format!("token={token}"),
        format!("token={token}\n"),
        format!("token={token}&x=y"),
        format!("x=%2E&token={token}&Token=z"),
        format!(r#"{{"id":"w","userId":7,"payload":{{}},"token":"{token}"}}"#),
        format!(r#"{{"token":"{token}","id":"w","id":"w"}}"#),
    ] {
        assert_eq!(parse_token(&wrapped).unwrap(), expected, "{wrapped}");
        assert_rejected(
            Receiver::unsigned_json().parse_at(wrapped.as_bytes(), at(ISSUED_AT)),
            ErrorKind::FormatRejected,
        );
    }
}

#[test]
fn malformed_wrappers_of_a_token_are_rejected() {
    let token = token().signed();
    for wrapped in [
        format!("token={token}&token={token}"),
        format!("token={token}&token="),
        format!("token=token={token}"),
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
            let kind = receiver
                .parse_at(wrapped.as_bytes(), at(ISSUED_AT))
                .map_err(|error| error.kind());
            assert_eq!(kind, Err(ErrorKind::Body), "{wrapped}");
        }
    }
    let mut not_utf_8 = format!(r#"{{"x":"?","token":"{token}"}}"#).into_bytes();
    not_utf_8[6] = 0xff;
    for receiver in receivers() {
        assert_rejected(
            receiver.parse_at(&not_utf_8, at(ISSUED_AT)),
            ErrorKind::Body,
        );
    }
}

#[test]
fn the_error_of_a_wrapper_says_what_is_wrong_with_its_token() {
    for (wrapped, detail) in [
        (r#"{"token":"a.b.c","token":"a.b.c"}"#, "duplicate `token`"),
        (r#"{"token":["a.b.c"]}"#, "`token` is not a string"),
        ("token=a.b.c&token=", "a form with several fields `token`"),
    ] {
        let error = parse_token(wrapped).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Body);
        assert!(error.to_string().ends_with(detail), "{error}");
    }
}

#[test]
fn an_object_with_an_event_type_is_plain_json_even_with_a_token() {
    let body = format!(
        r#"{{"id":"w","eventType":"x","payload":1,"token":"{}"}}"#,
        token().signed()
    );
    let webhook = signed_receiver()
        .and_unsigned_json()
        .parse_at(body.as_bytes(), at(ISSUED_AT))
        .unwrap();
    assert_eq!(*webhook.authenticity(), Authenticity::Unsigned);
    assert_token_rejected(&body, ErrorKind::FormatRejected);
}

#[test]
fn an_unsigned_only_receiver_rejects_tokens() {
    let token = token().signed();
    assert_rejected(
        Receiver::unsigned_json().parse_at(token.as_bytes(), at(ISSUED_AT)),
        ErrorKind::FormatRejected,
    );
}
