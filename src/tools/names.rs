//! Names that the user configured: client ids and issuers.

/// Describes a mistake in configured names, as the end of a message: an empty name matches nothing, and white space at an
/// end usually comes from a file or a variable. Returns an empty string if there is no mistake.
pub(crate) fn mistake(names: &[String]) -> &'static str {
    let is_padded = |name: &String| name.trim() != name;
    match names {
        [] => ", of which there is none",
        [name] if name.is_empty() => ", which is empty",
        [name] if is_padded(name) => ", which has white space at an end",
        names if names.iter().any(String::is_empty) => ", one of which is empty",
        names if names.iter().any(is_padded) => ", one of which has white space at an end",
        _ => "",
    }
}

/// Copies names.
pub(crate) fn owned(names: impl IntoIterator<Item: AsRef<str>>) -> Vec<String> {
    let names = names.into_iter();
    names.map(|name| name.as_ref().to_owned()).collect()
}
