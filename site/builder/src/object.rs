/// How long an object may be kept by browsers and the CDN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Pages: browsers ask again each time, and are answered from the cache while they are unchanged. The CDN asks after ten
    /// seconds, so a page that was published is live by then and nothing needs to be invalidated.
    Page,
    /// Pictures and icons under a name that may get another content.
    Media,
    /// Files whose name changes with their content.
    Forever,
}

impl Caching {
    /// Value of `Cache-Control`.
    pub fn header(self) -> &'static str {
        match self {
            Self::Page => "public, max-age=0, s-maxage=10, must-revalidate",
            Self::Media => "public, max-age=3600",
            Self::Forever => "public, max-age=31536000, immutable",
        }
    }
}

/// A file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Address on the site.
    pub path: String,
    /// Media type.
    pub content_type: &'static str,
    /// How long it may be kept.
    pub caching: Caching,
    /// Where the address leads for ever, for a redirect.
    pub location: Option<String>,
    /// The content.
    pub body: Vec<u8>,
}

impl Object {
    /// An HTML page.
    pub(crate) fn page(path: String, html: String) -> Self {
        let content_type = "text/html; charset=utf-8";
        Self { path, content_type, caching: Caching::Page, location: None, body: html.into_bytes() }
    }

    /// An old address. Who cannot redirect shows its link.
    pub(crate) fn redirect(path: String, to: String) -> Self {
        let html = format!(
            "<!doctype html><title>Moved</title><link rel=\"canonical\" href=\"{to}\"><a href=\"{to}\">This page has moved.</a>\n"
        );
        Self { location: Some(to), ..Self::page(path, html) }
    }

    /// Its key in the bucket.
    pub fn key(&self) -> String {
        key_of(&self.path)
    }
}

/// The bucket's key of an address on the site.
pub fn key_of(path: &str) -> String {
    let key = path.trim_start_matches('/');
    if key.is_empty() || key.ends_with('/') { format!("{key}index.html") } else { key.to_owned() }
}
