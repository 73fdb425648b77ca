use crate::App;
use domain::{
    cart::Cart,
    coupon::{CouponNews, CouponRefusal},
    order::Buyer,
    quote::Quote,
    settings::Settings,
};
use render::views::checkout::CartPage;
use std::sync::Arc;
use store::{StoreError, cart::CartKey};

/// A cart as it is shown and ordered: with what is offered now, its coupon as it is now, under one set of settings. It is
/// compared anew at every look and never written back.
#[derive(Debug, Clone)]
pub struct Look {
    /// The cart. Its coupon is there while it counts.
    pub cart: Cart,
    /// Who buys.
    pub buyer: Buyer,
    /// The settings as they were read with it.
    pub settings: Arc<Settings>,
    /// What has become of its coupon since it was applied.
    pub news: Option<CouponNews>,
}

impl Look {
    /// Reads a cart and looks at it: two requests, one while it is empty.
    ///
    /// # Errors
    ///
    /// A `StoreError` when cart, offers, coupon or settings cannot be read.
    pub async fn read(app: &App, of: &CartKey) -> Result<Self, StoreError> {
        let (cart, buyer) = app.store.cart_of_buyer(of).await?;
        Self::at(app, cart, buyer).await
    }

    /// Looks at a cart that was read: one request, none while it is empty.
    ///
    /// # Errors
    ///
    /// A `StoreError` when cart, offers, coupon or settings cannot be read.
    pub async fn at(app: &App, mut cart: Cart, buyer: Buyer) -> Result<Self, StoreError> {
        if cart.lines.is_empty() {
            return Self::as_stored(app, cart, buyer).await;
        }
        let current = app.store.current(&cart, &buyer).await?;
        let settings = app.settings.renew(current.settings).await;
        cart.refresh(&current.offers);
        let news = cart.judge_coupon(current.coupon, current.uses, settings.cart, settings.currency, clock::now());
        Ok(Self { cart, buyer, settings, news })
    }

    /// The same, while the cart is being written. The write goes on to its end, whatever becomes of the look.
    ///
    /// # Errors
    ///
    /// The `StoreError` of the write, or else of the look.
    pub async fn beside<T>(
        app: &App,
        write: impl Future<Output = Result<T, StoreError>>,
        cart: &Cart,
        buyer: &Buyer,
    ) -> Result<(T, Self), StoreError> {
        let (written, look) = tokio::join!(write, Self::at(app, cart.clone(), buyer.clone()));
        Ok((written?, look?))
    }

    /// A cart as it was when it was last changed.
    ///
    /// # Errors
    ///
    /// A `StoreError` when cart, offers, coupon or settings cannot be read.
    pub async fn as_stored(app: &App, cart: Cart, buyer: Buyer) -> Result<Self, StoreError> {
        Ok(Self { cart, buyer, settings: app.settings.get().await?, news: None })
    }

    /// What it costs.
    pub fn quote(&self) -> Quote {
        Quote::new(&self.cart, &self.settings, clock::now())
    }

    /// Its page.
    pub fn page(&self) -> CartPage {
        CartPage::new(&self.cart, self.quote(), &self.settings, self.news.as_ref())
    }

    /// What has become of its coupon, as a sentence.
    pub fn coupon_news(&self) -> Option<String> {
        self.news.as_ref().map(|news| news.sentence(self.settings.currency))
    }

    /// Why its coupon does not count.
    pub fn coupon_refusal(&self) -> Option<&CouponRefusal> {
        self.news.as_ref().and_then(CouponNews::refused).map(|(_, why)| why)
    }
}
