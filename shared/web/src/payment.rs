//! Ways to pay. Each is a [`PaymentProvider`]; what a shop takes is a setting.

use domain::{
    order::{Order, Owed, PaymentMethod},
    settings::Settings,
};

/// A way to pay, in the words a shopper sees.
pub trait PaymentProvider: Sync {
    /// Its name: `Bank transfer`.
    fn name(&self) -> &'static str;

    /// What choosing it means, in a sentence.
    fn summary(&self) -> &'static str;

    /// What is to be done while an order is to be paid with it.
    fn instructions(&self, order: &Order, settings: &Settings) -> String;
}

/// Who handles a method.
pub fn provider(method: PaymentMethod) -> &'static dyn PaymentProvider {
    match method {
        PaymentMethod::BankTransfer => &BankTransfer,
        PaymentMethod::OnDelivery => &OnDelivery,
    }
}

/// What is to be done about an order's payment, by where the order stands.
pub fn instructions(order: &Order, settings: &Settings) -> String {
    match order.owed() {
        Owed::Nothing => "There is nothing to pay.".to_owned(),
        Owed::Due(method) => provider(method).instructions(order, settings),
        Owed::Settled(method) => format!("{}. Nothing is left to pay.", provider(method).name()),
        Owed::Void(PaymentMethod::BankTransfer) => {
            "The order is cancelled: there is nothing to pay. What you have paid already, you get back.".to_owned()
        }
        Owed::Void(PaymentMethod::OnDelivery) => "The order is cancelled: there is nothing to pay.".to_owned(),
    }
}

struct BankTransfer;

impl PaymentProvider for BankTransfer {
    fn name(&self) -> &'static str {
        "Bank transfer"
    }

    fn summary(&self) -> &'static str {
        "You get our bank details with the order. We send your parcel when the money has arrived."
    }

    fn instructions(&self, order: &Order, settings: &Settings) -> String {
        let total = order.quote.currency.format(order.quote.total);
        format!("Bank transfer. Please transfer {total} to {}, reference {}.", settings.bank_details, order.number)
    }
}

struct OnDelivery;

impl PaymentProvider for OnDelivery {
    fn name(&self) -> &'static str {
        "On delivery"
    }

    fn summary(&self) -> &'static str {
        "You pay the carrier when the parcel arrives, by card or in cash."
    }

    fn instructions(&self, _: &Order, _: &Settings) -> String {
        "On delivery. Please pay the carrier, by card or in cash.".to_owned()
    }
}
