use headers_accept::Accept;
use http::{HeaderMap, header};
use mediatype::MediaType;

/// What the shop answers in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Pages, for people.
    Html,
    /// Views and problems as documents, for programs.
    Json,
}

/// Media types that are answered.
const OFFERED: [&str; 3] = ["text/html", "application/json", "application/problem+json"];

/// `Accept` with its weights, wildcards and in any case (RFC 9110, 12.5.1); of what weighs the same, what it names first.
/// Parameters but the weight choose nothing: the shop has one form of each type. Who says nothing, or what cannot be read, gets
/// pages. `None`: neither is wanted.
pub(crate) fn wanted(headers: &HeaderMap) -> Option<Format> {
    let offered: Vec<MediaType<'_>> = OFFERED.iter().filter_map(|name| MediaType::parse(name).ok()).collect();
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<String> = values.flat_map(|value| value.split(',')).map(without_parameters).collect();
    let values = ranges.join(",");
    let Some(accept) = Some(values.trim()).filter(|v| !v.is_empty()).and_then(|v| v.parse::<Accept>().ok()) else {
        return Some(Format::Html);
    };
    let chosen = accept.negotiate(&offered)?;
    Some(if chosen.ty == mediatype::names::TEXT { Format::Html } else { Format::Json })
}

/// A range with its weight alone, in lower case.
fn without_parameters(range: &str) -> String {
    let range = range.to_ascii_lowercase();
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_owned();
    parts.find(|part| part.starts_with("q=")).map_or_else(|| name.clone(), |weight| format!("{name};{weight}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&'static str]) -> Option<Format> {
        let headers = values.iter().map(|value| (header::ACCEPT, http::HeaderValue::from_static(value)));
        wanted(&headers.collect())
    }

    #[test]
    fn what_weighs_most_is_answered_in() {
        let html = Some(Format::Html);
        let json = Some(Format::Json);
        for (accept, format) in [
            ("application/json", json),
            ("Application/JSON", json),
            ("application/json;charset=utf-8, */*;q=0.1", json),
            ("text/html;charset=UTF-8;q=0.9", html),
            ("text/html;level=1", html),
            ("application/json;charset=utf-8;q=0.5, text/html;charset=utf-8", html),
            ("application/problem+json", json),
            ("application/*", json),
            ("application/json;q=0.9, text/html;q=0.8", json),
            ("text/html;q=0.8,application/json;q=0.9", json),
            ("application/json, */*;q=0.5", json),
            ("text/html;q=0, */*", json),
            ("application/json, text/plain, */*", json),
            ("application/json, text/html", json),
            ("text/html, application/json", html),
            ("TEXT/HTML, application/json;q=0.9", html),
            ("application/json;q=0.2, text/*", html),
            ("application/json;q=0, */*;q=0.1", html),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", html),
            ("*/*", html),
            ("", html),
            ("nonsense", html),
            ("image/png", None),
            ("application/json;q=0", None),
            ("text/html;q=0.0, application/json;q=0.000", None),
        ] {
            assert_eq!(of(&[accept]), format, "{accept}");
        }
        assert_eq!(of(&[]), html);
        assert_eq!(of(&["text/html;q=0.1", "application/json"]), json, "two headers are one list");
    }
}
