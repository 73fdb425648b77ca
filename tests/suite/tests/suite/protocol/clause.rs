//! The clauses under which orders are placed, moved and told of.

/// A clause of a condition. Each guards one of the [`promises`], in the model and in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Clause {
    // `Placement::writes`
    NewRequest,
    SameCart,
    EnoughStock,
    SamePrice,
    Available,
    NewNumber,
    // `coupon::count`
    SameTerms,
    Active,
    UsesLeft,
    OwnUsesLeft,
    // `Store::save_move`
    SameOrder,
    // `Store::returns`
    VariantThere,
    // `coupon::give_back`
    Used,
    UsedByCustomer,
    // `Store::claim_mail`
    MailThere,
    MailUnsent,
    MailFree,
    // `Store::mail_was_sent`
    SentMailThere,
    // `Store::mail_was_not_sent`
    ReturnedMailThere,
}

/// What the order protocol promises, whatever happens at once and whatever gets lost.
pub(crate) mod promises {
    pub(crate) const STOCK: &str = "never oversold";
    pub(crate) const KEY: &str = "a key places one order";
    pub(crate) const SEEN: &str = "an order is what its shopper saw";
    pub(crate) const STAYS: &str = "an order stays";
    pub(crate) const LIMITS: &str = "a coupon is never used more often than its limits allow";
    pub(crate) const RETURNED: &str = "stock and coupon are returned exactly once";
    pub(crate) const NOTHING: &str = "no count goes below nothing";
    pub(crate) const GONE: &str = "what is gone stays gone";
    pub(crate) const ONE_HAND: &str = "a mail is claimed by one";
    pub(crate) const SENT_ONCE: &str = "a mail that was sent is not sent again";
    pub(crate) const TRUTH: &str = "who hears no has no order";
    pub(crate) const KNOWN: &str = "in the end, every order is known to its shopper";
}

impl Clause {
    pub(crate) const ALL: [Self; 19] = [
        Self::NewRequest,
        Self::SameCart,
        Self::EnoughStock,
        Self::SamePrice,
        Self::Available,
        Self::NewNumber,
        Self::SameTerms,
        Self::Active,
        Self::UsesLeft,
        Self::OwnUsesLeft,
        Self::SameOrder,
        Self::VariantThere,
        Self::Used,
        Self::UsedByCustomer,
        Self::MailThere,
        Self::MailUnsent,
        Self::MailFree,
        Self::SentMailThere,
        Self::ReturnedMailThere,
    ];

    /// As it is sent: the kind of item, what is done with it, and the clause.
    pub(crate) fn sent(self) -> &'static str {
        match self {
            Self::NewRequest => "IDEMPOTENCY: put if attribute_not_exists(pk)",
            Self::SameCart => "CART: delete if version = :seen_version",
            Self::EnoughStock => {
                "SKU: SET stock = stock - :quantity if (stock >= :quantity OR stock_policy IN (:sell_when_out, :untracked))"
            }
            Self::SamePrice => "SKU: SET stock = stock - :quantity if price = :seen",
            Self::Available => "SKU: SET stock = stock - :quantity if available = :yes",
            Self::NewNumber => "ORDER: put if attribute_not_exists(pk)",
            Self::SameTerms => "COUPON: ADD used :one if version = :terms",
            Self::Active => "COUPON: ADD used :one if active = :yes",
            Self::UsesLeft => "COUPON: ADD used :one if used < :limit",
            Self::OwnUsesLeft => "USES: ADD used :one if attribute_not_exists(used) OR used < :limit",
            Self::SameOrder => "ORDER: put if version = :seen_version",
            Self::VariantThere => "SKU: ADD stock :back if attribute_exists(pk)",
            Self::Used => "COUPON: ADD used :less if used > :none",
            Self::UsedByCustomer => "USES: ADD used :less if used > :none",
            Self::MailThere => "MAIL: SET claimed_until = :until if attribute_exists(pk)",
            Self::MailUnsent => "MAIL: SET claimed_until = :until if attribute_not_exists(sent_at)",
            Self::MailFree => "MAIL: SET claimed_until = :until if (attribute_not_exists(claimed_until) OR claimed_until < :now)",
            Self::SentMailThere => "MAIL: SET sent_at = :now REMOVE claimed_until if attribute_exists(pk)",
            Self::ReturnedMailThere => "MAIL: REMOVE claimed_until if attribute_exists(pk)",
        }
    }

    /// The promise that is broken without it.
    pub(crate) fn guards(self) -> &'static str {
        match self {
            Self::NewRequest => promises::KEY,
            Self::SameCart | Self::SamePrice | Self::Available | Self::SameTerms | Self::Active => promises::SEEN,
            Self::EnoughStock => promises::STOCK,
            Self::NewNumber => promises::STAYS,
            Self::UsesLeft | Self::OwnUsesLeft => promises::LIMITS,
            Self::SameOrder => promises::RETURNED,
            Self::Used | Self::UsedByCustomer => promises::NOTHING,
            Self::VariantThere | Self::MailThere | Self::SentMailThere | Self::ReturnedMailThere => promises::GONE,
            Self::MailUnsent => promises::SENT_ONCE,
            Self::MailFree => promises::ONE_HAND,
        }
    }
}
