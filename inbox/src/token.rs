//! Finds the token in a body, without verifying it: two bodies with the same token count once.

use std::borrow::Cow;

use serde::Deserialize;

/// The token in a body: in the JSON or the form of payment widgets, or the body itself.
pub(crate) fn token(body: &str) -> Cow<'_, str> {
    #[derive(Deserialize)]
    struct Wrapped<'a> {
        #[serde(borrow)]
        token: Cow<'a, str>,
    }

    let body = body.trim();
    if body.starts_with('{')
        && let Ok(Wrapped { token }) = serde_json::from_str(body)
    {
        return token;
    }
    let mut fields = body.split('&');
    fields
        .find_map(|field| field.strip_prefix("token="))
        .unwrap_or(body)
        .into()
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn the_token_is_found_in_each_wrapping() {
        for body in [
            "a.b.c",
            "a.b.c\r\n",
            "x=1&token=a.b.c",
            r#"{"id":"1","token":"a.b.c"}"#,
            "\n { \"token\" : \"a.b.c\" } ",
        ] {
            assert_eq!(token(body), "a.b.c", "{body:?}");
        }
    }
}
