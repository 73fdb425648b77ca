use crate::{Caching, Object, Site, paths::product_path, site::PageKey};
use domain::catalogue::Sort;
use std::fmt::Write;

/// Addresses in one sitemap; the protocol allows 50,000.
const ADDRESSES: usize = 40_000;

impl Site<'_> {
    pub(crate) fn robots(&self) -> Object {
        let personal = ["/account", "/admin", "/auth", "/cart", "/checkout", "/orders"];
        let mut text = "User-agent: *\n".to_owned();
        for path in personal {
            let _ = writeln!(text, "Disallow: {path}");
        }
        let _ = writeln!(text, "\nSitemap: {}", self.absolute("/sitemap.xml"));
        file("/robots.txt", "text/plain; charset=utf-8", text)
    }

    /// 0 for `sitemap.xml`, then the parts where one is not enough.
    pub(crate) fn sitemaps(&self) -> std::ops::Range<usize> {
        let parts = self.addresses().count().div_ceil(ADDRESSES);
        0..if parts > 1 { parts + 1 } else { 1 }
    }

    pub(crate) fn sitemap(&self, part: usize) -> Option<Object> {
        let parts = self.sitemaps();
        if !parts.contains(&part) {
            return None;
        }
        let opening = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        let schema = "http://www.sitemaps.org/schemas/sitemap/0.9";
        let mut xml = opening.to_owned();
        if part == 0 && parts.len() > 1 {
            let _ = writeln!(xml, "<sitemapindex xmlns=\"{schema}\">");
            for part in 1..parts.len() {
                let _ = writeln!(xml, "<sitemap><loc>{}</loc></sitemap>", self.absolute(&sitemap_path(part)));
            }
            xml.push_str("</sitemapindex>\n");
        } else {
            let _ = writeln!(xml, "<urlset xmlns=\"{schema}\">");
            for (path, changed) in self.addresses().skip(part.saturating_sub(1) * ADDRESSES).take(ADDRESSES) {
                let changed = changed.map(|day| format!("<lastmod>{day}</lastmod>")).unwrap_or_default();
                let _ = writeln!(xml, "<url><loc>{}</loc>{changed}</url>", self.absolute(&path));
            }
            xml.push_str("</urlset>\n");
        }
        Some(file(&sitemap_path(part), "application/xml", xml))
    }

    /// Every page that search engines should know, and the day it was changed where that is known.
    fn addresses(&self) -> impl Iterator<Item = (String, Option<String>)> + '_ {
        let fixed = ["/".to_owned(), "/categories/".to_owned()].into_iter();
        let listings = self.categories().flat_map(move |category| {
            (1..=self.page_count(category.as_ref()))
                .filter_map(move |page| self.listing_path(category.as_ref(), Sort::Default, page))
        });
        let products = self.products.iter().map(|p| {
            let day: String = p.updated_at.to_string().chars().take(10).collect();
            (product_path(&p.slug), Some(day))
        });
        fixed.chain(listings).map(|path| (path, None)).chain(products)
    }

    /// All sitemaps, for changes of what there is.
    pub(crate) fn sitemap_keys(&self) -> impl Iterator<Item = PageKey> {
        self.sitemaps().map(PageKey::Sitemap)
    }
}

/// The address of a sitemap: the first, or one of its parts.
pub(crate) fn sitemap_path(part: usize) -> String {
    if part == 0 { "/sitemap.xml".to_owned() } else { format!("/sitemaps/{part}.xml") }
}

fn file(path: &str, content_type: &'static str, text: String) -> Object {
    Object { path: path.to_owned(), content_type, caching: Caching::Page, location: None, body: text.into_bytes() }
}
