//! `inspect --shape`: names and types, and no value.

use serde_json::{Value, json};

use crate::support::{fixture_path, run, run_with};

fn shape(body: &str) -> Value {
    let run = run_with(&["inspect", "--shape"], body.as_bytes());
    assert_eq!(run.status, 0, "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

fn fixture(path: &str) -> String {
    std::fs::read_to_string(fixture_path(path)).unwrap()
}

fn payload(payload: &str) -> Value {
    let body = format!(r#"{{"id":"1","eventType":"new","payload":{payload}}}"#);
    shape(&body)["body"]["payload"].take()
}

#[test]
fn values_are_replaced_by_their_types() {
    assert_eq!(
        payload(
            r#"{"a":"","b":"d520402a-d982-43ee-b1d1-bdfd282249ea","c":"2022-04-12T10:22:40.573Z","d":"2020-01-10",
                "e":"12345678","f":"5c79210bbac25ecb5e71ac40","g":"Test Bank","h":"\ud800","i":-5,"j":1.50,"k":1e3,
                "l":true,"m":null}"#
        ),
        json!({
            "a": "empty string", "b": "UUID", "c": "timestamp", "d": "date",
            "e": "string of 8 digits", "f": "string of 24 hexadecimal digits", "g": "string of length 9",
            "h": "string that is not Unicode", "i": "whole number",
            "j": "number with a fraction or an exponent", "k": "number with a fraction or an exponent",
            "l": "true or false", "m": null
        })
    );
}

#[test]
fn elements_of_the_same_shape_are_counted() {
    assert_eq!(
        payload(r#"[1,"x",2,{"x":[]},"y",{"x":[]},3]"#),
        json!(["3 times", "whole number", "2 times", "string of length 1", "2 times", {"x": []}])
    );
}

#[test]
fn names_that_may_be_values_are_replaced() {
    assert_eq!(
        payload(
            r#"{"iso20022":1,"urn:com:moneyhub:events:x-1":1,"12345678":1,"a b":1,"é":1,"http://a.example/":1,"A_1":1}"#
        ),
        json!({
            "(name of length 8)": "whole number", "urn:com:moneyhub:events:x-1": "whole number",
            "(name of length 3)": "whole number", "(name of length 1)": "whole number",
            "(name of length 17)": "whole number", "A_1": "whole number"
        })
    );
}

#[test]
fn the_event_and_what_is_malformed_are_named() {
    let shape =
        shape(r#"{"id":"1","eventType":"paymentError","payload":{"paymentId":"p","status":5}}"#);
    assert_eq!(shape["event"], "paymentError");
    assert_eq!(shape["form"], "malformed");
    assert_eq!(shape["malformed_at"], "status");
    assert_eq!(shape["reason"], "expected a string");
    assert_eq!(shape["body"]["eventType"], "string of length 12");
}

#[test]
fn a_token_shows_the_shapes_of_its_header_and_claims() {
    let shape = shape(&fixture("tokens/paymentError.jwt"));
    assert_eq!(shape["format"], "token");
    assert_eq!(shape["event"], "urn:com:moneyhub:events:payment-error");
    assert_eq!(shape["form"], "known");
    assert_eq!(
        shape["header"],
        json!({"kid": "string of length 43", "alg": "string of length 5"})
    );
    let claims = &shape["claims"];
    assert_eq!(claims["iat"], "whole number");
    assert_eq!(claims["aud"], "UUID");
    let payload = &claims["events"]["urn:com:moneyhub:events:payment-error"];
    assert_eq!(payload["submittedAt"], "timestamp");
}

#[test]
fn no_value_of_any_fixture_is_shown() {
    /// Collects the strings of a JSON value that are long enough not to be words of the output.
    fn strings(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(elements) => elements.iter().for_each(|element| strings(element, found)),
            Value::Object(members) => members.values().for_each(|member| strings(member, found)),
            _ => {}
        }
    }

    let mut checked = 0;
    for event_type in moneyhub_webhooks::EventType::ALL {
        let body = fixture(&format!("json/{}.json", event_type.as_str()));
        let mut values = Vec::new();
        strings(&serde_json::from_str(&body).unwrap(), &mut values);
        let shown = shape(&body).to_string();
        for value in values
            .iter()
            .filter(|value| value.len() > 8 && *value != event_type.as_str())
        {
            assert!(!shown.contains(value.as_str()), "{value} is in {shown}");
            checked += 1;
        }
    }
    assert!(checked > 50, "{checked}");
}

#[test]
fn a_body_that_is_not_json_has_no_shape_but_its_format() {
    for body in ["", "not JSON: secret", "a.b"] {
        let shape = shape(body);
        assert_eq!(shape["format"], "unreadable", "{body}");
        assert_eq!(shape.as_object().unwrap().len(), 2, "{shape}");
    }
}

#[test]
fn options_that_would_verify_the_body_are_rejected() {
    assert_eq!(run(&["inspect", "--shape", "--output", "json"]).status, 2);
}

#[test]
fn wrapped_tokens_are_found_by_the_rules_of_the_library() {
    let token = fixture("tokens/paymentError.jwt");
    let token = token.trim();
    for (body, format) in [
        (
            format!(r#"{{"id":"1","token":"{token}"}}"#),
            "token_in_json",
        ),
        (format!(r#"{{"eventType":"x","token":"{token}"}}"#), "json"),
        (format!("x=y&token={token}&z="), "token_in_form"),
        (format!("token={token}&token={token}"), "unreadable"),
    ] {
        assert_eq!(shape(&body)["format"], format, "{body}");
    }
}

#[test]
fn the_first_known_event_of_several_is_read() {
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;

    let encoded = |json: &str| BASE64_URL_SAFE_NO_PAD.encode(json);
    let claims =
        r#"{"events":{"urn:new":{},"urn:com:moneyhub:events:payment-rejected":{"paymentId":1}}}"#;
    let shape = shape(&format!("{}.{}.AA", encoded("{}"), encoded(claims)));
    assert_eq!(shape["event"], "urn:com:moneyhub:events:payment-rejected");
    assert_eq!(shape["form"], "malformed");
    assert_eq!(shape["malformed_at"], "paymentId");
}
