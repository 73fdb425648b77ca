use crate::{
    Object,
    card::card_of,
    order::put_in_order,
    paths::{category_path, nav_link, product_path},
    robots::sitemap_path,
};
use domain::{
    catalogue::{Product, Snapshot, Sort},
    text::{Id, Slug},
};
use render::{Breadcrumb, Chrome, Frame, NavLink, Page, RenderError, Renderer, SiteInfo};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// A page of the site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageKey {
    /// Home.
    Home,
    /// All categories.
    Categories,
    /// What unknown addresses show.
    NotFound,
    /// `robots.txt`
    Robots,
    /// `sitemap.xml` (0), and its parts when there are too many addresses for one.
    Sitemap(usize),
    /// Products of a category and all below it, or of the whole shop.
    Listing {
        /// `None` for the whole shop.
        category: Option<Id>,
        /// Their order.
        sort: Sort,
        /// From 1.
        page: usize,
    },
    /// A visible product.
    Product(Id),
    /// A product's old address.
    ProductRedirect(Slug),
    /// A category's old address, its first page.
    CategoryRedirect(Slug),
}

/// Positions of products in [`Site::products`].
type Positions = Arc<Vec<usize>>;

/// The site of a catalogue.
pub struct Site<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) info: &'a SiteInfo,
    renderer: &'a Renderer,
    /// The visible ones, by identifier.
    pub(crate) products: Vec<&'a Product>,
    /// Addresses of the visible products.
    slugs: HashSet<&'a Slug>,
    /// Products of each category and all below it, and of the whole shop, by identifier.
    members: HashMap<Option<Id>, Positions>,
    sorted: Mutex<HashMap<(Option<Id>, Sort), Positions>>,
    navigation: Vec<NavLink>,
    frame: OnceLock<Frame>,
    /// Each product as a card, by position: rendered once, shown on many pages.
    cards: Vec<OnceLock<String>>,
}

impl fmt::Debug for Site<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("products", &self.products.len()).finish_non_exhaustive()
    }
}

impl<'a> Site<'a> {
    /// Sorts the catalogue out; renders nothing yet.
    pub fn new(snapshot: &'a Snapshot, info: &'a SiteInfo, renderer: &'a Renderer) -> Self {
        let products: Vec<&Product> = snapshot.products.values().filter(|p| p.visible).collect();
        let mut members: BTreeMap<Option<Id>, Vec<usize>> =
            snapshot.tree.iter().map(|c| (Some(c.id.clone()), Vec::new())).chain([(None, Vec::new())]).collect();
        for (position, product) in products.iter().enumerate() {
            let path = snapshot.tree.path(&product.category).into_iter().map(|c| Some(c.id.clone()));
            for of in path.chain([None]) {
                members.entry(of).or_default().push(position);
            }
        }
        let navigation = snapshot.tree.children(None).map(nav_link).collect();
        let members = members.into_iter().map(|(of, positions)| (of, Arc::new(positions))).collect();
        let cards = products.iter().map(|_| OnceLock::new()).collect();
        let slugs = products.iter().map(|p| &p.slug).collect();
        let (sorted, frame) = (Mutex::default(), OnceLock::new());
        Self { snapshot, info, renderer, products, slugs, members, sorted, navigation, frame, cards }
    }

