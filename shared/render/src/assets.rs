use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A style sheet, script or icon of the site, under a name that changes with its content.
#[derive(Debug)]
pub struct Asset {
    /// What templates call it: `shop.css`.
    pub name: &'static str,
    /// Its address: `/assets/shop.1a2b3c4d.css`; `/favicon.ico` has no other name.
    pub path: String,
    /// Media type.
    pub content_type: &'static str,
    /// The file.
    pub content: &'static [u8],
}

const FAVICON: &str = "/favicon.ico";

/// All assets.
pub static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    vec![
        asset("shop.css", "text/css; charset=utf-8", include_bytes!("../../../site/assets/shop.css")),
        asset("admin.css", "text/css; charset=utf-8", include_bytes!("../../../site/assets/admin.css")),
        asset("shop.js", "text/javascript; charset=utf-8", include_bytes!("../../../site/assets/shop.js")),
        asset("icon.svg", "image/svg+xml", include_bytes!("../../../site/assets/icon.svg")),
        // Asked for under this name by whatever does not read pages.
        Asset {
            path: FAVICON.to_owned(),
            ..asset("favicon.ico", "image/x-icon", include_bytes!("../../../site/assets/favicon.ico"))
        },
    ]
});

impl Asset {
    /// Whether its name changes with its content.
    pub fn is_fingerprinted(&self) -> bool {
        self.path != FAVICON
    }
}

/// The address of an asset; empty for a name there is not.
pub(crate) fn path_of(name: &str) -> &'static str {
    ASSETS.iter().find(|a| a.name == name).map_or("", |a| a.path.as_str())
}

fn asset(name: &'static str, content_type: &'static str, content: &'static [u8]) -> Asset {
    let hash = hex::encode(&Sha256::digest(content)[..5]);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    Asset { name, path: format!("/assets/{stem}.{hash}.{ending}"), content_type, content }
}
