//! HTML from outside: product descriptions of staff and of imported files.

mod left_out;

pub use left_out::{LeftOut, left_out};

/// Keeps what describes a product (headings, lists, tables, emphasis, links) and nothing that runs, loads or disguises.
pub fn sanitise(raw: &str) -> String {
    ammonia::Builder::default()
        .rm_tags(["img", "map", "area", "figure", "figcaption"])
        .add_tag_attributes("a", ["href"])
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("noopener nofollow"))
        .clean(&domain::text::free_text(raw))
        .to_string()
        .trim()
        .to_owned()
}
