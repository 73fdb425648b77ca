/// The order of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Featured products first, then the newest.
    Default,
    /// Cheapest first.
    PriceUp,
    /// Dearest first.
    PriceDown,
    /// Newest first.
    Newest,
    /// By name.
    Name,
}

impl Sort {
    /// All orders, as the page offers them.
    pub const ALL: [Self; 5] = [Self::Default, Self::PriceUp, Self::PriceDown, Self::Newest, Self::Name];

    /// Its part of the address, with a slash at the end; nothing for the default order.
    pub fn segment(self) -> &'static str {
        match self {
            Self::Default => "",
            Self::PriceUp => "price-up/",
            Self::PriceDown => "price-down/",
            Self::Newest => "newest/",
            Self::Name => "name/",
        }
    }
}

/// A page of a listing: what stands behind the listing's own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListingPage {
    /// In which order.
    pub sort: Sort,
    /// From 1.
    pub number: usize,
}

impl ListingPage {
    /// Its part of the address: empty, `2/`, `name/` or `name/2/`.
    pub fn path(self) -> String {
        let number = if self.number > 1 { format!("{}/", self.number) } else { String::new() };
        format!("{}{number}", self.sort.segment())
    }

    /// The page of such a part; `None` for what no listing has. There is one address for each page.
    pub fn from_path(path: &str) -> Option<Self> {
        let page = |sort: Sort| {
            let rest = path.strip_prefix(sort.segment())?;
            let number = if rest.is_empty() { 1 } else { rest.strip_suffix('/')?.parse().ok()? };
            Some(Self { sort, number }).filter(|page| page.path() == path)
        };
        Sort::ALL.into_iter().find_map(page)
    }
}
