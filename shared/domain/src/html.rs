//! HTML from outside: product descriptions of staff and of imported files.

/// Keeps what describes a product (headings, lists, tables, emphasis, links) and nothing that runs, loads or disguises.
pub fn sanitise(raw: &str) -> String {
    ammonia::Builder::default()
        .rm_tags(["img", "map", "area", "figure", "figcaption"])
        .add_tag_attributes("a", ["href"])
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("noopener nofollow"))
        .clean(&crate::text::free_text(raw))
        .to_string()
        .trim()
        .to_owned()
}

/// The words of sanitised HTML on one line, at most `max` characters, ending at a word.
pub fn summary(html: &str, max: usize) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(c),
            _ => {}
        }
    }
    let text =
        text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    let mut summary = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        length += word.chars().count() + 1;
        if length > max {
            summary.push('…');
            break;
        }
        if !summary.is_empty() && !word.starts_with([',', '.', ';', ':', '!', '?']) {
            summary.push(' ');
        }
        summary.push_str(word);
    }
    summary
}
