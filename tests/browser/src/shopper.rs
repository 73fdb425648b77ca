use crate::{Browser, Scripts};
use anyhow::{Context, Result};
use fantoccini::Locator;

/// Somebody who shops: the steps that journeys have in common.
pub struct Shopper<'a> {
    /// Where.
    pub shop: &'a str,
    /// With what.
    pub browser: &'a Browser,
    /// Whether the browser runs scripts.
    pub scripts: Scripts,
}

impl Shopper<'_> {
    /// Opens a page of the shop.
    pub async fn opens(&self, path: &str) -> Result<()> {
        self.browser.visits(&format!("{}{path}", self.shop)).await
    }

    /// Chooses a variant on a product's page, puts it into the cart and goes there.
    pub async fn puts_in_cart(&self, slug: &str, sku: &str) -> Result<()> {
        self.opens(&format!("/products/{slug}/")).await?;
        let variant = format!("label:has(input[value='{sku}'])");
        if self.browser.has(&variant).await? {
            self.browser.presses(&variant).await?;
        }
        self.adds().await
    }

    /// Puts what is chosen on a product's page into the cart and goes there.
    pub async fn adds(&self) -> Result<()> {
        if self.scripts == Scripts::On {
            self.browser.presses("[data-buy] .button").await?;
            self.browser.sees("In your cart.").await?;
            self.opens("/cart").await
        } else {
            self.browser.clicks("[data-buy] .button").await
        }
    }

    /// Chooses a value of an option on a product's page: `("Size", "M")`. Needs scripts.
    pub async fn picks(&self, option: &str, value: &str) -> Result<()> {
        let group = format!("//*[@data-option][*[1]='{option}']");
        let chip = format!("self::label[span='{value}']");
        let entry = format!("self::option[.='{value}' or starts-with(., '{value} (')]");
        let path = format!("{group}//*[{chip} or {entry}]");
        let found = self.browser.client.find(Locator::XPath(&path)).await.with_context(|| format!("no {option} {value}"))?;
        Ok(found.click().await?)
    }

    /// Goes from the cart to the review.
    pub async fn checks_out(&self, email: &str) -> Result<()> {
        let browser = self.browser;
        browser.clicks("a[href='/checkout']").await?;
        browser.types("email", email).await?;
        browser.types("phone", "+49 30 123456").await?;
        browser.types("name", "Ada Example").await?;
        browser.types("line1", "Am Hang 3").await?;
        browser.types("postal_code", "10115").await?;
        browser.types("city", "Berlin").await?;
        browser.chooses("country", "DE").await?;
        browser.clicks("main form[action='/checkout'][method=post] .button").await?;
        browser.sees("Standard parcel").await?;
        browser.clicks("form[action='/checkout/delivery'] .button").await?;
        browser.sees("Bank transfer").await?;
        browser.clicks("form[action='/checkout/payment'] .button").await?;
        browser.sees("Review your order").await
    }

    /// Orders, and returns the order's number.
    pub async fn orders(&self) -> Result<String> {
        self.browser.clicks("form[action='/checkout/place'] .button").await?;
        self.browser.sees("Thank you. We have your order").await?;
        let path = self.browser.path().await?;
        path.rsplit('/').next().map(str::to_owned).context("the done page has no number")
    }

    /// Makes an account and signs in.
    pub async fn signs_up(&self, email: &str) -> Result<()> {
        self.opens("/auth/sign-up").await?;
        self.browser.types("name", "Ada Example").await?;
        self.browser.types("email", email).await?;
        self.browser.types("password", "correct horse battery staple").await?;
        self.browser.clicks("main form .button").await?;
        self.browser.sees("Please check your e-mail").await?;
        self.signs_in(email, "correct horse battery staple").await
    }

    /// Asks for a mail with a link for a new password.
    pub async fn forgets_the_password(&self, email: &str) -> Result<()> {
        self.opens("/auth/forgot").await?;
        self.browser.types("email", email).await?;
        self.browser.clicks("main form .button").await?;
        self.browser.sees("Please check your e-mail").await
    }

    /// Has three lamps of which one is left and one that is sold out in the cart, and goes there. For staff: they set the stock.
    pub async fn finds_too_little_left(&self) -> Result<()> {
        let (ink, terracotta) = ("HOM-TLAMP-INK", "HOM-TLAMP-TERRACOTTA");
        self.puts_in_cart("tallow-table-lamp", ink).await?;
        let takes = "const field = document.getElementById(`q-${arguments[0]}`); field.value = 3; field.form.requestSubmit()";
        self.browser.client.execute(takes, vec![ink.into()]).await?;
        self.browser.sees("€267.00").await?;
        self.puts_in_cart("tallow-table-lamp", terracotta).await?;
        self.opens("/admin/products/tallow-table-lamp").await?;
        for (sku, stock) in [(ink, "1"), (terracotta, "0")] {
            let set = "for (const row of document.querySelectorAll('tr'))
                if (row.querySelector('[name^=sku]')?.value === arguments[0])
                    row.querySelector('[name^=stock]').value = arguments[1]";
            self.browser.client.execute(set, vec![sku.into(), stock.into()]).await?;
        }
        self.browser.clicks("main form .button").await?;
        self.browser.sees("Saved.").await?;
        self.opens("/cart").await?;
        self.browser.sees("Sold out").await
    }

    /// Signs in.
    pub async fn signs_in(&self, email: &str, password: &str) -> Result<()> {
        self.opens("/auth/sign-in").await?;
        self.browser.types("email", email).await?;
        self.browser.types("password", password).await?;
        self.browser.clicks("main form .button").await?;
        self.browser.sees("Your account").await
    }
}
