//! What templates can do beyond handlebars: `money`, `nonzero`, `asset`, `eq`, `date`, `words`, `field`, `mailbox`.

use domain::{
    money::{Currency, Money},
    text::Email,
    timestamp::Timestamp,
};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, RenderErrorReason, ScopedJson, handlebars_helper,
};
use serde_json::Value;

/// Registers them all.
pub(crate) fn register(engine: &mut Handlebars<'static>) {
    engine.register_helper("money", Box::new(MoneyHelper));
    engine.register_helper("asset", Box::new(asset));
    engine.register_helper("nonzero", Box::new(nonzero));
    engine.register_helper("eq", Box::new(eq));
    engine.register_helper("date", Box::new(date));
    engine.register_helper("words", Box::new(words));
    engine.register_helper("field", Box::new(field));
    engine.register_helper("mailbox", Box::new(mailbox));
}

handlebars_helper!(asset: |name: str| crate::assets::path_of(name));
handlebars_helper!(nonzero: |amount: str| amount.bytes().any(|b| (b'1'..=b'9').contains(&b)));
handlebars_helper!(eq: |a: Value, b: Value| a == b);
handlebars_helper!(date: |moment: str| moment.parse::<Timestamp>().map(Timestamp::date_and_time).unwrap_or_default());
// An e-mail address with its domain in the letters people know it by.
handlebars_helper!(mailbox: |address: str| {
    Email::try_from(address.to_owned()).map_or_else(|_| address.to_owned(), |email| email.for_people())
});
handlebars_helper!(words: |name: str| in_words(name));
// A field as its label calls it, for a list of what is wrong.
handlebars_helper!(field: |name: str| match name {
    "line1" => "Street and number".to_owned(),
    "line2" => "Apartment, floor, c/o".to_owned(),
    "region" => "State or province".to_owned(),
    "email" => "E-mail".to_owned(),
    "current" => "Current password".to_owned(),
    "slug" => "Address on the site".to_owned(),
    other => in_words(other),
});

fn in_words(name: &str) -> String {
    let text = name.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// `{{money amount}}`: a decimal string in the site's currency, for people.
struct MoneyHelper;

impl HelperDef for MoneyHelper {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let amount = helper.param(0).and_then(|p| p.value().as_str()).unwrap_or_default();
        let currency = context.data().pointer("/site/currency").and_then(Value::as_str).unwrap_or_default();
        let text = amount.parse::<Money>().and_then(|money| currency.parse::<Currency>().map(|c| c.format(money)));
        let text = text.map_err(|_| RenderErrorReason::Other(format!("money: {amount:?} in {currency:?}")))?;
        Ok(ScopedJson::Derived(Value::String(text)))
    }
}
