//! Where somebody sees whether something was done that the table gave no answer to.

/// A page that shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its address.
    pub(crate) page: String,
    /// What the link there says.
    pub(crate) link: &'static str,
    /// What may have been done, as a sentence.
    pub(crate) what: &'static str,
}

impl Place {
    /// For what was sent to this address. None where the page is one of its own: placing an order has a key, by which its own
    /// page finds out.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let parent = || path.rsplit_once('/').map_or("/", |(parent, _)| parent).to_owned();
        let own = |page: &str| page.to_owned();
        let (page, link, what) = match parts[..] {
            ["checkout", "place"] => return None,
            ["cart", ..] => (own("/cart"), "Look at your cart", "Your cart may have this change already."),
            ["checkout", ..] => (own(path), "See what was kept", "What you sent may have been kept."),
            [.., "orders", _, "cancel"] => (parent(), "Look at the order", "The order may be cancelled already."),
            [.., "orders", _, "status"] => (parent(), "Look at the order", "The order may have this status already."),
            ["auth", "sign-up"] => (own("/auth/sign-in"), "Sign in", "You may be able to sign in already."),
            ["auth", "sign-out"] => (own("/account"), "See whether you are signed in", "You may be signed out already."),
            ["auth", "forgot"] => (own(path), "Ask for a link", "A link may be on its way to you already."),
            ["auth", "verify"] => (own("/auth/sign-in"), "Sign in", "Your address may be confirmed already."),
            ["auth", "reset"] | ["account", "password"] => {
                (own("/auth/sign-in"), "Sign in with it", "Your new password may be saved already.")
            }
            ["auth", ..] => {
                (own("/auth/sign-in"), "Sign in", "You are not signed in here yet, but part of it may have been done.")
            }
            ["account", "verification"] => {
                (own("/account/profile"), "To your profile", "A link may be on its way to you already.")
            }
            ["account", "addresses", ..] => (own("/account/addresses"), "Look at your addresses", "This may be saved already."),
            ["account", ..] => (own("/account/profile"), "Look at your profile", "This may be saved already."),
            ["admin", "products", _, "delete"] => (own("/admin/products"), "Look at the products", "It may be deleted already."),
            ["admin", "products", _] => (own(path), "Look at the product", "This may be saved already."),
            ["admin", "products"] => (own(path), "Look at the products", "The product may be there already."),
            ["admin", "categories", ..] => (own("/admin/categories"), "Look at the categories", "This may be saved already."),
            _ => (own("/"), "To the shop", "This may have been done already."),
        };
        Some(Self { page, link, what })
    }
}
