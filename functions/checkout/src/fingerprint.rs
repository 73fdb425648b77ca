use domain::{cart::Cart, money::Money};

/// What a request for an order asks for, so that a repeated one is told from another under the same key: what it says itself, and
/// the cart that it orders.
pub(crate) struct Fingerprint {
    said: String,
    /// None while there is no cart: it is gone when the request was carried out before.
    cart: Option<String>,
}

impl Fingerprint {
    pub(crate) fn new(seen_total: Money, cart: &Cart) -> Self {
        let said = ids::sha256_hex(&format!("seen_total={}", seen_total.amount().normalize()));
        Self { said, cart: (!cart.lines.is_empty()).then(|| ids::sha256_hex(&contents(cart))) }
    }

    /// As it is remembered.
    pub(crate) fn text(&self) -> String {
        self.cart.iter().fold(self.said.clone(), |text, cart| format!("{text}.{cart}"))
    }

    /// Whether this is the request that was remembered so. One that was remembered without its cart is known by what it said.
    pub(crate) fn is_of(&self, remembered: &str) -> bool {
        let (said, cart) = remembered.split_once('.').map_or((remembered, None), |(said, cart)| (said, Some(cart)));
        let same_cart = match (self.cart.as_deref(), cart) {
            (Some(own), Some(cart)) => own == cart,
            _ => true,
        };
        self.said == said && same_cart
    }
}

/// Lines, address, contact, methods and coupon, in one text.
fn contents(cart: &Cart) -> String {
    let known = &cart.checkout;
    let lines: Vec<_> = cart.lines.iter().map(|l| (&l.offer.sku, l.quantity, l.offer.price.amount().normalize())).collect();
    let contact = (&known.email, &known.phone, &known.address);
    let chosen = (&known.shipping_method, &known.payment_method, cart.coupon.as_ref().map(|c| &c.code));
    serde_json::json!([lines, contact, chosen]).to_string()
}