    /// All pages there are.
    pub fn pages(&self) -> impl Iterator<Item = PageKey> + '_ {
        let listings = self.categories().flat_map(move |category| {
            Sort::ALL.into_iter().flat_map(move |sort| {
                let category = category.clone();
                (1..=self.page_count(category.as_ref())).map(move |page| PageKey::Listing {
                    category: category.clone(),
                    sort,
                    page,
                })
            })
        });
        [PageKey::Home, PageKey::Categories, PageKey::NotFound, PageKey::Robots]
            .into_iter()
            .chain(self.sitemaps().map(PageKey::Sitemap))
            .chain(listings)
            .chain(self.products.iter().map(|p| PageKey::Product(p.id.clone())))
            .chain(self.snapshot.product_redirects.keys().cloned().map(PageKey::ProductRedirect))
            .chain(self.snapshot.category_redirects.keys().cloned().map(PageKey::CategoryRedirect))
    }

    /// A page, if there is such a one.
    pub fn render(&self, page: &PageKey) -> Result<Option<Object>, RenderError> {
        match page {
            PageKey::Home => self.home().map(Some),
            PageKey::Categories => self.category_overview().map(Some),
            PageKey::NotFound => self.not_found().map(Some),
            PageKey::Robots => Ok(Some(self.robots())),
            PageKey::Sitemap(part) => Ok(self.sitemap(*part)),
            PageKey::Listing { category, sort, page } => self.listing(category.as_ref(), *sort, *page),
            PageKey::Product(id) => self.product(id),
            PageKey::ProductRedirect(slug) => {
                Ok(self.product_moved_to(slug).map(|to| Object::redirect(product_path(slug), product_path(to))))
            }
            PageKey::CategoryRedirect(slug) => {
                Ok(self.category_moved_to(slug).map(|to| Object::redirect(category_path(slug), category_path(to))))
            }
        }
    }

    /// The address of a page, if there is such a one.
    pub fn path(&self, page: &PageKey) -> Option<String> {
        match page {
            PageKey::Home => Some("/".to_owned()),
            PageKey::Categories => Some("/categories/".to_owned()),
            PageKey::NotFound => Some("/404.html".to_owned()),
            PageKey::Robots => Some("/robots.txt".to_owned()),
            PageKey::Sitemap(part) => self.sitemaps().any(|there| there == *part).then(|| sitemap_path(*part)),
            PageKey::Listing { category, sort, page } => {
                let is_there = (1..=self.page_count(category.as_ref())).contains(page);
                self.listing_path(category.as_ref(), *sort, *page).filter(|_| is_there)
            }
            PageKey::Product(id) => {
                self.snapshot.products.get(id).filter(|product| product.visible).map(|product| product_path(&product.slug))
            }
            PageKey::ProductRedirect(slug) => self.product_moved_to(slug).map(|_| product_path(slug)),
            PageKey::CategoryRedirect(slug) => self.category_moved_to(slug).map(|_| category_path(slug)),
        }
    }

    /// The next step of a product's old address.
    fn product_moved_to<'s>(&'s self, slug: &'s Slug) -> Option<&'s Slug> {
        step(&self.snapshot.product_redirects, slug, |to| self.slugs.contains(to))
    }

    /// The next step of a category's old address.
    fn category_moved_to<'s>(&'s self, slug: &'s Slug) -> Option<&'s Slug> {
        step(&self.snapshot.category_redirects, slug, |to| self.snapshot.tree.iter().any(|c| c.slug == *to))
    }

    /// Whether a visible product has this address now.
    pub fn has_product_page(&self, slug: &Slug) -> bool {
        self.slugs.contains(slug)
    }

    /// The old addresses that lead to these, step by step.
    pub(crate) fn old_addresses(&self, of: &BTreeSet<&Slug>) -> impl Iterator<Item = PageKey> {
        let redirects = &self.snapshot.product_redirects;
        let led = redirects.keys().filter(|slug| way(redirects, slug).any(|to| of.contains(to)));
        led.cloned().map(PageKey::ProductRedirect)
    }

    /// The shop as a whole (`None`) and every category.
    pub(crate) fn categories(&self) -> impl Iterator<Item = Option<Id>> + '_ {
        std::iter::once(None).chain(self.snapshot.tree.iter().map(|c| Some(c.id.clone())))
    }

    /// Positions of a category's products, by identifier.
    pub(crate) fn members(&self, category: Option<&Id>) -> Positions {
        self.members.get(&category.cloned()).cloned().unwrap_or_default()
    }

    /// Positions of a category's products in an order.
    pub(crate) fn sorted(&self, category: Option<&Id>, sort: Sort) -> Positions {
        let key = (category.cloned(), sort);
        let mut sorted = self.sorted.lock().unwrap_or_else(PoisonError::into_inner);
        let positions = sorted.entry(key).or_insert_with(|| {
            let mut positions = self.members(category).as_ref().clone();
            put_in_order(sort, &mut positions, &self.products);
            Arc::new(positions)
        });
        positions.clone()
    }

    /// Renders a view as a page of the site.
    pub(crate) fn page(&self, path: String, view: &dyn Page, chrome: Chrome) -> Result<Object, RenderError> {
        Ok(Object::page(path, self.renderer.page_in(self.frame()?, view, self.info, &chrome)?))
    }

    /// Products at these positions as cards.
    pub(crate) fn cards(&self, positions: impl Iterator<Item = usize>) -> Result<String, RenderError> {
        let mut html = String::new();
        for position in positions {
            let (Some(product), Some(kept)) = (self.products.get(position), self.cards.get(position)) else { continue };
            if kept.get().is_none() {
                let card = self.renderer.part(&card_of(product), self.info)?;
                kept.get_or_init(|| card);
            }
            html.push_str(kept.get().map_or("", String::as_str));
        }
        Ok(html)
    }

    /// Header and footer, the same on all pages.
    fn frame(&self) -> Result<&Frame, RenderError> {
        if let Some(frame) = self.frame.get() {
            return Ok(frame);
        }
        let chrome = Chrome { navigation: self.navigation.clone(), ..Chrome::default() };
        let frame = self.renderer.frame(self.info, &chrome)?;
        Ok(self.frame.get_or_init(|| frame))
    }

    /// The home page, then the categories down to this one.
    pub(crate) fn breadcrumbs(&self, category: Option<&Id>) -> Vec<Breadcrumb> {
        let home = Breadcrumb { name: "Shop".to_owned(), path: "/".to_owned() };
        let path = category.map(|id| self.snapshot.tree.path(id)).unwrap_or_default();
        let steps = path.into_iter().map(|c| Breadcrumb { name: c.name.to_string(), path: category_path(&c.slug) });
        std::iter::once(home).chain(steps).collect()
    }

    /// An address with the shop's own in front.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.info.base_url)
    }

    pub(crate) fn navigation(&self) -> &[NavLink] {
        &self.navigation
    }
}

/// Where an old address leads, step by step to the one in use. Ends where it would go in a circle: addresses that were read while
/// they changed can.
fn way<'r>(redirects: &'r BTreeMap<Slug, Slug>, from: &'r Slug) -> impl Iterator<Item = &'r Slug> {
    std::iter::successors(redirects.get(from), |at| redirects.get(*at)).take(redirects.len())
}

/// The next step of an old address, if a page is at the end of its way: nobody is sent to a page that is not there.
fn step<'r>(redirects: &'r BTreeMap<Slug, Slug>, from: &'r Slug, is_page: impl Fn(&Slug) -> bool) -> Option<&'r Slug> {
    way(redirects, from).last().filter(|end| is_page(end)).and_then(|_| redirects.get(from))
}
