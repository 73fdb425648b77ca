use crate::{Object, Site, paths::category_path};
use domain::{
    catalogue::{ListingPage, Sort},
    text::Id,
};
use render::{
    Breadcrumb, Chrome, RenderError, json_ld,
    views::catalogue::{Listing, PageLink, SortLink},
};
use serde_json::json;

/// Products on a page.
pub const PAGE: usize = 24;

/// What the page calls an order.
fn label(sort: Sort) -> &'static str {
    match sort {
        Sort::Default => "Our choice",
        Sort::PriceUp => "Price, low to high",
        Sort::PriceDown => "Price, high to low",
        Sort::Newest => "Newest",
        Sort::Name => "Name",
    }
}

impl Site<'_> {
    /// Pages of a listing, at least one.
    pub(crate) fn page_count(&self, category: Option<&Id>) -> usize {
        self.members(category).len().div_ceil(PAGE).max(1)
    }

    /// The address of a listing's page, `None` for a category that is not there.
    pub(crate) fn listing_path(&self, category: Option<&Id>, sort: Sort, page: usize) -> Option<String> {
        let base = match category {
            Some(id) => category_path(&self.snapshot.tree.get(id)?.slug),
            None if sort == Sort::Default && page == 1 => "/products/".to_owned(),
            None => "/products/all/".to_owned(),
        };
        Some(format!("{base}{}", ListingPage { sort, number: page }.path()))
    }

    pub(crate) fn listing(&self, category: Option<&Id>, sort: Sort, page: usize) -> Result<Option<Object>, RenderError> {
        let count = self.page_count(category);
        let (true, Some(path)) = ((1..=count).contains(&page), self.listing_path(category, sort, page)) else { return Ok(None) };
        let found = category.and_then(|id| self.snapshot.tree.get(id));
        let heading = found.map_or_else(|| "All products".to_owned(), |c| c.name.to_string());
        let mut breadcrumbs = self.breadcrumbs(category);
        if category.is_none() {
            breadcrumbs.push(Breadcrumb { name: heading.clone(), path: "/products/".to_owned() });
        }
        let positions = self.sorted(category, sort);
        let start = (page - 1) * PAGE;
        let shown = positions.get(start..positions.len().min(start + PAGE)).unwrap_or_default();
        let link = |sort, page| self.listing_path(category, sort, page).unwrap_or_default();
        let view = Listing {
            title: title(&heading, sort, page),
            everything: category.is_none(),
            description: found.filter(|_| page == 1).map(|c| c.description.clone()).unwrap_or_default(),
            children: category
                .map(|id| self.snapshot.tree.children(Some(id)).map(|c| self.tile(c)).collect())
                .unwrap_or_default(),
            sorts: Sort::ALL.map(|s| SortLink { name: label(s).to_owned(), path: link(s, 1), current: s == sort }).into(),
            cards: self.cards(shown.iter().copied())?,
            first: start + 1,
            last: start + shown.len(),
            total: positions.len(),
            pages: page_links(page, count).map(|n| PageLink { number: n, path: link(sort, n), current: n == page }).collect(),
            breadcrumbs,
            heading,
        };
        let chrome = Chrome {
            // Other orders show the same products: the default order's page stands for them.
            canonical: Some(link(Sort::Default, page)),
            description: description(found.map(|c| c.description.as_str()), &view.heading, &self.info.name),
            image: found.and_then(|c| c.image.clone()),
            structured: vec![json_ld(&self.breadcrumb_list(&view.breadcrumbs))],
            previous: (page > 1).then(|| link(sort, page - 1)),
            next: (page < count).then(|| link(sort, page + 1)),
            ..Chrome::default()
        };
        self.page(path, &view, chrome).map(Some)
    }

    /// `BreadcrumbList` of schema.org.
    pub(crate) fn breadcrumb_list(&self, breadcrumbs: &[Breadcrumb]) -> serde_json::Value {
        let steps = breadcrumbs.iter().enumerate().map(
            |(i, step)| json!({ "@type": "ListItem", "position": i + 1, "name": step.name, "item": self.absolute(&step.path) }),
        );
        json!({ "@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": steps.collect::<Vec<_>>() })
    }
}

fn title(heading: &str, sort: Sort, page: usize) -> String {
    let mut title = heading.to_owned();
    if sort != Sort::Default {
        title = format!("{title}, {}", label(sort).to_lowercase());
    }
    if page > 1 { format!("{title}, page {page}") } else { title }
}

fn description(of_category: Option<&str>, heading: &str, shop: &str) -> String {
    match of_category {
        Some(text) if !text.is_empty() => text.chars().take(300).collect(),
        _ => format!("{heading} at {shop}."),
    }
}

/// 1, the neighbours of the current page, the last one, and 0 for each gap; nothing for a single page.
fn page_links(current: usize, count: usize) -> impl Iterator<Item = usize> {
    let mut numbers = Vec::new();
    for number in (1..=count).filter(|_| count > 1) {
        if number == 1 || number == count || number.abs_diff(current) <= 2 {
            numbers.push(number);
        } else if numbers.last() != Some(&0) {
            numbers.push(0);
        }
    }
    numbers.into_iter()
}
